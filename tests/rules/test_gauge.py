import pytest

from bot.rules import gauge


@pytest.mark.parametrize(
    ("percent", "filled"),
    [(0, 0), (1, 1), (9, 1), (10, 1), (55, 5), (99, 9), (100, 10), (250, 10), (-3, 0)],
)
def test_a_bar_shows_what_is_begun_and_what_is_done(percent, filled):
    """Ten signs; one as soon as something is there, ten only for all."""
    assert gauge.bar(percent) == "■" * filled + "□" * (10 - filled)
