"""Settings check themselves, and channels tell what a clip holds."""

from typing import Literal

import pytest

from repro.nn.config import Base
from repro.nn.modalities import modalities


class Config(Base):
    kind: Literal["a", "b"] = "a"
    size: tuple[int, int] = (2, 3)
    blocks: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        self.check(size=2, blocks=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "c"}, "kind is one of a, b; got 'c'"), ({"size": (2,)}, r"size is 2 numbers; got \(2,\)"),
        ({"size": (2, 1)}, r"size must be 2 or more; got \(2, 1\)"),
        ({"blocks": ()}, r"blocks must be 1 or more; got \(\)"), ({"classes": 0}, "classes must be 1 or more; got 0"),
    ],
)  # fmt: skip
def test_impossible_settings_are_named(arguments: dict, words: str) -> None:
    assert Config(5).in_channels == 3
    with pytest.raises(ValueError, match=words):
        Config(**{"classes": 5} | arguments)


def test_modalities_of_a_clip() -> None:
    assert modalities("it", 3) == {"rgb": 3} and modalities("it", 8) == {"flow": 8}
    assert modalities("it", 11) == {"rgb": 3, "flow": 8} and list(modalities("it", 5)) == ["rgb", "flow"]
    assert modalities("it", 8, maps=8) == {"maps": 8} and modalities("it", 16, maps=8) == {"rgb": 8, "flow": 8}


@pytest.mark.parametrize(
    ("channels", "allowed", "words"),
    [
        (1, {}, r"it wants 3 channels \(colour\) or 2 L \(flow\) or 3 \+ 2 L \(colour and flow\); got in_channels 1"),
        (-1, {}, "got in_channels -1"),
        (3, {"kinds": ["both"], "fields": 1}, r"it wants 5 \(colour and flow\); got in_channels 3"),
    ],
)
def test_channels_that_hold_nothing_known(channels: int, allowed: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        modalities("it", channels, **allowed)
