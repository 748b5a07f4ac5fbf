"""A stop that was asked for: a loop looks at `requested()` after each step, saves, and raises
`Interrupted`. No torch here.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_flag = threading.Event()
_agree: Callable[[bool], bool] = bool


class Interrupted(Exception):
    """The work stopped because it was asked to; what was done is saved, and the same command goes
    on from there.
    """


def install() -> None:
    """Let SIGTERM and SIGINT ask for a stop instead of ending the process at once. Call it from the
    main thread.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _flag.set())


def request() -> None:
    """Ask for a stop."""
    _flag.set()


def requested() -> bool:
    """Whether a stop was asked for, as all agree who work together."""
    return _agree(_flag.is_set())


@contextlib.contextmanager
def agreed(by: Callable[[bool], bool]) -> Iterator[None]:
    """Within this block `by` makes one answer of what each of several processes was asked, so that
    all of them stop after the same step.
    """
    global _agree
    _agree = by
    try:
        yield
    finally:
        _agree = bool
