"""Photographs as collections hold them, and how they are stored."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from repro.data.index import DataError, Item
from repro.data.photo import read as read_photo
from repro.spec import Clips

CLIPS = Clips(height=14, width=14, clip_length=1, clip_stride=1, fit="squeeze")  # stored 16 x 16
PATCHES = np.random.default_rng(0).integers(0, 256, (2, 2, 3)).astype(np.uint8)
PICTURE = np.repeat(np.repeat(PATCHES, 10, 0), 20, 1)  # (20, 40, 3), four flat patches: what a JPEG keeps
MAKER = b"\x01\x0f\0\x02\0\0\0"  # tag and type, and the length of the text up to its last byte


def item(path) -> Item:
    return Item(path.name, 0, path.name, path)


def read(path) -> np.ndarray:
    """(H, W, 3) of the only frame."""
    frames = read_photo(item(path), CLIPS)
    assert len(frames) == 1 and frames.dtype == np.uint8 and frames.flags.c_contiguous
    return frames[0]


def away(pixels: np.ndarray, expected: np.ndarray) -> float:
    """How far two pictures of one shape are apart, on average."""
    assert pixels.shape == expected.shape
    return abs(pixels.astype(int) - expected).mean()


GREY = np.repeat(PICTURE[..., :1], 3, 2)
SIXTEEN = np.arange(0, 65536, 82, dtype=np.uint16)[:800].reshape(20, 40)


@pytest.mark.parametrize(
    ("stored", "name", "settings", "expected", "tolerance"),
    [
        (Image.fromarray(PICTURE), "a.png", {}, PICTURE, 0),  # red, green, blue in this order
        (Image.fromarray(PICTURE[..., 0]), "a.jpg", {"quality": 95}, GREY, 5),
        (Image.fromarray(PICTURE).convert("CMYK"), "a.JPEG", {"quality": 100}, PICTURE, 3),
        (Image.fromarray(PICTURE).quantize(4), "a.png", {"transparency": bytes([0, 80, 160, 255])}, PICTURE, 0),
        (Image.fromarray(SIXTEEN), "a.png", {}, np.repeat(SIXTEEN[..., None] // 256, 3, 2), 0),
        (Image.fromarray(PICTURE[..., 0] > 99), "a.png", {}, 255 * (GREY > 99), 0),
    ],
    ids=["rgb", "grey", "cmyk", "palette with alpha", "16 bits", "1 bit"],
)
def test_every_mode_becomes_rgb(tmp_path, stored, name, settings, expected, tolerance):
    stored.save(tmp_path / name, **settings)
    assert away(read(tmp_path / name), expected) <= tolerance


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_dropped_whatever_the_suffix_says(tmp_path, mode):
    colours = Image.fromarray(PICTURE).convert(mode)
    colours.putalpha(Image.fromarray(np.arange(800).reshape(20, 40).astype(np.uint8)))
    colours.save(tmp_path / "png.JPEG", format="PNG")
    expected = PICTURE if mode == "RGBA" else np.array(Image.fromarray(PICTURE).convert("L").convert("RGB"))
    assert np.array_equal(read(tmp_path / "png.JPEG"), expected)


@pytest.mark.parametrize("orientation", range(10))
def test_every_way_to_hold_a_camera(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(PICTURE).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as stored:
        upright = np.array(ImageOps.exif_transpose(stored))
    assert np.array_equal(read(tmp_path / "a.png"), upright)
    assert np.array_equal(upright, PICTURE) == (orientation in (0, 1, 9))


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("JPEG", MAKER, MAKER[:-1] + b"\xff"), ("JPEG", b"MM\0*", b"MMMM"), ("WEBP", b"MM\0*", b"MMMM")],
    ids=["text beyond the end", "no header", "no header, other kind"],
)
def test_damaged_exif_is_ignored(tmp_path, kind, before, after):
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x010F] = "a maker with a long name"
    Image.fromarray(PICTURE).save(content, kind, exif=exif, **({} if kind == "JPEG" else {"lossless": True}))
    assert content.getvalue().count(before) == 1
    (tmp_path / "a.JPEG").write_bytes(content.getvalue().replace(before, after))
    assert away(read(tmp_path / "a.JPEG"), PICTURE) < 10


@pytest.mark.parametrize(
    ("height", "width", "shape"), [(1, 1, (1, 1)), (5, 1000, (5, 20)), (1000, 5, (20, 5)), (10, 40, (10, 40))]
)
def test_of_a_strip_the_middle_is_kept(tmp_path, height, width, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    top, left = (height - shape[0]) // 2, (width - shape[1]) // 2
    assert np.array_equal(read(tmp_path / "a.png"), pixels[top : top + shape[0], left : left + shape[1]])


@pytest.mark.parametrize("height", [30, 60], ids=["warning", "error"])
def test_too_many_pixels_are_named_before_they_are_decoded(tmp_path, monkeypatch, height):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    Image.new("RGB", (40, height)).save(tmp_path / "a.JPEG")
    wanted = rf"a\.JPEG cannot .* an image: Image size \({40 * height} pixels\) exceeds limit"
    with pytest.raises(DataError, match=wanted):
        read(tmp_path / "a.JPEG")


@pytest.mark.parametrize("content", [None, b"", b"<html>404</html>", b"%!PS-Adobe-3.0 EPSF-3.0\n", "TIFF"])
def test_what_is_no_photograph_is_named(tmp_path, content):
    if content == "TIFF":
        Image.fromarray(PICTURE).save(tmp_path / "a.JPEG", content)
    elif content is not None:
        (tmp_path / "a.JPEG").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.JPEG cannot be decoded as an image"):
        read(tmp_path / "a.JPEG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.95])
def test_a_truncated_photograph_is_named_not_filled_up(tmp_path, kind, share):
    path = tmp_path / "part.JPEG"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path, kind)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DataError, match=r"part\.JPEG cannot be decoded"):
        read(path)
