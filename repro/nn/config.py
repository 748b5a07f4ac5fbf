"""What the settings of all networks have in common. A network's `Config` is a frozen dataclass that
checks itself when it is made.
"""

from dataclasses import dataclass
from typing import Any, Literal, dataclass_transform, get_args, get_origin, get_type_hints


def require(ok: bool, wanted: str, got: object) -> None:
    """Raises ValueError, which says what was wanted and what was given, unless `ok`."""
    if not ok:
        raise ValueError(f"{wanted}; got {got}")


@dataclass_transform(frozen_default=True)
@dataclass(frozen=True)
class Base:
    """What every network is given. Every class derived from this one is a frozen dataclass."""

    classes: int
    in_channels: int = 3

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        dataclass(frozen=True)(cls)

    def check(self, **least: float) -> None:
        """Check that every Literal field holds one of its values, that every tuple has as many
        elements as its type says, and that each field named in `least` is at least so large; of a
        tuple, that it has elements and that each is.

        Raises ValueError, which names the field, what was wanted and what was given.
        """
        for name, hint in get_type_hints(type(self)).items():
            value, kind, choices = getattr(self, name), get_origin(hint), get_args(hint)
            require(
                kind is not Literal or value in choices, f"{name} is one of {', '.join(map(str, choices))}", repr(value)
            )
            if kind is tuple and choices[-1] is not ...:
                require(len(value) == len(choices), f"{name} is {len(choices)} numbers", value)
        for name, limit in ({"classes": 1} | least).items():
            value = getattr(self, name)
            numbers = value if isinstance(value, (tuple, list)) else (value,)
            require(bool(numbers) and min(numbers) >= limit, f"{name} must be {limit} or more", value)

    def __post_init__(self) -> None:
        self.check()


class Published(Base):
    """The same for a network whose weights others have published, see `public.load`."""

    weights: str = ""  # a file in $REPRO_DATA/weights; empty: the network begins from nothing
    weights_digest: str = ""  # how the file's sha256 begins
