"""The summary report of a unit as a document: its figures, its cases, and room to write.

It is written in the campaign's language, whatever its organiser speaks with the bot: the organising
college reads it. What the organiser is to write is asked for in shaded lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot import charts
from bot.campaign import Campaign
from bot.i18n import FALLBACK, Texts
from bot.messages import Named, Param, plain
from bot.papers import Paper, Shown
from bot.pictures import WIDTH
from bot.summary_file import OURS, Words
from storage.cases import Case

PROMPTS = ("overview", "means", "lives", "teams", "case", "pictures", "effect", "outlook")
CHART_CM = 13.0


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a case as it is kept, in pixels."""

    content: bytes
    width: int
    height: int
    caption: str


def words(texts: Texts) -> Words:
    """Return what tells a case, and what was asked, in any language."""
    asked = (each for name in PROMPTS for each in texts.everywhere(f"paper.ask_{name}"))
    case = (each.lower() for each in texts.everywhere("paper.case_words"))
    return Words(tuple(case), tuple(asked))


def summary(
    told: Mapping[str, Any],
    campaign: Campaign,
    texts: Texts,
    *,
    cases: Sequence[tuple[Case, Sequence[Photo]]],
) -> bytes:
    """Write a unit's report from the numbers that came with the question, and from its cases."""
    return _Writer(told, campaign, texts).write(cases)


class _Writer:
    def __init__(self, told: Mapping[str, Any], campaign: Campaign, texts: Texts) -> None:
        self._told = told
        self._sections = 0
        self._campaign = campaign
        self._texts = texts
        self._unit = Named(*told["unit"])
        self._at = datetime.fromisoformat(told["at"])
        title = self._say("title", unit=self._unit)
        self._paper = Paper(
            title=title, author=told["unit"][0], language="zh-CN", at=self._at.replace(tzinfo=None)
        )
        named = campaign.campaign.called(FALLBACK)
        self._paper.title(title, self._say("below", campaign=named, at=self._at))
        self._paper.footer(title)

    def _say(self, key: str, **params: Param) -> str:
        return plain(self._texts.text(f"paper.{key}", FALLBACK, params))

    def _heads(self, table: str, *columns: str) -> list[str]:
        return [self._say(f"{table}_{column}") for column in columns]

    def _head(self, name: str) -> None:
        """Begin the next section; the numbers of sections are words of the language."""
        numbers = self._say("numbers").split("|")
        self._sections += 1
        number = numbers[min(self._sections, len(numbers)) - 1]
        self._paper.head(self._say("head", n=number, title=self._say(f"head_{name}")))

    def write(self, cases: Sequence[tuple[Case, Sequence[Photo]]]) -> bytes:
        """Write section after section."""
        paper = self._paper
        self._head("overview")
        paper.prompt(self._say("ask_overview"))
        self._head("figures")
        self._figures()
        self._chart("way", self._told["way"])
        self._chart("weeks", self._told["weeks"])
        paper.prompt(self._say("ask_means"))
        self._head("lives")
        self._lives()
        paper.prompt(self._say("ask_lives"))
        if self._told["teams"] is not None:
            self._head("teams")
            self._teams(self._told["teams"])
            paper.prompt(self._say("ask_teams"))
        self._head("cases")
        self._cases(cases)
        self._head("effect")
        paper.prompt(self._say("ask_effect"), lines=3)
        self._head("outlook")
        paper.prompt(self._say("ask_outlook"))
        self._head("means")
        self._means()
        return paper.docx()

    def _figures(self) -> None:
        stands = self._told["stands"]
        rows = [self._heads("figures", "what", "number")]
        for name in ("participants", "target", "percent", "registered"):
            if stands.get(name) is not None:
                said = f"{stands[name]}%" if name == "percent" else str(stands[name])
                if said == "0%" and stands["participants"]:
                    said = self._say("figures_few")
                rows.append([self._say(f"figures_{name}"), said])
        self._paper.table(rows, (2, 1))
        done = {activity.id: activity.called(FALLBACK) for activity in self._campaign.activities}
        rows = [self._heads("done", "activity", "times", "points")]
        rows += [
            [done[activity], str(n), str(points)]
            for activity, n, points in self._told["activities"]
            if activity in done
        ]
        self._paper.table(rows, (2, 1, 1))

    def _chart(self, chart: str, numbers: Mapping[str, Any]) -> None:
        about = {"unit": self._told["unit"], "at": self._told["at"], "language": FALLBACK}
        content = charts.make({"chart": chart, **about, **numbers}, self._campaign, self._texts)
        height = int.from_bytes(content[20:24], "big")  # where a PNG says so
        caption = self._say(f"chart_{chart}", unit=self._unit)
        said = self._say(f"chart_{chart}_said", unit=self._unit, **numbers["said"])
        shown = Shown(content, WIDTH, height, caption, said, name=f"{OURS}{chart}")
        self._paper.picture(shown, across_cm=CHART_CM)

    def _lives(self) -> None:
        lives = self._told["lives"]
        if not lives:
            self._paper.note(self._say("no_lives"))
            return
        rows = [self._heads("lives", "start", "topic", "lecturer", "joined", "replayed")]
        for start, topic, lecturer, joined, replayed in lives:
            moment = datetime.fromisoformat(start).astimezone(self._campaign.zone)
            rows.append([f"{moment:%Y-%m-%d %H:%M}", topic, lecturer, str(joined), str(replayed)])
        self._paper.table(rows, (2.2, 4, 1.6, 1.1, 1.1))
        joined = sum(live[3] for live in lives)
        self._paper.note(self._say("lives_sum", count=len(lives), joined=joined))

    def _teams(self, teams: Sequence[Sequence[Any]]) -> None:
        if not teams:
            self._paper.note(self._say("no_teams"))
            return
        rows = [self._heads("teams", "name", "members", "must", "awake")]
        for name, members, must, awake in teams:
            flags = [self._say("yes" if flag else "no") for flag in (must, awake)]
            rows.append([name, str(members), *flags])
        self._paper.table(rows, (4, 1.2, 1.6, 1.8))

    def _cases(self, cases: Sequence[tuple[Case, Sequence[Photo]]]) -> None:
        paper, least = self._paper, int(self._told["cases_min"])
        for n, (case, photos) in enumerate(cases, start=1):
            paper.case(self._say("case", n=n, title=case.title))
            for field in ("happened", "who"):
                if text := getattr(case, field):
                    paper.text(self._say(f"case_{field}", text=text))
            if case.story:
                paper.text(case.story)
            else:
                paper.prompt(self._say("ask_case"))
            paper.pictures([self._shown(case, place, each) for place, each in enumerate(photos, 1)])
        for n in range(len(cases) + 1, least + 1):
            paper.case(self._say("case_empty", n=n))
            paper.prompt(self._say("ask_case"), lines=3)
        if sum(len(photos) for _, photos in cases) < int(self._told["pictures_min"]):
            paper.prompt(self._say("ask_pictures"))

    def _shown(self, case: Case, place: int, photo: Photo) -> Shown:
        caption = photo.caption or self._say("photo", title=case.title, n=place)
        said = self._say("photo_said", title=case.title, happened=case.happened, n=place)
        described = f"{said} {photo.caption}".strip()
        return Shown(photo.content, photo.width, photo.height, caption, described)

    def _means(self) -> None:
        names = ["participants", "registered", "times", "points", "joined", "awake"]
        if self._told["teams"] is None:
            names.remove("awake")
        rows = [self._heads("means", "what", "is")]
        rows += [[self._say(f"mean_{name}"), self._say(f"mean_{name}_is")] for name in names]
        self._paper.table(rows, (1, 3))
        due = date.fromisoformat(self._told["due"])
        self._paper.note(self._say("last", due=due, at=self._at))
