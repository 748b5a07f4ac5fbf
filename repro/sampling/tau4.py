"""ou2019 with an interval tau of 4 frames instead of a drawn one (O15)."""

from repro.sampling.paper import fixed

train, test = fixed(4)
