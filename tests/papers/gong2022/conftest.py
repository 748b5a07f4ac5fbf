"""What all tests of gong2022 begin with."""

from gong import without_weights  # noqa: F401  a fixture for every test here
