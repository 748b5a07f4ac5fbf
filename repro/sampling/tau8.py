"""ou2019 with an interval tau of 8 frames instead of a drawn one (O15)."""

from repro.sampling.paper import fixed

train, test = fixed(8)
