"""What all tests of gong2022 begin with."""

from gong import public, without_weights  # noqa: F401  fixtures
