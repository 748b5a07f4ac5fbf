"""What commands take, and what is said when one was not understood."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from tyro.conf import FlagCreatePairsOff, arg

from repro.spec import SCALES

Scale = Annotated[str, arg(metavar="{" + ",".join(SCALES) + "}")]
AnyScale = Annotated[str, arg(metavar="{" + ",".join(SCALES) + "}", help_behavior_hint="(default: every scale)")]
What = Annotated[tuple[str, ...], arg(metavar="[WHAT ...]")]
Device = Literal["auto", "cpu", "cuda"]
Flag = FlagCreatePairsOff[bool]


class Usage(Exception):
    """The command was not understood; the message says what would be."""


@contextlib.contextmanager
def usage(kind: type[Exception]) -> Iterator[None]:
    """Within this block errors of that kind mean that the command was not understood."""
    try:
        yield
    except kind as error:
        raise Usage(str(error)) from None


def suggest(word: str, known: Iterable[str]) -> str:
    """A question after what was perhaps meant; empty when nothing is near."""
    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else ""


def select(what: Iterable[str]) -> list[Any]:
    """The artifacts that the words of a command name."""
    from repro.papers import catalogue

    with usage(catalogue.Unknown):
        return catalogue.select(",".join(what))


def checked(scale: str, *others: Any) -> str:
    """The scale, when it and the other parameters are ones that a notebook takes too."""
    from repro.papers.reproduce import check

    with usage(ValueError):
        check(scale, *others)
    return scale
