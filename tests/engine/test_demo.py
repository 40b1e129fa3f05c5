"""A fresh demo shows what the program can do, without anybody's doing."""

from bot.app import App
from bot.settings import Settings
from storage import invariants, seats, vouchers
from storage.citizens import YOUNG, Account, find


async def test_a_fresh_demo_has_a_family_and_a_voucher(tmp_path):
    """Whoever speaks as Ming finds two readers, one of them a child, and something to pick up."""
    settings = Settings(data_dir=tmp_path, secret_key="of this test", _env_file=None)
    async with App.open(settings) as app, app.database.snapshot() as db:
        ming = await find(db, Account("web", "ming"))
        held = await seats.of(db, ming.citizen)
        [voucher] = await vouchers.held_by(db, app.campaign_id, ming.citizen)
        found = invariants.check(db, app.campaign.zone)
        broken = {name: ids async for name, _, ids in found if ids}

    assert [(each.name, each.band == YOUNG) for each in held] == [("奶奶", False), ("小宝", True)]
    assert voucher.state == "open"
    assert broken == {}
