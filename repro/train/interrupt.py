"""A stop that was asked for: a loop looks at `requested()` after each step, saves, and raises
`Interrupted`. No torch here.
"""

import signal
import threading

_flag = threading.Event()


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
    """Whether a stop was asked for."""
    return _flag.is_set()
