"""Those in charge, in a rehearsal: the owner, two of the staff, an organiser for each town."""

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, time, timedelta

from bot.messages import Command, File, Rendered, Tap, plain
from bot.rehearsal.acts import Acts, Person
from bot.rehearsal.crowd import Act, Script, Today
from bot.rehearsal.platforms import WEB
from bot.rules import calendar
from bot.rules.calendar import ONE_DAY
from storage.citizens import Account
from storage.livestreams import Livestream

Doing = Callable[[datetime], Awaitable[None]]

OWNER = "rehearsal-owner"
PEOPLE = ("rehearsal-staff-1", "rehearsal-staff-2")
CODE = re.compile(r"/role (\w{8})")
MONDAY, WEDNESDAY = 0, 2
AHEAD = timedelta(days=16)  # more than the days by which details of a class are due
EVENING = time(19)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ASKS_MAX = 200
REVIEWS_MAX = 12
IMPORT_DAY, NEWS_DAY = 5, 1
CATALOGUE = "rehearsal-catalogue.csv"
NEW_ITEMS = 20
SITE = "https://www.example.org/rehearsal"
DELAYED_OF = 8  # one class of so many begins late


class Duties:
    """What those in charge do day by day, one thing after the other."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._campaign = acts.stage.campaign
        self._owner = Person(Account(WEB, OWNER))
        self._staff = [Person(Account(WEB, name)) for name in PEOPLE]
        self._organisers = {
            town.id: Person(Account(WEB, f"rehearsal-{town.id}")) for town in self._campaign.towns
        }
        observe = acts.stage.platforms.observe
        everybody = (self._owner, *self._staff, *self._organisers.values())
        self._inbox = {one.account.sender: observe(one.account.sender) for one in everybody}

    async def take_office(self, at: datetime) -> None:
        """Give everybody their role, by the codes the owner makes."""
        given = [(one, "staff") for one in self._staff]
        given += [(self._organisers[town.id], town.name) for town in self._campaign.towns]
        moments = (at + n * SECOND for n in range(ASKS_MAX))  # nobody may write all at once
        for one, what in given:
            code = await self._code_for(what, moments)
            if code is None:
                self._acts.miss(f"/grant {what}")
                continue
            await self._acts.do(one, Command("role", code), at)

    async def _code_for(self, what: str, moments: Iterator[datetime]) -> str | None:
        """Let the owner make a code; when the day is lived again, those made before stay hidden."""
        for moment in moments:
            await self._acts.do(self._owner, Command("grant", what), moment)
            if code := CODE.search(_words(self._owner.read)):
                return code[1]
        return None

    def day(self, today: Today, number: int) -> Iterator[Act]:
        """Return what is done on a day, each with its moment; `number` counts days from 0."""
        day = today.day
        if not number:
            yield self._at(day, time(0, 5), self.take_office)
        if number == IMPORT_DAY:
            yield self._at(day, time(9, 40), self._import)
        if day.day == NEWS_DAY:
            yield self._at(day, time(9, 30), self._tell_the_city)
        if day.weekday() == MONDAY:
            yield self._at(day, time(9, 50), self._propose)
        if day.weekday() == WEDNESDAY:
            yield self._at(day, time(17, 30), self._tell_a_town)
        yield self._at(day, time(10, 30), self._review)
        if (day + ONE_DAY).day == 1:
            yield self._at(day, time(16, 30), self._export)
        for live in today.lives:
            yield Act(live.starts_at + 2 * MINUTE, self._beginning(live))

    def _at(self, day: date, at: time, what: Doing) -> Act:
        moment = datetime.combine(day, at, self._campaign.zone)
        return Act(moment, lambda: what(moment))

    def _town_of(self, at: datetime) -> str:
        """Return whose turn it is this week."""
        towns = self._campaign.towns
        return towns[at.isocalendar().week % len(towns)].id

    async def _propose(self, at: datetime) -> None:
        """Hand in a class, as an organiser; it is for staff to approve."""
        town = self._town_of(at)
        unit, start = self._campaign.unit(town), datetime.combine(at + AHEAD, EVENING)
        first, until = calendar.scoring(self._campaign.spans)
        if unit is None or not first <= start.date() < until:  # no class is taken for such a day
            return
        organiser, said = self._organisers[town], self._acts.stage.said
        topic = said("topic", unit=unit.name, day=f"{start:%m-%d}")
        when = f"{start:%Y-%m-%d %H:%M}"
        form = said("form", topic=topic, start=when, address=SITE, unit=unit.name)
        await self._acts.do(organiser, Command("propose", form), at)
        await self._acts.press(organiser, "proposing.send", at + MINUTE)

    async def _review(self, at: datetime) -> None:
        """Work off what waits for somebody else's yes, as the second of the staff."""
        reviewer = self._staff[1]
        for _ in range(REVIEWS_MAX):
            await self._acts.do(reviewer, Command("review"), at)
            if tap := reviewer.button("proposals.review"):
                yes = "verdicts.approve"
            elif tap := reviewer.button("broadcasts.review"):
                yes = "approving.yes"
            else:
                return
            await self._acts.do(reviewer, Tap(tap), at)
            if not await self._acts.press(reviewer, yes, at):
                return

    async def _tell_a_town(self, at: datetime) -> None:
        """Write to the people of a town, as their organiser."""
        organiser = self._organisers[self._town_of(at)]
        text = self._acts.stage.said("to_town", day=f"{at:%m-%d}")
        await self._acts.do(organiser, Command("broadcast", text), at)
        if organiser.button("launching:"):
            await self._acts.press(organiser, "launching:", at + MINUTE)
            if organiser.button("launching.now"):  # in the first days there may be nobody
                await self._acts.press(organiser, "launching.now", at + 2 * MINUTE)

    async def _tell_the_city(self, at: datetime) -> None:
        """Write to everybody, as staff; a second person must agree."""
        author, text = self._staff[0], self._acts.stage.said("to_city", month=at.month)
        await self._acts.do(author, Command("broadcast", text), at)
        for step in ("targeting:", "targeting.set:", "launching:", "launching.now"):
            if not await self._acts.press(author, step, at + MINUTE):
                return

    async def _import(self, at: datetime) -> None:
        """Send a list of new items, look at what it would do, and take it over, as staff."""
        stage, importer = self._acts.stage, self._staff[0]
        titles = [stage.said("item", n=n) for n in range(1, NEW_ITEMS + 1)]
        rows = [f"book,{title},{SITE}/{n},10" for n, title in enumerate(titles)]
        content = "\n".join(["kind,title,url,minutes", *rows]).encode()
        stage.platforms.files[CATALOGUE] = content
        await self._acts.do(importer, Command("import"), at)
        await self._acts.do(importer, File(CATALOGUE, len(content), CATALOGUE), at + MINUTE)
        await stage.catch_up(at + 2 * MINUTE)
        self._look(importer)
        if await self._acts.press(importer, "imports.take", at + 3 * MINUTE):
            await stage.catch_up(at + 4 * MINUTE)

    async def _export(self, at: datetime) -> None:
        """Ask for the list of participants, as staff."""
        await self._acts.do(self._staff[0], Command("export", "participants"), at)

    def _beginning(self, live: Livestream) -> Script:
        """Answer, at the start of a class, that it has begun, or that it begins later."""
        organiser = self._organisers.get(live.unit or "")
        at = live.starts_at + 2 * MINUTE

        async def answer() -> None:
            if organiser is None:
                return
            began = f"airings.began:{live.id}"
            asked = [seen for seen in self._inbox[organiser.account.sender] if _leads(seen, began)]
            if not asked:
                self._acts.miss(began)
                return
            organiser.read = asked[-1]
            late = f"airings.delay:{live.id}"
            await self._acts.press(organiser, began if live.id % DELAYED_OF else late, at)

        return answer

    def _look(self, one: Person) -> None:
        """Read the newest message that came without being asked for just now."""
        inbox = self._inbox[one.account.sender]
        if inbox:
            one.read = inbox[-1]


def _words(read_now: Rendered | None) -> str:
    return "" if read_now is None else plain(read_now.text)


def _leads(seen: Rendered, somewhere: str) -> bool:
    return any(each.tap.startswith(somewhere) for row in seen.buttons for each in row)
