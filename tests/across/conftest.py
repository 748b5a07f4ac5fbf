"""No screen and no data folder, as for the tests of the papers."""

from tests.papers.conftest import shown, without_screen_and_data

__all__ = ["shown", "without_screen_and_data"]
