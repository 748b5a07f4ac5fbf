"""Parameters, costs and maps of the networks at their published sizes, in the digits that are
printed or were counted.
"""

import pytest
from full_size import full_size

STILL = (3, 1, 224, 224)
CLIP = (3, 32, 224, 224)
SMALL = (3, 32, 112, 112)  # of R(2+1)D and Res3D
PLAIN = {"nonlocal_after": ((), (), (), ())}
R101 = {"blocks": (3, 4, 23, 3)}
FAST = R101 | {"alpha": 4}  # the public configuration of SlowFast 16x8
DEEP = {"blocks": (3, 4, 6, 3), "dense_temporal": (3, 3, 3, 3)}
NONE = {"interaction": "none"}


def size(t: int, side: int) -> tuple[int, int, int, int]:
    """A colour clip."""
    return 3, t, side, side


COSTS = [  # network, classes, clip (C, T, H, W), arguments, millions of parameters, GMACs
    # torchvision's googlenet without its last layer, 5,599,904 and 1.497 GMACs a frame; LSTMs of
    # 4 x 512 x (1024 + 512 + 2) and 4 x 4 x 512 x (512 + 512 + 2), or, for soft attention, two of
    # the latter, with a start of 2 x 1,025 x 3 x 512, 512 x 49 places and an answer of 513 x 512.
    ("beyond_short_snippets", 101, size(30, 224), {}, "17.206533", "45.2681472"),
    ("soft_attention", 51, size(30, 224), {}, "16.414931", "45.154818048"),
    ("ackerly2025", 1000, STILL, {}, "4.077", "2.955"),
    ("ackerly2025", 1000, STILL, {"branches": "spatial"}, "2.907", "2.697"),
    ("ackerly2025", 1000, STILL, {"branches": "temporal"}, "3.912", "2.955"),
    ("ackerly2025", 1000, STILL, {"temporal_axis": "views"}, "3.963", "10.365"),
    # 23.5 is printed for ARTNet-ResNet18; which relation filters it has is not.
    ("artnet", 400, size(16, 112), {}, "39.20", "25.32"),
    ("artnet", 400, size(16, 112), {"smart": False}, "33.41", "21.29"),
    # C3D: 78.0 M up to fc7 and 2.0 M in the answer for the 487 classes of Sports-1M; with biases.
    ("c3d", 487, size(16, 112), {}, "79.991015", "38.5"),
    # 27 taps a pair of channels, two numbers a normalised channel, then the head.
    ("conv3d", 6, (2, 4, 16, 16), {"width": 4, "depth": 2}, "0.001158", "0.00011064"),
    # VGG-16, fc6 on 25,088, three LSTMs of two layers of 4 x 2048 x (inputs + 2048 + 2); a
    # decoder's lower one has one input, the constant, and its answers are 2,049 x 4,096.
    ("composite_lstm", 101, size(16, 224), {}, "319.135653", "249.5"),
    ("eco", 400, size(16, 224), {}, "47.5", "65"),  # TSM's publication counts 47.5 M and 64 for 16 frames
    ("i3d", 400, size(64, 224), {}, "12.697264", "111.15"),  # 12.29 without classifier, as in ports; printed: 108
    ("lgd3d", 400, size(16, 224), {}, "66.08", "148.93"),  # a size is not published
    ("mlp", 10, STILL, {}, "1.841162", "0.001840128"),  # 3072 x 512 + 512 x 512 + 512 x 10 weights
    # CaffeNet's convolutions 2,334,080, fc6 9,217 x 4,096, LSTM 4 x 256 x 4,354, answer 257 x 101.
    ("lrcn", 101, size(16, 227), {}, "44.571365", ""),
    ("nonlocal_resnet", 400, CLIP, {}, "35.39", "41.26"),
    ("nonlocal_resnet", 400, CLIP, PLAIN, "28.04", "33.13"),
    ("nonlocal_resnet", 400, CLIP, {"inflate": "c2d"}, "31.68", "28.57"),
    ("nonlocal_resnet", 400, CLIP, R101, "54.38", "56.10"),
    # SlowFast's Table 2 prints 359 without a clip length; 128 frames of 256 pixels give it.
    ("nonlocal_resnet", 400, size(128, 256), R101, "54.38", "359.1"),
    # Printed: 152, which is M computed for every convolution.
    ("r2plus1d", 400, SMALL, {"middle": "convolution"}, "63.70", "152.36"),
    ("r2plus1d", 400, SMALL, {"middle": "block"}, "61.83", "150.40"),
    # What torchvision states for r2plus1d_18, r3d_18 and s3d.
    ("r2plus1d", 400, size(16, 112), {"blocks": (2, 2, 2, 2), "middle": "block"}, "31.505325", "40.52"),
    ("res3d", 400, size(16, 112), {}, "33.371472", "40.70"),
    ("s3d", 400, size(64, 224), {}, "8.320048", "71.9"),  # 66.4 is printed; torchvision's own gives 71.9 here too
    ("slowfast", 101, CLIP, {}, "33.79", "27.64"),
    ("slowfast", 400, size(32, 256), {}, "34.48", "36.10"),  # 4x16 with a ResNet-50; published 36.1
    ("slowfast", 400, size(64, 256), FAST, "53.77", "213.02"),  # 16x8; published 213
    ("slowfast", 400, size(64, 256), FAST | {"nonlocal_units": (6, 13, 20)}, "60.07", "233.96"),  # published 234
    ("slowfast", 400, size(128, 256), FAST | {"alpha": 8}, "53.77", "231.67"),  # all 128 frames in the fast pathway
    ("stc_diba", 400, size(16, 112), {}, "57.90", "9.58"),  # a size is not published
    # Published: 33.16 M and 189.29 GMACs with a ResNet-50, 52.15 M and 310.50 with a ResNet-101.
    ("stnet", 400, size(125, 256), {}, "33.15", "189.27"),
    ("stnet", 400, size(125, 256), R101, "52.15", "310.48"),
    ("swin", 1000, STILL, {}, "28.288354", "4.49"),
    ("tsm", 400, size(16, 224), {}, "24.327632", "65.4"),  # the shift is free: printed 65 for TSM, 33 for TSN
    ("tsn", 400, size(16, 224), {}, "24.327632", "65.4"),
    ("tsn", 400, size(8, 224), {}, "24.327632", "32.7"),
    # Two of CNN-M-2048, whose first convolution sees 3 and 20 channels: 7 x 7 x 96 weights each.
    ("two_stream", 101, (5, 32, 224, 224), {}, "181.335594", ""),
    # Two of VGG-16, 9 x 64 x 17 weights more for 20 channels, a filter 27 x 1024 x 512, two towers.
    ("two_stream_fusion", 101, (23, 5, 224, 224), {}, "283.514762", "170.0"),
    ("vit", 1000, STILL, {}, "86.567656", "17.56"),
    ("wei2025", 101, CLIP, {"axis_shared": True}, "28.65", "22.27"),
    ("wei2025", 101, CLIP, NONE, "26.99", "20.37"),
    ("wei2025", 101, CLIP, {"s2d_merge": "add", "axis_shared": True}, "28.57", "21.86"),
    ("wei2025", 101, CLIP, {}, "29.17", "22.88"),  # as derived: 0.53 and 0.62 more
    ("wei2025", 101, CLIP, NONE | DEEP, "32.38", "26.15"),
    ("wei2025", 101, CLIP, DEEP | {"axis_shared": True}, "34.06", "28.25"),
    ("zerodce", 1, (3, 256, 256), {}, "0.079416", "5.19"),
]


@pytest.mark.parametrize(("network", "classes", "clip", "arguments", "millions", "gmacs"), COSTS, ids=str)
def test_costs(network: str, classes: int, clip: tuple, arguments: dict, millions: str, gmacs: str) -> None:
    cost = full_size(network, classes, clip, **arguments)
    for number, printed in ((cost["parameters"] / 1e6, millions), (cost["macs"] / 1e9, gmacs)):
        assert f"{number:.{len(printed.partition('.')[2])}f}" == printed or not printed


@pytest.mark.parametrize(
    ("network", "frames", "side", "arguments", "gmacs"),
    [
        ("i3d", 64, 224, {}, 213.49),  # printed: twice 108, though flow has a channel less
        ("r2plus1d", 32, 112, {}, 304.49),  # printed elsewhere: 304 (SlowFast, Table 2), by gong2022 beside it: 152
        ("s3d", 64, 224, {"gating": True}, 141.31),
    ],
)
def test_two_streams_cost_two_networks(network: str, frames: int, side: int, arguments: dict, gmacs: float) -> None:
    colour, flow, both = (full_size(network, 400, (c, frames, side, side), **arguments) for c in (3, 2, 5))
    assert all(both[what] == colour[what] + flow[what] for what in ("macs", "parameters"))
    assert round(both["macs"] / 1e9, 2) == gmacs


def halved(name: str, channels: int, frames: int, side: int = 56) -> dict[str, tuple[int, int, int]]:
    """Four stages, each of twice the channels and half the side of the one before."""
    return {f"{name}stage{i + 1}": (channels * 2**i, frames, side // 2**i) for i in range(4)}


GOOGLENET = {"conv1": (64, 32, 112), "conv3": (192, 32, 56), "inception3b": (480, 32, 28)}
GOOGLENET |= {"inception4e": (832, 16, 14), "inception5b": (1024, 8, 7)}
TWO_PATHWAYS = halved("slow.", 256, 4) | halved("fast.", 32, 32)
RESNET18 = {"stage1": (64, 16, 56), "stage2": (128, 8, 28), "stage3": (256, 4, 14), "stage4": (512, 2, 7)}
VGG = ((64, 224), (128, 112), (256, 56), (512, 28), (512, 14))
TOWERS = {f"spatial.conv{i}": (channels, 5, side) for i, (channels, side) in enumerate(VGG, 1)}
TOWERS |= dict.fromkeys(("fusion", "temporal.conv5"), (512, 5, 14))
SHAPES = [  # network, classes, clip, what (channels, frames, side) of each square map
    ("ackerly2025", 1000, STILL, {"stem": (64, 1, 112), "stage1": (64, 1, 112), "stage2": (128, 1, 56)}),
    ("ackerly2025", 1000, STILL, {"stage3": (256, 1, 28), "stage4": (256, 1, 14)}),
    ("c3d", 487, size(16, 112), {"conv1": (64, 16, 112), "conv2": (128, 16, 56), "conv3b": (256, 8, 28)}),
    ("c3d", 487, size(16, 112), {"conv4b": (512, 4, 14), "conv5b": (512, 2, 7)}),
    ("composite_lstm", 101, size(16, 224), {"conv5": (512, 16, 14)}),
    ("eco", 400, size(16, 224), {"inception3a": (256, 16, 28), "inception3b": (320, 16, 28), "handed": (96, 16, 28)}),
    ("eco", 400, size(16, 224), {"conv3": (128, 16, 28), "conv4": (256, 8, 14), "conv5": (512, 4, 7)}),
    ("artnet", 400, size(16, 112), {"stem": (64, 8, 56), "stage1": (64, 8, 56), "stage4": (512, 1, 7)}),
    ("i3d", 400, size(64, 224), GOOGLENET),
    ("i3d", 400, (5, 64, 224, 224), {f"flow.{name}": shape for name, shape in GOOGLENET.items()}),
    ("lrcn", 101, size(16, 227), {"conv1": (96, 16, 55), "conv2": (256, 16, 27), "conv5": (256, 16, 13)}),
    ("mlp", 10, STILL, {"pixels": (3, 1, 32)}),
    ("nonlocal_resnet", 400, CLIP, {"stem": (64, 16, 112)} | halved("", 256, 4) | {"stage1": (256, 8, 56)}),
    ("r2plus1d", 400, size(16, 112), {"stem": (64, 16, 56)} | RESNET18),
    ("res3d", 400, size(16, 112), {"stem": (64, 16, 56)} | RESNET18), ("s3d", 400, size(64, 224), GOOGLENET),
    ("slowfast", 101, CLIP, TWO_PATHWAYS), ("swin", 1000, STILL, {"patches": (768, 1, 7)}),
    ("tsn", 400, size(16, 224), {"stem": (64, 16, 112)} | halved("", 256, 16)),
    ("two_stream", 101, (5, 32, 224, 224), {"temporal.input": (20, 1, 224), "spatial.conv5": (512, 1, 13)}),
    ("two_stream_fusion", 101, (23, 5, 224, 224), TOWERS),
    ("vit", 1000, STILL, {"patches": (768, 1, 14)}),
    ("wei2025", 101, CLIP, {"sparse.stem": (64, 4, 112), "dense.stem": (8, 32, 112)}),
    ("wei2025", 101, CLIP, halved("sparse.", 256, 4) | halved("dense.", 32, 32)),
]  # fmt: skip


@pytest.mark.parametrize(("network", "classes", "clip", "maps"), SHAPES)
def test_shapes_of_maps(network: str, classes: int, clip: tuple, maps: dict) -> None:
    found = full_size(network, classes, clip)["shapes"]
    assert {name: found[name] for name in maps} == {name: [d, t, side, side] for name, (d, t, side) in maps.items()}
