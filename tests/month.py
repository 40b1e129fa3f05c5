"""A month of an invented crowd, from April 23 on, through the real till."""

from datetime import date, datetime

from bot import campaign as campaigns
from bot.clock import Clock
from bot.sample import Story, invent
from storage.db import Database
from tests.chat import Chat
from tests.stocked import stock

SEED = 20220423
SETTLED = datetime.fromisoformat("2022-04-23T07:00:00+08:00")
FIRST, UNTIL = date(2022, 4, 23), date(2022, 5, 23)


async def a_month(
    database: Database, clock: Clock, *, people: int, seed: int = SEED
) -> tuple[Chat, int]:
    """Let so many people live through the month; return the bot, closed, and how many deeds."""
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        await stock(chat, "video", *(f"片{n}" for n in range(40)))
        await stock(chat, "book", *(f"书{n}" for n in range(40)))
        await stock(chat, "audio", *(f"听{n}" for n in range(20)))
        story = Story(database, chat.till, chat.campaign, campaign_id=chat.campaign_id, seed=seed)
        crowd = invent(chat.campaign, people=people, seed=seed)
        await story.settle(crowd, at=SETTLED)
        return chat, await story.live(crowd, first=FIRST, until=UNTIL)
