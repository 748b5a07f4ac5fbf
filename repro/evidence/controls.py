"""Controls above a picture: the furniture of cells that a reader explores. Nothing is computed.

ipywidgets is imported where a control is made, so that tables and figures need no notebook.
"""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

SIDE, HEAD, GAP = 240, 22, 10  # pixels: height of pictures side by side, of their names, between them


def control(kind: str, what: str, *, label: str = "5em", width: str = "36em", **given: Any) -> Any:
    """A control of ipywidgets by its name, such as `Dropdown`, `IntSlider` or `ToggleButtons`.

    what: the words before it, `label` wide. given: what that control takes, such as `options` and
    `value`. Buttons take the room that they need.
    """
    import ipywidgets

    look = {} if kind == "ToggleButtons" else {"style": {"description_width": label}, "layout": {"width": width}}
    return getattr(ipywidgets, kind)(description=what, **look, **given)


def refill(choice: Any, options: Sequence[Any], otherwise: Any = None) -> None:
    """Gives a control other options and keeps its value where they have it; else `otherwise`, or
    the first option. Options may be (words, value).
    """
    before, values = choice.value, [option[1] if isinstance(option, tuple) else option for option in options]
    if list(choice.options) != list(options):
        choice.options = options
        choice.value = before if before in values else values[0] if otherwise is None else otherwise


def with_twin(parts: Sequence[Any], twin: Callable[[], dict[str, Any]]) -> Any:
    """Controls one below the other. Where no kernel answers, as on a page, what `twin` gives, by
    its kind, stands for them.
    """
    import ipywidgets

    class Explored(ipywidgets.VBox):
        def _repr_mimebundle_(self, **given: Any) -> dict[str, Any]:
            return super()._repr_mimebundle_(**given) | twin()

    return Explored(list(parts))


def redrawn(
    controls: Sequence[Any], draw: Callable[[], Any], below: Sequence[Any] = (), keys: Sequence[str] = ()
) -> Any:
    """Controls above a picture that is drawn anew, in place, when one of them changes, and a button
    that saves what is shown. The picture that they begin with is the static twin.

    draw: gives a figure or a PNG as bytes, or either with a line of HTML that stands above it.
    below: what else stands there. keys: of the records that it draws from, for the passport.
    """
    import ipywidgets

    from repro.evidence.export import saver

    words, picture = ipywidgets.HTML(), ipywidgets.Image(format="png", layout={"max_width": "860px"})
    shown: list[Any] = []

    def redraw(_: Any = None) -> bool:
        shown[:] = given if isinstance(given := draw(), tuple) else (given, "")
        picture.value, words.value = shown[0] if isinstance(shown[0], bytes) else png_of(shown[0]), shown[1]
        return bool(words.value)

    for one in controls:
        one.observe(redraw, names="value")
    save = saver(controls, keys, lambda: (shown[0], shown[1]))
    parts = [*controls, *([words] if redraw() else []), picture, *below, save]
    return with_twin(parts, lambda: {"image/png": base64.b64encode(picture.value).decode()})


def chosen(what: str, names: Sequence[str], draw: Callable[[str], Any], keys: Sequence[str] = ()) -> Any:
    """A selection among names above the picture that `draw` gives of the chosen one."""
    choice = control("SelectionSlider", what, options=list(names), width="60em")
    return redrawn([choice], lambda: draw(choice.value), keys=keys)


def closed(figure: Any) -> Any:
    """The figure, taken from pyplot's list: a notebook shows it once, by its value."""
    plt.close(figure)
    return figure


def escaped(text: Any) -> str:
    """Text as it may stand in HTML."""
    return escape(str(text))


def png_of(figure: Figure) -> bytes:
    """A figure as it is shown under controls; it is closed."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110, bbox_inches="tight")
    plt.close(figure)
    return out.getvalue()


def png_of_row(pictures: Mapping[str, np.ndarray], smooth: Sequence[str] = ()) -> bytes:
    """Pictures (H, W, 3) uint8 side by side as PNG, all of one height, each below its name;
    enlarged without smoothing, but for those named in `smooth`.
    """
    return _encoded([_row(pictures, smooth)], "png")


def gif_of(clips: Mapping[str, np.ndarray]) -> bytes:
    """Clips (T, H, W, 3) uint8 side by side as a film without end, each below its name; as long as
    the shortest.
    """
    moments = zip(*clips.values(), strict=False)
    return _encoded([_row(dict(zip(clips, at, strict=True)), [*clips]) for at in moments], "gif")


def _row(pictures: Mapping[str, np.ndarray], smooth: Sequence[str]) -> Any:
    sizes = [round(SIDE * pixels.shape[1] / pixels.shape[0]) for pixels in pictures.values()]
    row, left = Image.new("RGB", (sum(sizes) + GAP * (len(sizes) - 1), SIDE + HEAD), "white"), 0
    for (name, pixels), width in zip(pictures.items(), sizes, strict=True):
        how = Image.Resampling.LANCZOS if name in smooth else Image.Resampling.NEAREST
        row.paste(Image.fromarray(pixels).resize((width, SIDE), how), (left, HEAD))
        ImageDraw.Draw(row).text((left, 2), name, "black", font_size=14)
        left += width + GAP
    return row


def _encoded(frames: Sequence[Any], kind: str) -> bytes:
    out, more = io.BytesIO(), {"save_all": True, "append_images": frames[1:], "duration": 150, "loop": 0}
    frames[0].save(out, format=kind, **more if kind == "gif" else {})
    return out.getvalue()
