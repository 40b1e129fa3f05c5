"""A file an organiser sent before anybody asked for one: a picture for a case, or the report."""

from pathlib import PurePath

from bot import photos, summary_file
from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, File, Phrase, Refusal, Reply
from bot.operations import listing, sent
from bot.rules.rights import Right
from storage import cases, units

feature = Feature("filing")

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
UNITS_MAX, CASES_MAX = 3, 4


@feature.on(tap="filing", work=Work.WRITES, right=Right.REPORTS)
async def given(turn: Turn) -> Reply:
    """Ask what a file is for; what a picture holds is looked at once that is known."""
    said = turn.incoming.said
    if not isinstance(said, File):
        return say("filing.send", buttons=((button("cases"), button("summaries")),))
    is_picture = said.picture or PurePath(said.name).suffix.lower() in PICTURES
    if is_picture and said.size > photos.BYTES_MAX:
        raise Refusal("photos.too_big", megabytes=photos.BYTES_MAX >> 20)
    if said.size > summary_file.BYTES_MAX:
        raise Refusal("summary_file.too_big", megabytes=summary_file.BYTES_MAX >> 20)
    upload = await sent.note(turn, said)
    held = [await units.of(turn.db, turn.campaign_id, code) for code in _own(turn)]
    buttons: list[Button] = []
    for unit in (each for each in held if each):
        if is_picture:
            buttons += await _cases(turn, unit.code, upload)
        else:
            label = Phrase("filing.to_hand", {"unit": unit.named})
            buttons.append(button(f"handing.take:{upload}:{unit.code}", label))
    key = "filing.picture" if is_picture else "filing.report"
    if is_picture and not buttons:
        key = "filing.no_case"
    ways = (button("cases"), button("menu"))
    return say(key, file=said.name or "?", buttons=(*rows(buttons), ways))


def _own(turn: Turn) -> tuple[str, ...]:
    return turn.reach(Right.REPORTS).units[:UNITS_MAX]


async def _cases(turn: Turn, unit: str, upload: int) -> list[Button]:
    """Return the newest cases of a unit, each to take the picture."""
    found = await cases.listed(turn.db, turn.campaign_id, unit, offset=0, limit=CASES_MAX)
    return [
        Button(listing.label(each.title), f"snapshots.take:{upload}:{each.id}") for each in found
    ]
