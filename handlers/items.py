"""Items: handing out an item's link, and finishing it for points."""

from collections.abc import Mapping
from datetime import timedelta

from bot.booking import Award, Deed
from bot.campaign import Activity
from bot.feature import Feature, Turn, Work, button, named, say
from bot.messages import Button, Phrase, Refusal, Reply, Rows
from bot.operations import finishing, glance, noting
from bot.operations.finishing import done_label, is_offered
from bot.rules import taps
from bot.rules.points import ONCE, Outcome, item_once
from bot.till import Unregistered
from storage import ledger, shelves
from storage.db import Db
from storage.items import Item
from storage.shelves import Opening

feature = Feature("items")

SAY = {
    Outcome.PAID: "items.paid",
    Outcome.CAPPED: "items.capped",
    Outcome.TOMORROW: "items.tomorrow",
    Outcome.UNSCORED: "items.unscored",
    Outcome.ALREADY: "items.already",
}
SAY_ON_PAGE = {**SAY, Outcome.PAID: "items.paid_on_page"}  # it says nothing of the balance


@feature.on(tap="items.open", work=Work.WRITES)
async def open_item(turn: Turn) -> Reply:
    """Hand out an item's link, and start its time unless it runs already."""
    wanted, citizen = taps.number(turn.argument), turn.person.citizen
    at_hand = await shelves.at_hand(turn.db, turn.account, turn.campaign_id, item=wanted)
    item, opening = at_hand.item, at_hand.opening
    if item is None or not is_offered(turn.campaign, item):
        raise Refusal("items.unknown")
    under_way = opening is not None and opening.closed_by is None
    if item.retired and not under_way:
        raise Refusal("items.retired", title=item.title)
    await shelves.open_item(turn.db, citizen, turn.campaign_id, item=item.id, at=turn.now)
    more = await noting.around(turn, item.id, opening)
    return _handed_out(turn, item, kept=at_hand.is_kept, more=more)


@feature.on(tap="items.done", work=Work.PAYS)
async def done(turn: Turn) -> Reply:
    """Finish an item that was opened long enough ago, and pay for it."""
    return await _finished(turn, SAY)


@feature.on(tap="items.page", work=Work.PAYS)
async def on_page(turn: Turn) -> Reply:
    """Do the same from the item's link page."""
    return await _finished(turn, SAY_ON_PAGE)


async def _finished(turn: Turn, words: Mapping[Outcome, str]) -> Reply:
    async with turn.looking() as db:
        wanted = taps.number(turn.argument)
        at_hand = await shelves.at_hand(db, turn.account, turn.campaign_id, item=wanted)
        citizen, item, opening, _ = at_hand
        turn.carried(turn.argument, citizen)
        if citizen is None and item is not None:
            raise Unregistered
        if item is None or citizen is None or not is_offered(turn.campaign, item):
            raise Refusal("items.unknown")
        activity = turn.campaign.activity(item.kind)
        if (refused := _refusal(turn, item, activity, opening=opening)) is not None:
            paid = await ledger.day_of(db, turn.campaign_id, citizen, day=turn.today)
            return _refused(turn, item, refused, today=paid.get(item.kind, 0))
    award = await turn.till.award(_deed(turn, item, activity))
    return say(
        words[award.outcome],
        title=item.title,
        points=award.points,
        today=award.today,
        cap=award.cap,
        balance=award.balance,
        language=award.language,
        reader=award.reader,
        phase=turn.phase(turn.today),
        again=Phrase("items.never_again" if activity.repeat == ONCE else "items.tomorrow_again"),
        buttons=(
            (button(f"sections.{item.kind}", named(activity)), button("shelf")),
            *noting.at_item(item.id, finished=True),
        ),
    )


def _handed_out(turn: Turn, item: Item, *, kept: bool, more: Rows) -> Reply:
    page = turn.page(turn.person.citizen, item.id)
    activity = turn.campaign.activity(item.kind)
    wait = int(finishing.wait(item, activity).total_seconds()) // 60
    target, label = ("shelf.drop", "items.unkeep") if kept else ("shelf.keep", "items.keep")
    return say(
        "items.opened" if wait else "items.opened_free",
        title=item.title,
        author=item.author,
        minutes=item.minutes,
        summary=item.summary,
        wait=wait,
        done=done_label(activity),
        pays=glance.promise(turn, "glance.pays", day=turn.today, points=activity.points),
        buttons=(
            (Button(Phrase("items.go"), url=page or item.url),),
            (button(turn.carrying(f"items.done:{item.id}"), done_label(activity)),),
            (button(f"{target}:{item.id}", Phrase(label)), button("shelf")),
            *more,
        ),
    )


def _refusal(
    turn: Turn, item: Item, activity: Activity, *, opening: Opening | None
) -> Refusal | None:
    """Say why an item cannot be finished now; a second delivery is the till's to answer."""
    if opening is None:
        return Refusal("items.not_opened", title=item.title)
    if opening.closed_by == turn.cause:
        return None
    if opening.closed_by is not None:
        return Refusal("items.closed", title=item.title)
    left = finishing.left(item, activity, opening, now=turn.now)
    if left > timedelta():
        minutes = -(-int(left.total_seconds() + 0.999) // 60)
        return Refusal("items.too_early", title=item.title, left=minutes)
    return None


def _refused(turn: Turn, item: Item, refused: Refusal, *, today: int) -> Reply:
    activity = turn.campaign.activity(item.kind)
    back = button(f"items.open:{item.id}", Phrase("items.open_again"))
    if refused.key == "items.too_early":
        back = button(f"items.done:{turn.argument}", done_label(activity))
    told = {**refused.params, "today": today, "cap": activity.cap}
    return Reply(refused.key, told, ((back, button("shelf")),))


def _deed(turn: Turn, item: Item, activity: Activity) -> Deed:
    once = item_once(activity.repeat, item.id, turn.today)

    async def close(db: Db, award: Award) -> None:
        who, campaign = award.citizen, turn.campaign_id
        await shelves.close(db, who, campaign, item=item.id, at=turn.now, by=turn.cause)

    return turn.deed(item.kind, once=once, subject=str(item.id), also=close)
