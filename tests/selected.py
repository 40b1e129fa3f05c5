"""Selections for tests: a small season, its snapshot, and lists that were drawn up."""

from datetime import date, datetime, timedelta

from bot import selecting, work
from bot.campaign import Campaign
from bot.clerk import Errand
from bot.jobs import Jobs
from bot.messages import Reply
from bot.sample import Story, invent
from bot.selecting import Wish, Written
from bot.work import Source
from handlers import FEATURES
from storage import places, selections
from storage.citizens import Account
from storage.db import Database
from storage.jobs import Done, Job
from storage.places import Act, Whom
from storage.selections import Seal, Selection
from tests.chat import SECRET, Chat, Person
from tests.stocked import stock

AFTER = "2022-10-08T09:00:00+08:00"  # in the phase of the selection
SEED = 20220423
CHOICE = "selection 1"
SWAPPED = "CASE rank WHEN 2 THEN 'chosen' ELSE 'other' END WHERE list = 'district_readers'"
PLANTS = (
    ("selections", "UPDATE selections SET confirmed_by = sealed_by", CHOICE),
    ("selections", "UPDATE selections SET digest = NULL", CHOICE),
    ("selections", "UPDATE selections SET objections_until = NULL", CHOICE),
    ("selections", "UPDATE selections SET state = 'final'", CHOICE),
    ("selections", "INSERT INTO selections SELECT * FROM selections", CHOICE),
    ("selection_numbers", "UPDATE selections SET readers = readers + 1", CHOICE),
    ("selection_numbers", "DELETE FROM selection_units WHERE number = 1", CHOICE),
    ("selection_places", "UPDATE selection_places SET rank = 9 WHERE rank = 2", CHOICE),
    ("selection_places", "UPDATE selection_places SET score = 0 WHERE rank = 1", CHOICE),
    ("selection_standings", "UPDATE selection_places SET reason = NULL", CHOICE),
    ("selection_standings", "UPDATE selection_places SET replaces = 7 WHERE rank = 2", CHOICE),
    ("selection_standings", f"UPDATE selection_places SET standing = {SWAPPED}", CHOICE),
    ("selection_excluded", "UPDATE selection_exclusions SET undone_at = NULL", CHOICE),
    ("selection_excluded", "UPDATE selection_readers SET marks = 'erased'", CHOICE),
    (
        "certificates",
        """
        INSERT INTO certificates (campaign, list, number, name, picture, drawn_at)
        SELECT min(id), 'x', 1, 'n', 1, '2022-05-01 00:00:00.000000' FROM campaigns
        """,
        "certificate x 1",
    ),
    ("selection_excluded", "UPDATE selection_units SET marks = 'no_target'", CHOICE),
)
"""Each breaks an invariant of what `succeeded` leaves, and whom the audit names for it."""


async def tell(_done: int, _of: int) -> None:
    """Tell nobody."""


async def season(chat: Chat, *, people: int, days: int = 4) -> None:
    """Let invented people read for some days."""
    for kind in ("video", "book", "audio"):
        await stock(chat, kind, *(f"{kind}{n}" for n in range(12)))
    story = Story(chat.database, chat.till, chat.campaign, campaign_id=chat.campaign_id, seed=SEED)
    crowd = invent(chat.campaign, people=people, seed=SEED)
    start = datetime.fromisoformat("2022-04-23T07:00:00+08:00")
    await story.settle(crowd, at=start)
    await story.live(crowd, first=date(2022, 4, 23), until=date(2022, 4, 23 + days))


def short(campaign: Campaign, *, size: int = 1, reserve: int = 1) -> Campaign:
    """Return a campaign whose lists are as short as that."""
    lists = [
        each.model_copy(update={"size": size, "reserve": reserve})
        for each in campaign.selection.lists
    ]
    selection = campaign.selection.model_copy(update={"lists": tuple(lists)})
    made: Campaign = campaign.model_copy(update={"selection": selection})
    return made


async def taken(chat: Chat, *, by: int = 1, campaign: Campaign | None = None) -> Selection:
    """Take a snapshot, as the job does."""
    wish = Wish(campaign or chat.campaign, chat.campaign_id, by, chat.clock.now())
    found = await selecting.take(chat.database, wish, tell=tell)
    assert found is not None
    return found


async def sealed(chat: Chat, selection: Selection, *, by: int = 1) -> tuple[Selection, Written]:
    """Draw the lists up and note their digest, as the job does."""
    name = chat.campaign.campaign.id
    written = await selecting.seal(chat.database, selection, name, tell=tell)
    async with chat.database.transaction() as db:
        made = Seal(written.digest(), written.bests, by, chat.clock.now())
        assert await selections.seal(db, selection.id, made, revision=selection.revision)
    return await current(chat.database, chat.campaign_id), written


async def published(
    chat: Chat, *, by: tuple[int, int] = (1, 2), draft: Selection | None = None
) -> Selection:
    """Draw up, confirm and publish a selection, after taking it unless it is there."""
    draft = draft or await taken(chat, by=by[0])
    selection, written = await sealed(chat, draft, by=by[0])
    now = chat.clock.now()
    until = date(2022, 10, 13)
    async with chat.database.transaction() as db:
        digest = written.digest()
        assert await selections.confirm(db, selection.id, digest=digest, by=by[1], at=now)
        assert await selections.publish(db, selection.id, by=by[0], at=now, until=until)
    return await current(chat.database, chat.campaign_id)


class Here(Jobs):
    """Does the slow work in this process: what a child does is tested once, for real."""

    async def _in_a_child(self, job: Job) -> Done:
        errand = Errand(self._database, self.campaign, job, SECRET)
        return await work.WORK[job.kind](errand)

    campaign: Campaign


async def worked(chat: Chat, person: Person) -> Reply:
    """Do what somebody asked for, and return what they are told."""
    told: list[tuple[Account, Reply]] = []

    async def tell(account: Account, reply: Reply) -> None:
        person.rendered = await chat.dispatcher.render(account, reply)
        told.append((account, reply))

    async def fetch(_channel: str, _ref: str) -> bytes:
        return b""

    here = Here(FEATURES, chat.database, chat.clock, source=Source("", ""), tell=tell, fetch=fetch)
    here.campaign = chat.campaign
    assert await here.work_off_one()
    [(account, reply)] = told
    assert account == person.account
    return reply


async def readers(chat: Chat, **days: int) -> list[Person]:
    """Let people check in on so many days, and let the phase of the selection come."""
    people = [await chat.join(name) for name in days]
    start = chat.clock.now()
    for day in range(max(days.values())):
        chat.clock.set((start + timedelta(days=day)).isoformat())  # type: ignore[attr-defined]
        for person, often in zip(people, days.values(), strict=True):
            if day < often:
                await person.taps("checkins")
    chat.clock.set(AFTER)  # type: ignore[attr-defined]
    return people


async def current(database: Database, campaign_id: int) -> Selection:
    """Read the selection that counts through a fresh session."""
    async with database.reading() as db:
        found = await selections.current(db, campaign_id)
    assert found is not None
    return found


async def replaced(chat: Chat, selection: Selection, award: str, *, rank: int, by: int) -> None:
    """Take somebody from a list, and let the next one come in."""
    now = chat.clock.now()
    async with chat.database.transaction() as db:
        listed = await places.listed(db, selection.id, award)
        place = next(each for each in listed if each.rank == rank)
        assert await places.note(db, selection.id, place, act=Act(by, "a reason", now))
        assert await places.leave(db, selection.id, place, by=by, at=now)
        assert await places.move_up(db, selection.id, place, by=by, at=now) is not None


async def succeeded(chat: Chat) -> None:
    """Publish lists of one; the best leaves one of them, and the second comes in."""
    draft = await taken(chat, campaign=short(chat.campaign))
    now = chat.clock.now()
    async with chat.database.transaction() as db:
        whom = Whom(draft.id, "reader", 1)
        await places.exclude(db, whom, Act(1, "a reason", now))
        await places.include(db, whom, by=2, at=now)
    found = await published(chat, draft=draft)
    await replaced(chat, found, "top_readers", rank=1, by=1)
