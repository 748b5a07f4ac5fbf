"""What the settings of all networks have in common. A network's `Config` is a frozen dataclass that
checks itself when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Base:
    """What every network is told."""

    classes: int
    in_channels: int = 3

    def check(self, **least: float) -> None:
        """Check every field that is a Literal, and that each field named in `least` is at least so
        large; of a tuple, that it has elements and that each is.

        Raises ValueError, which names the field, what was wanted and what was given.
        """
        for name, hint in get_type_hints(type(self)).items():
            value, choices = getattr(self, name), get_args(hint)
            if get_origin(hint) is Literal and value not in choices:
                raise ValueError(f"{name} is one of {', '.join(map(str, choices))}; got {value!r}")
        for name, limit in ({"classes": 1} | least).items():
            value = getattr(self, name)
            numbers = value if isinstance(value, (tuple, list)) else (value,)
            if not numbers or min(numbers) < limit:
                raise ValueError(f"{name} must be {limit} or more; got {value}")

    def __post_init__(self) -> None:
        self.check()


@dataclass(frozen=True)
class Published(Base):
    """The same for a network whose weights others have published, see `public.load`."""

    weights: str = ""  # a file in $REPRO_DATA/weights; empty: the network begins from nothing
    weights_digest: str = ""  # how the file's sha256 begins
