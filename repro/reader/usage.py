"""What a command says when it was not understood."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator


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
