"""Each point of the standard's first level is shown, by design, does not apply, or is missed."""

import re

from tests.named import NAME, TESTS, exists

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
POINTS = 70
"""Of level 1, in version 5.0.0."""
ELSE = ("by design: ", "does not apply: ", "**not met**: ")


def test_every_point_of_the_first_level_is_answered(record):
    """Each once, and no test is named that is not there."""
    rows = ROW.findall((TESTS / "SECURITY.md").read_text(encoding="utf-8"))
    points = [point for point, _, _ in rows]
    named = {point: NAME.findall(shown) for point, _, shown in rows}
    other = {point: shown for point, _, shown in rows if shown.startswith(ELSE)}

    assert len(points) == len(set(points)) == POINTS
    assert [name for names in named.values() for name in names if not exists(name)] == []
    assert [point for point in points if not named[point] and point not in other] == []
    missed = [point for point, shown in other.items() if shown.startswith(ELSE[2])]
    count = [sum(shown.startswith(each) for shown in other.values()) for each in ELSE[:2]]
    told = f"{POINTS - len(other)} by tests, {count[0]} by design, {count[1]} do not apply"
    record("R13", f"{told}, not met: {', '.join(missed) or 'none'}", met=not missed)
