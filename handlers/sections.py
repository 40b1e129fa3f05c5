"""品鉴 品阅 品听: the sections of the 云端书房, page by page."""

from bot.feature import Feature, Turn, Work, named, say
from bot.messages import Reply
from bot.operations import listing
from storage import items

feature = Feature("sections")


@feature.on(command="video", words=["品鉴", "视频"], tap="sections.video", work=Work.WRITES)
async def videos(turn: Turn) -> Reply:
    """Show the videos."""
    return await _section(turn, "video")


@feature.on(command="book", words=["品阅", "看书"], tap="sections.book", work=Work.WRITES)
async def books(turn: Turn) -> Reply:
    """Show the books."""
    return await _section(turn, "book")


@feature.on(command="audio", words=["品听", "听书"], tap="sections.audio", work=Work.WRITES)
async def audiobooks(turn: Turn) -> Reply:
    """Show the audiobooks."""
    return await _section(turn, "audio")


async def _section(turn: Turn, kind: str) -> Reply:
    total = await items.count(turn.db, kind)
    name = named(turn.campaign.activity(kind))
    if not total:
        return say("sections.empty", section=name, menu=True)
    page = listing.page_of(f"sections.{kind}", turn.argument, total)
    found = await items.page(turn.db, kind, offset=page.offset, limit=listing.PAGE_SIZE)
    return await listing.show(turn, "sections.text", found, page=page, section=name, total=total)
