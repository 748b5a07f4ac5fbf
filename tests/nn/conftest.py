"""What the tests of published weights share."""

from published import randomise, saved

__all__ = ["randomise", "saved"]
