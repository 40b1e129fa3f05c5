"""Kill -9 under load over HTTP: nothing that was acknowledged is lost, nothing is paid twice."""

import asyncio
import random
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from bot.rules import signing
from storage import failures
from storage.db import Database
from tests.faults.conftest import OWNER, SECRET
from tests.faults.killed import COMMITTED, INSIDE, NONE, POISON, Runs
from tests.faults.season import offenders
from tests.gates import LONG
from tests.posting import Poster, message
from tests.processes import hooking, unexplained

KILLS = 100 if LONG else 30  # on each database
PEOPLE = range(100, 220)
SEED = 20220423
KEY = "the key of the kill tests, long enough"
AHEAD = timedelta(hours=23, minutes=50)  # so that what waits since yesterday is not yet too old
WAITING_MIN = 120
SECONDS_MAX = 240


def plan(chance):
    """Half of the kills inside a transaction, a quarter after its commit, a quarter anywhere."""
    for number in range(KILLS):
        if number % 2 == 0:
            yield INSIDE, chance.randint(1, 6)
        else:
            yield COMMITTED if number % 4 == 1 else NONE, chance.randint(1, 6)


def cause(update):
    """Return the name under which the till keeps an update."""
    return signing.keyed(KEY.encode(), f"telegram:{update}")


async def booked(url):
    """Read the causes of all ledger lines; a SQLite file must be whole."""
    database = Database(url)
    async with database.reading() as db:
        if database.is_sqlite:
            assert await db.scalar(text("PRAGMA integrity_check")) == "ok"
        causes = (await db.scalars(text("SELECT cause FROM ledger"))).all()
    await database.aclose()
    return set(causes)


@dataclass
class Crowd:
    """People who check in twice a day; what gets no 2xx is posted again, as Telegram does."""

    chance: random.Random
    waiting: list = field(default_factory=list)
    """What is not acknowledged, the oldest first."""
    told: dict = field(default_factory=dict)
    """The text of each acknowledged update."""
    acts: list = field(default_factory=list)
    """The two updates of each person and day."""
    cut_off: int = 0
    next_update: int = 10_000

    async def new_day(self, address):
        """Let the owner move the clock, and everybody check in on the new day."""
        days = len(self.acts) // len(PEOPLE)
        clock = Poster(address, SECRET)
        move = "/clock +23h50m" if days else "/clock"
        await clock.post_all([message(1_000 + days, OWNER, move)])
        moment = datetime.fromisoformat("2022-05-01T09:00:00+08:00") + days * AHEAD
        assert moment.date().isoformat() in clock.answers[0][2], (SEED, clock.answers)
        today = []
        for person in PEOPLE:
            both = [self.next_update, self.next_update + 1]
            self.next_update += 2
            self.acts.append(both)
            stamp = int(moment.timestamp())
            today += [
                message(n, person, w, stamp) for n, w in zip(both, ("签到", "打卡"), strict=True)
            ]
        self.chance.shuffle(today)
        self.waiting += today

    async def post(self, address, strike_at=None, strike=None):
        """Post what waits, until the end of it or of the process; say whether it lived."""
        poster = Poster(address, SECRET)

        def bodies():
            for place, body in enumerate(self.waiting):
                if place == strike_at:
                    strike()
                if poster.answers and poster.answers[-1][1] == 0:
                    return
                yield body

        await poster.post_all(bodies())
        for place, status, said in poster.answers:
            assert status in {0, 200, 503}, (SEED, status, said)
            self.cut_off += not status
            if status == 200:
                self.told[self.waiting[place]["update_id"]] = said
        self.waiting = [body for body in self.waiting if body["update_id"] not in self.told]
        return all(status for _, status, _ in poster.answers)

    def judge(self, found, batch, fault, where):
        """Compare what was told with the ledger; return the updates that are in it unheard of."""
        assert {cause(number) for number in self.paid()} <= found, where
        waiting = {cause(body["update_id"]): body["update_id"] for body in self.waiting}
        assert set(batch) <= waiting.keys(), where
        assert set(batch) & found == (set(batch) if fault == COMMITTED else set()), where
        return {waiting[known] for known in waiting.keys() & found}

    def paid(self):
        """Return the updates that were told +5."""
        return {number for number, said in self.told.items() if "+5" in said}


async def start(runs, api, fault=NONE, number=0):
    """Start a run and wait until it takes posts."""
    seen = len(api.called("getWebhookInfo"))
    await runs.start(fault, number)
    await api.until(lambda: len(api.called("getWebhookInfo")) > seen)


async def joined(runs, api, people=PEOPLE):
    """Bring people through first contact."""
    for person in (OWNER, *people):
        api.person(person)
    await start(runs, api)
    await Poster(runs.address, SECRET).join(people)
    await ended(runs)


async def ended(runs):
    """End a run in order."""
    runs.signal(signal.SIGTERM)
    assert await runs.end() == (0, []), runs.errors


async def killed(runs, api, crowd, fault, after):
    """Run under load until it is dead; return the causes in the batch it died in."""
    await start(runs, api, fault, after)
    strike_at = crowd.chance.randint(1, WAITING_MIN) if fault == NONE else None
    alive = True
    while alive:
        if len(crowd.waiting) < WAITING_MIN:
            await crowd.new_day(runs.address)
        alive = await crowd.post(runs.address, strike_at, runs.kill)
    status, batch = await runs.end()
    assert status == -signal.SIGKILL, (SEED, fault, after, runs.errors)
    assert bool(batch) == (fault != NONE), (SEED, fault, after)
    return batch


async def test_kills_lose_and_double_nothing(api, settings, tmp_path, record):
    """Killed inside transactions, right after commits and anywhere: each act is paid once."""
    crowd, url, unheard = Crowd(random.Random(SEED)), settings["DATABASE_URL"], set()
    kills = list(plan(crowd.chance))
    serve = {**settings, **hooking(api, SECRET), "SECRET_KEY": KEY}
    async with asyncio.timeout(SECONDS_MAX), Runs.open(tmp_path, **serve) as runs:
        await joined(runs, api)
        for turn, (fault, after) in enumerate(kills):
            batch = await killed(runs, api, crowd, fault, after)
            unheard |= crowd.judge(await booked(url), batch, fault, (SEED, turn, fault, after))
        await start(runs, api)
        while crowd.waiting:
            assert await crowd.post(runs.address), SEED
        await ended(runs)
        assert unexplained(runs.errors) == ""

    acts, paid = len(crowd.acts), crowd.paid()
    assert len(crowd.told) == 2 * acts
    assert {len(paid & {*both}) for both in crowd.acts} == {1}, SEED
    assert await booked(url) == {cause(number) for number in paid}, SEED
    assert await offenders(url) == ([], acts, acts * 5), SEED
    assert sum(fault == INSIDE for fault, _ in kills) >= KILLS // 2
    assert crowd.cut_off > KILLS, SEED
    assert len(unheard) >= KILLS // 4, SEED
    assert unheard <= paid, SEED
    record("R1", f"0 of {2 * acts:,} acts lost, {KILLS} kills", seed=SEED)


async def test_a_poison_message_holds_nobody_up(api, settings, tmp_path):
    """Booking fails for one person: three tries, a reference; all others are paid beside it."""
    url, people, poisoned = settings["DATABASE_URL"], PEOPLE[:60], PEOPLE[30]
    serve = {**settings, **hooking(api, SECRET)}
    async with asyncio.timeout(SECONDS_MAX), Runs.open(tmp_path, **serve) as runs:
        await joined(runs, api, people)
        await start(runs, api, POISON, poisoned)
        poster = Poster(runs.address, SECRET)
        await poster.post_all(message(person, person, "签到") for person in people)
        await ended(runs)
        assert runs.errors.count("RuntimeError: poison") >= 3

    told = {people[place]: said for place, _, said in poster.answers}
    database = Database(url)
    async with database.reading() as db:
        found = await failures.newest(db, 2)
    await database.aclose()
    assert {status for _, status, _ in poster.answers} == {200}
    assert {person for person, said in told.items() if "+5" not in said} == {poisoned}
    assert [(failure.tries, failure.reference in told[poisoned]) for failure in found] == [
        (3, True)
    ]
    assert await offenders(url) == ([], len(people) - 1, (len(people) - 1) * 5)
