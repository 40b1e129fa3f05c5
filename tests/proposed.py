"""Proposals for tests: the form as an organiser fills it in, and the way through it."""

from datetime import date
from typing import Any

from sqlalchemy import select

from storage import approvals, proposals
from storage.approvals import NewApproval
from storage.audit import AuditRow
from storage.livestreams import LivestreamRow
from storage.proposals import APPROVED, CLASS, DRAFT, WAITING, Entry, ProposalRow
from storage.proposals import PLAN as PLANNED
from tests.chat import Chat, Person

LINES = {
    "主题": "在运河边读《红楼梦》",
    "时间": "2022-06-18 19:00",
    "时长": "60",
    "讲师": "某老师",
    "简介": "从几顿饭读起。",
    "地址": "https://live.example.org/1",
    "单位": "朱家角镇",
}
PLAN = {"主题": "运河诗词", "月份": "2022-06", "讲师": "某老师", "单位": "朱家角镇"}


def form(lines: dict[str, str] | None = None, **changed: str | None) -> str:
    """Write a filled form; a line changed to None is left out."""
    values: dict[str, str | None] = {**(lines or LINES), **changed}
    rows = [f"{label}：{value}" for label, value in values.items() if value is not None]
    return "\n".join(["/propose", *rows])


async def hand_in(person: Person, text: str = "") -> int:
    """Fill a form in, confirm, and return the proposal's number."""
    preview = await person.says(text or form())
    assert preview is not None
    assert preview.key == "proposing.preview", person.rendered and person.rendered.text
    sent = await person.taps(person.button("确认"))
    assert sent is not None
    assert sent.key in {"proposing.sent", "proposing.sent_alone"}
    return int(str(sent.params["number"]))


async def approve(person: Person, proposal: int) -> None:
    """Approve a proposal."""
    await person.taps(f"proposals.review:{proposal}")
    done = await person.taps(person.button("通过"))
    assert done is not None
    assert done.key == "verdicts.done_approved"


async def states(chat: Chat) -> dict[int, str]:
    """Read the state of every proposal through a fresh session."""
    async with chat.database.reading() as db:
        found = await db.execute(select(ProposalRow.id, ProposalRow.state))
        return {number: state for number, state in found}  # noqa: C416


async def classes(chat: Chat) -> list[Any]:
    """Read every class, as columns."""
    async with chat.database.reading() as db:
        return list(await db.execute(select(LivestreamRow).order_by(LivestreamRow.id)))


async def acts(chat: Chat) -> list[str]:
    """Read what the audit noted, but for roles."""
    async with chat.database.reading() as db:
        found = await db.scalars(select(AuditRow.act).order_by(AuditRow.id))
        return [act for act in found if act not in {"granted", "role_taken", "revoked"}]


async def propose(chat: Chat, livestream: int, *, by: int) -> None:
    """Let a plan wait for an answer, and a class be one that was approved."""
    month, at = date(2022, 6, 1), chat.clock.now()
    class_ = Entry(CLASS, "xiayang", "b", starts_at=at, minutes=60, livestream=livestream)
    async with chat.database.transaction() as db:
        for entry, state in (
            (Entry(PLANNED, "xiayang", "a", month=month), WAITING),
            (class_, APPROVED),
        ):
            made = await proposals.draft(db, chat.campaign_id, entry, by=by, at=at)
            await proposals.move(db, made, was=[DRAFT], state=state)
            if state == WAITING:
                new = NewApproval(chat.campaign_id, "proposals", str(made), "a", "digest", by)
                await approvals.ask(db, new, at=at)
