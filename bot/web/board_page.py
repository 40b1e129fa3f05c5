"""The public board as HTML, in parts that are told apart so that only what changed is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.campaign import Campaign
from bot.feature import named
from bot.messages import Named, Phrase, plain
from bot.operations.board import Board, Class, Town
from bot.rules.calendar import ONE_DAY
from bot.web import drawing
from bot.web.markup import Html, join, tag
from bot.web.shell import Shell

DAYS_SHOWN_MAX = 31
WEEK = 7
HOUR, MINUTE = 3600, 60
SOON_DAYS = 2

Days = Sequence[tuple[date, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Face:
    """Words the board in one language."""

    shell: Shell
    campaign: Campaign
    language: str

    def parts(self, board: Board) -> dict[str, Html]:
        """Return the parts of the page by their ids, in reading order."""
        return {
            "as-of": self._as_of(board),
            "people": self._people(board),
            "days": self._days(board),
            "lives": self._lives(board),
            "towns": self._towns(board),
            "read": self._read(board),
            "streaks": self._streaks(board),
        }

    def _say(self, key: str, **params: str | int | date | datetime | Named | Phrase) -> Html:
        return self.shell.say(key, self.language, **params)

    def _name(self, thing: Named) -> str:
        return thing.name_en if self.language == "en" else thing.name

    def _as_of(self, board: Board) -> Html:
        today, start = board.day, self.campaign.start
        phase = self.campaign.phase(today)
        if phase is None:
            key = "board.before" if today < start else "board.over"
            course = self._say(key, day=start if today < start else self.campaign.last_day)
        else:
            period = next(each for each in self.campaign.phases if each.id == phase.id)
            course = self._say(
                "board.course",
                phase=named(period),
                n=(today - start).days + 1,
                left=(phase.until - today).days - 1,
            )
        return join(tag("p", course), tag("p", self._say("board.as_of", at=board.at)))

    def _people(self, board: Board) -> Html:
        tiles = (
            ("board.visits", board.visits_today),
            ("board.points", board.points_today),
            ("board.registered", board.registered),
        )
        share = f"{100 * board.participants / board.target:.1f}" if board.target else "0"
        return join(
            tag("h2", self._say("board.people")),
            tag("p", tag("strong", f"{board.participants:,}"), class_="great"),
            tag("p", self._say("board.target", target=f"{board.target:,}", share=share)),
            drawing.bar(board.participants, board.target),
            tag(
                "dl",
                [tag("div", tag("dt", self._say(key)), tag("dd", f"{n:,}")) for key, n in tiles],
                class_="tiles",
            ),
            tag("p", self._say("board.means"), class_="note"),
        )

    def _days(self, board: Board) -> Html:
        heading = tag("h2", self._say("board.days"))
        columns = by_weeks(board.days)
        if not columns:
            return join(heading, tag("p", self._say("board.none"), class_="note"))
        weekly = len(board.days) > DAYS_SHOWN_MAX
        kinds = self.campaign.activities
        values = [[counts.get(kind.id, 0) for kind in kinds] for _, counts in columns]
        most = drawing.ceiling(max(map(sum, values)) or 1)
        first, last = columns[0][0], board.days[-1][0]
        each = Phrase("board.each_week" if weekly else "board.each_day")
        said = plain(self._say("board.chart", each=each, first=first, last=last))
        legend = [
            tag(
                "li",
                tag("span", class_=f"key {drawing.colour(n)}", aria_hidden="true"),
                kind.called(self.language),
                " ",
                tag("b", f"{_sum(columns, kind.id):,}"),
            )
            for n, kind in enumerate(kinds)
            if _sum(columns, kind.id)
        ]
        drawn = tag(
            "div",
            tag("span", f"{most:,}", class_="top", aria_hidden="true"),
            drawing.columns(values, said=said),
            tag("span", self._say("board.day", day=first), class_="from", aria_hidden="true"),
            tag("span", self._say("board.day", day=last), class_="to", aria_hidden="true"),
            class_="chart",
        )
        note = tag("p", self._say("board.scored", each=each), class_="note")
        return join(heading, note, drawn, tag("ul", legend, class_="legend"), self._table(columns))

    def _table(self, columns: Days) -> Html:
        """Return the chart's numbers for who does not see it."""
        head = tag(
            "tr",
            tag("th", self._say("board.from_day"), scope="col"),
            tag("th", self._say("board.points_column"), scope="col"),
        )
        rows = [
            tag(
                "tr",
                tag("th", self._say("board.day", day=day), scope="row"),
                tag("td", sum(counts.values())),
            )
            for day, counts in columns
        ]
        return tag("table", tag("thead", head), tag("tbody", rows), class_="unseen")

    def _towns(self, board: Board) -> Html:
        towns: Iterable[Town] = board.towns
        compared = self.campaign.board.compare_towns
        if compared:
            towns = sorted(board.towns, key=lambda town: -town.percent)
        rows = [
            tag(
                "li",
                tag("span", self._name(town.name), class_="called"),
                drawing.bar(town.participants, town.target),
                tag("span", self._town(town), class_="number"),
            )
            for town in towns
        ]
        note = self._say("board.towns_compared" if compared else "board.towns_means")
        listed = tag("ol" if compared else "ul", rows, class_="towns")
        return join(tag("h2", self._say("board.towns")), listed, tag("p", note, class_="note"))

    def _town(self, town: Town) -> Html:
        numbers = {"n": f"{town.participants:,}", "target": f"{town.target:,}"}
        return self._say("board.town", **numbers)

    def _lives(self, board: Board) -> Html:
        heading = tag("h2", self._say("board.lives"))
        if not board.lives:
            return join(heading, tag("p", self._say("board.no_lives"), class_="note"))
        rows = [
            tag(
                "li",
                tag("strong", live.topic, class_="called"),
                tag("span", self._left(live, board.at), class_="left"),
                tag("span", self._when(live), class_="note"),
            )
            for live in board.lives
        ]
        return join(heading, tag("ul", rows, class_="lives"))

    def _when(self, live: Class) -> Html:
        if live.unit is None:
            return self._say("board.at", at=live.starts_at)
        return self._say("board.at_by", at=live.starts_at, unit=live.unit)

    def _left(self, live: Class, now: datetime) -> Html:
        if live.starts_at <= now:
            return self._say("board.on_air")
        left = live.starts_at - now
        seconds = int(left.total_seconds())
        if left >= timedelta(days=SOON_DAYS):
            return self._say("board.in_days", days=left.days)
        if seconds >= HOUR:
            hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
            return self._say("board.in_hours", hours=hours, minutes=minutes)
        return self._say("board.in_minutes", minutes=max(1, seconds // MINUTE))

    def _read(self, board: Board) -> Html:
        heading = tag("h2", self._say("board.read"))
        if not board.read:
            return join(heading, tag("p", self._say("board.none"), class_="note"))
        rows = [
            tag(
                "li",
                tag("span", work.title, class_="called"),
                tag("span", self._say("board.times", n=work.times), class_="number"),
                tag(
                    "span",
                    self.campaign.activity(work.activity).called(self.language),
                    class_="note",
                ),
            )
            for work in board.read
        ]
        return join(heading, tag("ol", rows, class_="works"))

    def _streaks(self, board: Board) -> Html:
        heading = tag("h2", self._say("board.streaks"))
        if not board.streaks:
            return join(heading, tag("p", self._say("board.none"), class_="note"))
        rows = [
            tag(
                "li",
                tag("span", self._say("board.alias", alias=one.alias), class_="called"),
                tag("span", self._say("board.in_a_row", n=one.days), class_="number"),
            )
            for one in board.streaks
        ]
        note = tag("p", self._say("board.alias_means"), class_="note")
        return join(heading, tag("ol", rows, class_="works"), note)


def by_weeks(days: Days) -> Days:
    """Return days as they are, or, if they are many, Monday to Sunday together."""
    if len(days) <= DAYS_SHOWN_MAX:
        return days
    weeks: dict[date, dict[str, int]] = {}
    first = days[0][0]
    for day, counts in days:
        monday = max(first, day - day.weekday() * ONE_DAY)
        week = weeks.setdefault(monday, {})
        for key, points in counts.items():
            week[key] = week.get(key, 0) + points
    return list(weeks.items())


def _sum(columns: Days, activity: str) -> int:
    return sum(counts.get(activity, 0) for _, counts in columns)
