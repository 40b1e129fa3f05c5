"""What people write is shown as they wrote it: markup in every column they fill runs nowhere.

Every column of words in the schema is named here once, so that a new one fails until it is placed.
"""

import json
import re

import pytest
import sqlalchemy as sa

from bot.rules import papercards, vouchers
from storage import models  # noqa: F401 - completes the metadata
from storage.base import Base
from storage.citizens import Account, find
from tests.browser.conftest import SECRET, printed

SEEN = {
    "broadcasts": "text",
    "cases": "happened story title who",
    "items": "author summary title",
    "livestreams": "lecturer summary topic",
    "notes": "text",
    "profiles": "name",
    "rewards": "about places title",
    "units": "name name_en",
}
"""What people fill, and meet in this walk."""
BESIDE = {
    "approvals": "reason title",
    "broadcasts": "link_label link_url",
    "case_pictures": "caption",
    "certificates": "name",
    "corrections": "reason",
    "disputes": "answer words",
    "experiences": "name text title",
    "groups": "title",
    "items": "tags url",
    "livestreams": "address replay word",
    "notes": "reason",
    "proposals": "address lecturer summary topic",
    "selection_exclusions": "reason",
    "selection_places": "reason",
    "stock_moves": "words",
    "units": "reporter",
    "uploads": "name",
}
"""What people fill and no page but the chat shows: it comes the same way as what is met here."""
OURS = {
    "accounts": "channel language sender",
    "approvals": "digest kind state subject",
    "attendances": "by how",
    "attests": "activity state subject unit",
    "audit": "act cause details role subject",
    "bell_runs": "bell outcome",
    "broadcasts": "audience result same state why",
    "calls": "outcome",
    "campaigns": "code name name_en",
    "case_pictures": "hash",
    "cases": "unit",
    "certificates": "list unit",
    "choices": "account choice",
    "citizens": "band number team town unit",
    "consents": "words",
    "corrections": "activity kind once state subject",
    "deeds": "activity cause once outcome subject",
    "deliveries": "channel reason ref state",
    "dialogs": "target",
    "disputes": "about state",
    "duties": "role unit",
    "enrolments": "team town unit",
    "experiences": "state",
    "facts": "name value",
    "failures": "cause channel place reference",
    "grants": "code role unit",
    "group_messages": "content kind once reason ref state",
    "groups": "channel chat language lives trouble unit",
    "guesses": "by",
    "handled": "cause reply",
    "items": "found initials kind language",
    "jobs": "channel file_name kind once params result sender state",
    "leases": "holder name",
    "ledger": "activity cause kind once town",
    "link_codes": "code",
    "link_tries": "account",
    "linked_rows": "kind more",
    "links": "was",
    "lists": "source targets",
    "livestreams": "proof state unit",
    "moves": "joined left",
    "notes": "state",
    "offers": "account targets",
    "openings": "closed_by",
    "paper_cards": "number unit",
    "paper_sheets": "unit",
    "pictures": "channel ref",
    "progress": "channel key ref sender shown state",
    "proposals": "form state unit",
    "pushes": "content kind once state",
    "rolls": "unit",
    "selection_exclusions": "who",
    "selection_places": "above_by list standing who",
    "selection_readers": "marks",
    "selection_units": "marks unit",
    "selections": "bests digest rules state",
    "sends": "who",
    "signals": "kind",
    "stock_moves": "reason",
    "summaries": "hash unit",
    "switches": "kind",
    "tallies": "key kind town",
    "tombstones": "account limits",
    "totals": "town",
    "units": "code kind town",
    "uploads": "channel ref",
    "vouchers": "code place seed state",
    "week_places": "town",
    "week_towns": "town",
}
"""Codes, states, keys, hashes and what a platform names: made by programs, or of the campaign file;
what people wrote stands in `pushes`, `jobs`, `handled`, `dialogs` only as copied from above."""

EVIL = "\"'><img src=x onerror=hit()><script>hit()</script>"
RAN = """() => document.querySelectorAll("img[src=x], script:not([src]), [onerror]").length
  + (window.hit ? 1 : 0)"""


def evil(table, column, n):
    """Return what is written into a column; no two are alike."""
    text = f"{table}.{column}.{n}{EVIL}"
    return json.dumps([[text, ""]]) if (table, column) == ("rewards", "places") else text


def columns(*groups):
    """Return the columns of these groups, as `table.column`."""
    named = [(table, names) for group in groups for table, names in group.items()]
    return sorted(f"{table}.{column}" for table, names in named for column in names.split())


def test_every_column_of_words_is_placed():
    """Once: filled by people and met here, filled by people and told in the chat, or ours."""
    tables = Base.metadata.tables.values()
    words = [f"{each.name}.{c.name}" for each in tables for c in each.c if is_words(c)]
    assert columns(SEEN, BESIDE, OURS) == sorted(words)


def is_words(column):
    """Say whether a column holds text."""
    return isinstance(column.type, sa.String)


async def planted(app):
    """Write markup into every row of what is met, after making those the demo has none of.

    Returns the number of a card.
    """
    now, tables = app.clock.now(), Base.metadata.tables
    async with app.database.transaction() as db:
        ids = {}
        for who in ("ming", "organiser", "staff"):
            ids[who] = (await find(db, Account("web", who))).citizen
        here = {"campaign": app.campaign_id}
        made = {
            "notes": here
            | {"citizen": ids["ming"], "item": 1, "text": "", "state": "accepted", "reports": 0}
            | {"day": now.date(), "acted_at": now, "decided_at": now},
            "broadcasts": here
            | {
                "author": ids["staff"],
                "own": False,
                "state": "draft",
                "text": "",
                "touched_at": now,
            }
            | {"total": 0, "off": 0},
            "cases": here
            | {"unit": "huaxin", "added_by": ids["organiser"], "title": "", "happened": "x"}
            | {"who": "x", "story": "x", "chosen": False, "added_at": now},
        }
        for name, values in made.items():
            await db.execute(sa.insert(tables[name]).values(values))
        await db.execute(sa.update(tables["profiles"]).values(listed=True))
        card = await printed(db, app, by=ids["organiser"])
        for name, names in SEEN.items():
            table = tables[name]
            keys = list(table.primary_key.columns)
            rows = (await db.execute(sa.select(*keys))).all()
            for n, row in enumerate(rows, start=1):
                written = {column: evil(name, column, n) for column in names.split()}
                same = [key == value for key, value in zip(keys, row, strict=True)]
                await db.execute(sa.update(table).where(*same).values(written))
    return card


WALKS = {
    "ming": "看书|1|直播|1|兑换|1|搜索 img|排行|我的心得|1|单位与团队|" + EVIL,
    "organiser": "案例|1",
    "staff": "群发|奖品管理|1",
}
"""What each says, so that they meet it."""


@pytest.mark.asyncio(loop_scope="session")
async def test_markup_runs_nowhere(bot, visit):
    """In the chat and on each page it stands as text; no policy had to stop anything."""
    app, at = bot
    card, key = await planted(app), SECRET.encode()
    seen, links = "", []
    for who, says in WALKS.items():
        reader = await visit(who, at=at)
        for words in says.split("|"):
            await reader.says(words)
        assert await reader.page.evaluate(RAN) == 0, who
        await reader.reload()  # drawn anew from what the tab kept
        assert await reader.page.evaluate(RAN) == 0, who
        seen += await reader.log.inner_text()
        links += await reader.page.eval_on_selector_all("a.choice", "all => all.map((a) => a.href)")
    paths = [re.search("/go/.+", link)[0] for link in links if "/go/" in link]
    paths += ["/board", "/board.json", "/join/jinze?lang=zh", "/join/jinze?lang=en"]
    paths += [f"/card/{papercards.code(key, card)}", f"/v/{vouchers.code(key, 'seed')}"]
    paths += [f"/join/{EVIL}", f"/v/{EVIL}", f"/card/{EVIL}", f"/go/{EVIL}", f"/?start={EVIL}"]
    page, complaints = reader.page, reader.complaints
    for path in paths:
        await page.goto(path)
        assert await page.evaluate(RAN) == 0, path
        seen += await page.locator("body").inner_text()
    assert complaints.strangers == []
    assert not [each for each in complaints.faults if "Content Security" in each]
    complaints.faults.clear()  # of pages that are not there
    missing = [
        each
        for each in columns(SEEN)
        if not re.search(re.escape(each) + r"\.\d+" + re.escape(EVIL), seen)
    ]
    assert missing == []
