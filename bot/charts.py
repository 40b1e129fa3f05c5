"""The charts that answer staff: points day by day, towns against their targets, a unit's way.

Drawn from plain numbers that the answer in words had as well, so that both say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, floor, log10
from typing import Any

from bot.campaign import Campaign
from bot.i18n import FALLBACK, Texts
from bot.messages import Named, Param, plain
from bot.pictures import (
    COLOURS,
    EVEN,
    FAINT,
    GRID,
    INK,
    MARGIN,
    SMALL,
    TEXT,
    TRACK,
    WIDTH,
    Caption,
    Sheet,
    fitting,
    headed,
    wide,
)
from bot.rules import gauge

GRID_LINES = 5
PLOT, AXIS, LEGEND_LINE = 620, 60, 56
ROW, ROW_BAR = 110, 34
MARK = "#d55e00"
GAP = 26  # between labels beside each other


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its name and a value for each tick."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar that grows towards its target; `told` is said in numbers beside its name."""

    name: str
    value: int
    target: int
    told: str


def stacked(caption: Caption, ticks: Sequence[str], series: Sequence[Series]) -> bytes:
    """Draw a column for each tick, of one piece for each series, its sum above."""
    sums = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    said = [str(total) for total in sums]
    lines, top = _legend([one.name for one in series])
    scale = _Scale(max(sums, default=0), room=PLOT)
    slot = (WIDTH - scale.left - MARGIN) / max(1, len(ticks))

    def draw(sheet: Sheet, y: float) -> None:
        _draw_legend(sheet, lines, y)
        floor_y = y + top + PLOT
        scale.draw(sheet, floor_y)
        for n, tick in enumerate(ticks):
            left = scale.left + n * slot + slot * 0.14
            reached = floor_y
            for colour, one in zip(COLOURS, series, strict=False):
                high = reached - scale.high(one.values[n])
                sheet.box(left, high, left + slot * 0.72, bottom=reached, fill=colour)
                reached = high - (2 if high < reached else 0)
            middle = left + slot * 0.36
            if sums[n] and _shown(n, said, slot, gap=0):
                sheet.text(middle, reached - 20, said[n], size=SMALL - 4, at="m")
            if _shown(n, ticks, slot):
                sheet.text(middle, floor_y + 34, tick, size=SMALL, fill=FAINT, at="m")

    return headed(caption, draw, top + PLOT + AXIS + 20)


def against(caption: Caption, bars: Sequence[Bar]) -> bytes:
    """Draw a bar for each unit: how far it is on the way to its target, a mark where that is."""
    most = max([1, *(max(bar.value, bar.target) for bar in bars)])

    def draw(sheet: Sheet, y: float) -> None:
        for n, bar in enumerate(bars):
            top = y + n * ROW
            room = WIDTH - 2 * MARGIN - wide(bar.told, SMALL) - 30
            sheet.text(MARGIN, top + 24, fitting(bar.name, TEXT, room))
            sheet.text(WIDTH - MARGIN, top + 24, bar.told, size=SMALL, fill=FAINT, at="r")
            under, low = top + 54, top + 54 + ROW_BAR
            full = (WIDTH - 2 * MARGIN) / most
            sheet.box(MARGIN, under, MARGIN + bar.target * full, bottom=low, fill=TRACK)
            sheet.box(MARGIN, under, MARGIN + bar.value * full, bottom=low, fill=COLOURS[0])
            if bar.target:
                mark = MARGIN + bar.target * full
                sheet.box(mark - 6, under - 4, mark, bottom=low + 4, fill=MARK)

    return headed(caption, draw, ROW * len(bars) + 10)


def climbing(
    caption: Caption, ticks: Sequence[str], reached: Series, *, target: int, goal: str
) -> bytes:
    """Draw how a number grew from tick to tick, on the way to a target, and the even way there.

    `ticks` are all there will be, `reached` has a value for those that are over.
    """
    scale = _Scale(max([target, *reached.values]), room=PLOT)
    names = [reached.name, goal] if target else [reached.name]
    lines, top = _legend(names, (COLOURS[0], MARK))
    across = (WIDTH - scale.left - MARGIN) / max(1, len(ticks) - 1)

    def draw(sheet: Sheet, y: float) -> None:
        _draw_legend(sheet, lines, y)
        floor_y = y + top + PLOT
        scale.draw(sheet, floor_y)
        right = scale.left + across * (len(ticks) - 1)
        if target:
            sheet.line([(scale.left, floor_y), (right, floor_y - scale.high(target))], EVEN, 4)
            sheet.dashes(scale.left, right, floor_y - scale.high(target), fill=MARK)
        points = [
            (scale.left + n * across, floor_y - scale.high(value))
            for n, value in enumerate(reached.values)
        ]
        if points:
            sheet.line([*points, points[-1]], COLOURS[0], 8)
            x, high = points[-1]
            sheet.box(x - 11, high - 11, x + 11, bottom=high + 11, fill=COLOURS[0])
            said = str(reached.values[-1])
            right_edge = WIDTH - MARGIN - wide(said, TEXT) / 2
            sheet.text(min(max(x, scale.left + 40), right_edge), high - 42, said, at="m")
        for n, tick in enumerate(ticks):
            if _shown(n, ticks, across):
                x = scale.left + n * across
                sheet.text(x, floor_y + 34, tick, size=SMALL, fill=FAINT, at="m")

    return headed(caption, draw, top + PLOT + AXIS + 20)


class _Scale:
    """The heights of a chart: grid lines at round numbers, the first at 0."""

    def __init__(self, most: int, *, room: float) -> None:
        self._step = step(most)
        self._lines = max(1, -(-most // self._step))
        self._room = room - 40  # for what stands above the highest
        self.left = MARGIN + wide(str(self._lines * self._step), SMALL) + 20

    def high(self, value: int) -> float:
        """Return how high a value stands above the floor."""
        return value / (self._lines * self._step) * self._room

    def draw(self, sheet: Sheet, floor_y: float) -> None:
        """Draw the grid, with its numbers on the left."""
        for n in range(self._lines + 1):
            value = n * self._step
            y = floor_y - self.high(value)
            sheet.line([(self.left, y), (WIDTH - MARGIN, y)], INK if n == 0 else GRID, 2)
            sheet.text(self.left - 14, y, str(value), size=SMALL, fill=FAINT, at="r")


def step(most: int, lines: int = GRID_LINES) -> int:
    """Return a round distance between grid lines, so that so many reach over the most."""
    rough = max(1, -(-most // lines))
    power: int = 10 ** floor(log10(rough))
    return next(round(times * power) for times in (1, 2, 2.5, 5, 10) if times * power >= rough)


Legend = list[list[tuple[str, str]]]


def _legend(names: Sequence[str], colours: Sequence[str] = COLOURS) -> tuple[Legend, int]:
    """Lay names and colours out in lines, and return them with the height they take."""
    lines: Legend = [[]]
    room = 0.0
    for name, colour in zip(names, colours, strict=False):
        needed = wide(name, SMALL) + 84
        if room + needed > WIDTH - 2 * MARGIN and lines[-1]:
            lines.append([])
            room = 0.0
        lines[-1].append((fitting(name, SMALL, WIDTH - 2 * MARGIN - 84), colour))
        room += needed
    return lines, len(lines) * LEGEND_LINE + 14


def _draw_legend(sheet: Sheet, lines: Legend, y: float) -> None:
    for number, line in enumerate(lines):
        x, middle = float(MARGIN), y + number * LEGEND_LINE + 22
        for name, colour in line:
            sheet.box(x, middle - 15, x + 30, bottom=middle + 15, fill=colour)
            sheet.text(x + 42, middle, name, size=SMALL)
            x += wide(name, SMALL) + 84


def _shown(n: int, labels: Sequence[str], each: float, *, gap: int = GAP) -> bool:
    """Say whether there is room for a label: for every so many of them, counted from the last."""
    widest = wide(max(labels, key=len), SMALL) + gap
    return (len(labels) - 1 - n) % max(1, ceil(widest / each)) == 0


class Words:
    """Says what stands on a chart in one language; names come from campaign data or parameters."""

    def __init__(self, texts: Texts, language: str, told: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = texts
        self._told = told

    def say(self, key: str, **params: Param) -> str:
        """Say a key as plain text."""
        return plain(self._texts.text(f"charts.{key}", self.language, params))

    def caption(self, key: str, **params: Param) -> Caption:
        """Say the title, as of when, and what is shown, of a unit or of everything."""
        unit = self._told.get("unit")
        of = self.say("of_unit", unit=Named(*unit)) if unit else self.say("of_all")
        at = self.say("as_of", at=datetime.fromisoformat(self._told["at"]))
        title = self.say(f"{key}_title", of=of, **params)
        return Caption(title, at, self.say(f"{key}_note"))

    def day(self, day: date) -> str:
        """Say a day as short as it stands under a chart."""
        return self.say("tick", month=day.month, day=day.day)


def make(told: Mapping[str, Any], campaign: Campaign, texts: Texts) -> bytes:
    """Draw the chart that a job asks for, from the numbers that came with it."""
    language = str(told.get("language") or FALLBACK)
    words = Words(texts, language, told)
    days = [date.fromisoformat(day) for day in told.get("days", ())]
    ticks = [words.day(day) for day in days]
    match told["chart"]:
        case "days" | "weeks" as kind:
            series = [
                Series(activity.called(language), tuple(told["points"][activity.id]))
                for activity in campaign.activities
                if activity.id in told["points"]
            ]
            return stacked(words.caption(kind, days=len(days)), ticks, series)
        case "towns":
            bars = [_bar(words, *town) for town in told["towns"]]
            return against(words.caption("towns"), bars)
        case "way":
            target = int(told["target"])
            reached = Series(words.say("participants"), tuple(told["reached"]))
            goal = words.say("target", target=target)
            key = "way" if target else "way_free"
            return climbing(words.caption(key), ticks, reached, target=target, goal=goal)
        case other:
            raise ValueError(f"there is no chart {other!r}")


def _bar(words: Words, name: str, name_en: str, *numbers: int) -> Bar:
    value, target = numbers
    share = value * 100 // target if target else 0
    few = "_few" if gauge.few(value, target) else ""
    told = words.say(f"against{few}", value=value, target=target, percent=share)
    return Bar(name_en if words.language == "en" else name, value, target, told)
