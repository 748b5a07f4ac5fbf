"""Keys, records and `ensure`: which runs are wanted, which are on disk, and how the missing ones
get done. No torch here.
"""


class NoData(ValueError):
    """A run needs files that are not here; the message says which folder and what to do."""


class NoDevice(ValueError):
    """A GPU is asked for that is not here; the message says what is, and what to do."""


class RunFailed(RuntimeError):
    """Some runs raised, or could not start because a run before them did; the message names each,
    and its log.
    """
