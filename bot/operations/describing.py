"""The form of a reward: what its lines mean, what is wrong with them, how it is written back."""

from collections.abc import Iterable, Mapping

from bot import importing, rewards_file
from bot.feature import Turn, button, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.rewards_file import USUAL_DAYS, USUAL_EACH, Row
from bot.rules import forms
from bot.rules.forms import Form
from bot.rules.rewards import Offer
from storage import rewards, units
from storage.rewards import Reward

FIELDS = ("reward", "price", "stock", "limit", "opens", "closes", "days", "places", "about")
USUAL_STOCK = 20
BACK = (button("stocking", Phrase("stocking.back")), button("roles"))


async def read(turn: Turn, text: str, before: Reward | None) -> Row | Reply:
    """Read a form, or say everything that is wrong with its lines and the first wrong value."""
    words = {
        name: (*turn.said(f"offering.label_{name}"), *turn.said(f"offering.also_{name}"))
        for name in FIELDS
    }
    form = forms.read(text, forms.labels(words))
    problems = _wrong_lines(form)
    known = await units.listed(turn.db, turn.campaign_id)
    out = await importing.issued(turn.db, turn.campaign_id)
    setting = importing.for_rewards(turn.campaign, known, out)
    texts = {name: _text(form, name) for name in FIELDS}
    row = rewards_file.row(texts, setting)
    if isinstance(row, Phrase):
        problems.append(Phrase("offering.problem", {"why": row}))
    elif await _is_taken(turn, row.offer.title, before):
        problems.append(Phrase("offering.taken", {"title": row.offer.title}))
    if before is not None and texts["stock"]:
        problems.append(Phrase("offering.no_stock"))
    if problems or isinstance(row, Phrase):
        return say("offering.wrong", problems=Lines(tuple(problems)), buttons=(BACK,))
    return row


def _text(form: Form, name: str) -> str:
    value = form.values.get(name, "")
    return value if name == "places" else " ".join(value.split())


def _wrong_lines(form: Form) -> list[Phrase]:
    found = [Phrase("offering.unknown", {"label": word}) for word in form.unknown]
    found += [
        Phrase("offering.doubled", {"label": Phrase(f"offering.label_{name}")})
        for name in form.doubled
    ]
    return found + [Phrase("offering.stray", {"line": line}) for line in form.stray]


async def _is_taken(turn: Turn, title: str, before: Reward | None) -> bool:
    found = await rewards.titled(turn.db, turn.campaign_id, [title])
    return any(before is None or each.id != before.id for each in found.values())


async def filled(turn: Turn, offer: Offer) -> dict[str, Param]:
    """Return a reward as its form says it; its stock is no matter of the form."""
    named = {each.code: each.name for each in await units.listed(turn.db, turn.campaign_id)}
    places = "; ".join(
        f"{named[each.unit]}: {each.name}" if each.unit in named else each.name
        for each in offer.places
    )
    return {
        "reward": offer.title,
        "price": offer.price,
        "limit": offer.each_max,
        "opens": offer.opens.isoformat(),
        "closes": offer.closes.isoformat(),
        "days": offer.days,
        "places": places,
        "about": offer.about,
    }


def usual(turn: Turn) -> dict[str, Param]:
    """Return what an empty form suggests."""
    return {
        "stock": USUAL_STOCK,
        "limit": USUAL_EACH,
        "opens": turn.campaign.start.isoformat(),
        "closes": turn.campaign.last_day.isoformat(),
        "days": USUAL_DAYS,
    }


def lines(names: Iterable[str], values: Mapping[str, Param]) -> Lines:
    """Return a form's lines with these values."""
    return Lines(
        tuple(
            Phrase(
                "offering.line",
                {"label": Phrase(f"offering.label_{name}"), "value": values.get(name, "")},
            )
            for name in names
        )
    )
