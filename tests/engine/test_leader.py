"""Who leads: at once after a crash on this machine, else when the lease has run out."""

import asyncio
import os
from datetime import timedelta

import pytest

from bot.leader import LEASE, Leader
from storage import deployment, leases
from storage.db import POSTGRES_SETTINGS, Database, Unavailable
from tests.push import Monotonic


async def dead():
    """Return the number of a process that has just ended."""
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    return process.pid


async def led_by(chat, machine, pid):
    """Let somebody else lead, who renewed the lease a moment ago, and look whether we can."""
    leader = Leader(chat.database, Monotonic())
    here = leader.holder.partition(":")[0]
    async with chat.database.transaction() as db:
        other = f"{machine or here}:{pid}:0a1b2c3d"
        await leases.take(db, leases.LEADER, other, span=timedelta(seconds=15))
    await leader.renew()
    return leader.term


async def test_a_dead_process_of_this_machine_leads_no_more(chat):
    """Killed and started again, it leads at once, in a new term."""
    assert await led_by(chat, "", await dead()) == 2


@pytest.mark.parametrize("machine", ["", "elsewhere"])
async def test_a_living_process_is_not_overtaken(chat, machine):
    """Neither here nor, whatever its number means there, on another machine."""
    pid = os.getpid() if not machine else await dead()

    assert await led_by(chat, machine, pid) is None


async def frozen_inside(database, meanwhile):
    """Take the lease, and stand still within the transaction while something else happens."""
    async with database.transaction() as db:
        assert await leases.take(db, leases.LEADER, "frozen", span=LEASE) == 1
        await meanwhile
        await deployment.put(db, "said", "by the frozen one")


async def test_who_freezes_inside_a_transaction_leads_no_more(
    postgres_url, postgres_database, monkeypatch
):
    """The server ends whoever holds the lease's row and says nothing: the next one leads."""
    monkeypatch.setitem(POSTGRES_SETTINGS, "idle_in_transaction_session_timeout", "200ms")
    frozen, following = Database(postgres_url), Leader(postgres_database, Monotonic())
    with pytest.raises(Unavailable):
        await frozen_inside(frozen, following.renew())  # which waits for the row

    assert following.term == 1
    async with postgres_database.reading() as db:
        assert await leases.holder(db, leases.LEADER) == following.holder
        assert await deployment.fact(db, "said") is None
    await frozen.aclose()
