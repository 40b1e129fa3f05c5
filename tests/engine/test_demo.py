"""A fresh demo shows what the program can do, without anybody's doing."""

from bot.app import App
from bot.settings import Settings
from storage import invariants, papercards, seats, vouchers
from storage.citizens import YOUNG, Account, find


async def test_a_fresh_demo_has_a_family_a_voucher_and_cards(tmp_path):
    """Ming finds two readers, one a child, and a voucher; the organiser a sheet of cards."""
    settings = Settings(data_dir=tmp_path, secret_key="of this test", _env_file=None)
    async with App.open(settings) as app, app.database.snapshot() as db:
        ming = await find(db, Account("web", "ming"))
        held = await seats.of(db, ming.citizen)
        [voucher] = await vouchers.held_by(db, app.campaign_id, ming.citizen)
        cards = await papercards.count(db, app.campaign_id, None)
        found = invariants.check(db, app.campaign.zone)
        broken = {name: ids async for name, _, ids in found if ids}

    assert [(each.name, each.band == YOUNG) for each in held] == [("奶奶", False), ("小宝", True)]
    assert voucher.state == "open"
    assert (cards.unused, cards.used, cards.void) == (4, 1, 0)
    assert broken == {}
