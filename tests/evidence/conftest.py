"""No screen, and figures are closed after each test, as for the tests of the papers."""

from tests.papers.conftest import without_screen_and_data

__all__ = ["without_screen_and_data"]
