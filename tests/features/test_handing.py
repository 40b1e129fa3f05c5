"""交报告: read in a job, kept version by version, everything that is missing named at once."""

import pytest

from bot.jobs import Jobs
from bot.messages import File
from storage import audit
from storage import summaries as kept
from tests.duties import appoint
from tests.photographs import photo, repacked, report
from tests.push import Worker
from tests.reporting import hand_in, send
from tests.worker import worked


async def test_a_complete_report_is_kept_and_can_be_had_again(chat, boss, mei):
    """Counted, numbered, dated, by its hash; the same again is no new version."""
    content = report()
    await mei.taps("handing:zhujiajiao")
    assert (await send(mei, "总结.docx", content)).key == "handing.reading"
    done, _ = await worked(chat, mei, {"ref-of-总结.docx": content}, kind=Jobs)
    same, _ = await hand_in(chat, mei, content, name="again.docx")
    page = await mei.says("总结")
    versions = await mei.taps("handing.versions:zhujiajiao")
    await mei.taps(mei.button("取第 1 版"))
    given, rendered = await worked(chat, mei)

    counted = {name: done.params[name] for name in ("version", "characters", "cases", "pictures")}
    assert counted == {"version": 1, "characters": 1100, "cases": 2, "pictures": 2}
    assert (done.key, same.key) == ("handing.done", "handing.same")
    assert page.params["state"].params["lack"].key == "summaries.complete"
    assert versions.params["count"] == 1
    assert given.key == "handing.fetched"
    assert rendered.document.content == content
    assert rendered.document.name == "朱家角镇-v1.docx"
    async with chat.database.reading() as db:
        lines = await audit.newest(db, chat.campaign_id, offset=0, limit=3)
    assert "summary_sent" in {line.act for line in lines}


async def test_all_that_is_missing_is_named_at_once(chat, mei):
    """Characters, cases, pictures; then too many cases; each version is kept."""
    first, _ = await hand_in(chat, mei, report(characters=999, cases=1, pictures=1))
    second, _ = await hand_in(chat, mei, report(cases=4), name="b.docx")
    third, _ = await hand_in(chat, mei, report(cases=3), name="c.docx")

    lacks = [phrase.key for phrase in first.params["lack"].phrases]
    assert lacks == [f"summaries.lack_{name}" for name in ("characters", "cases", "pictures")]
    assert first.params["lack"].phrases[0].params == {"n": 999, "least": 1000}
    assert [p.key for p in second.params["lack"].phrases] == ["summaries.lack_cases_over"]
    assert [reply.key for reply in (first, second, third)] == [
        *("handing.lacks", "handing.lacks", "handing.done"),
    ]
    async with chat.database.reading() as db:
        found = await kept.versions(db, chat.campaign_id, "zhujiajiao")
    assert [each.version for each in found] == [3, 2, 1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_no_report_is_said_and_asked_for_again(chat, mei):
    """A renamed archive, macros, a picture, fifty megabytes, words; nothing is kept of them."""
    macros = repacked(report(), {"word/vbaProject.bin": b"x"})
    refused = [
        (await hand_in(chat, mei, content, name=f"{n}.docx"))[0].key
        for n, content in enumerate((b"PK\x03\x04 no archive", macros, b"", photo()))
    ]
    await mei.taps("handing:zhujiajiao")
    picture = await send(mei, "x.jpg", b"x", picture=True)
    big = await mei.sends(File("x.docx", 50 << 20, "a-ref"))
    words = await mei.says("报告写好了")

    assert refused == [f"summary_file.{why}" for why in ("damaged", "macros", "empty", "foreign")]
    assert (picture.key, big.key, words.key) == (
        *("handing.picture", "summary_file.too_big", "handing.ask"),
    )
    async with chat.database.reading() as db:
        assert await kept.latest(db, chat.campaign_id) == {}


async def test_nobody_hands_in_for_another_unit(chat, boss, mei):
    """Not by a forged button, not with another's file; and a killed job keeps one version."""
    await hand_in(chat, mei, report())
    async with chat.database.reading() as db:
        there = (await kept.latest(db, chat.campaign_id))["zhujiajiao"].id
    lan = await appoint(chat, "lan", "liantang", by=boss)
    await send(mei, "mine.docx", report())
    number = mei.button("交朱家角镇的报告").split(":")[1]
    foreign = [
        await lan.taps("handing.take:1:zhujiajiao"),
        await lan.taps("handing.given:zhujiajiao"),
        await lan.taps(f"handing.fetch:{there}"),
    ]
    stolen = await lan.taps(f"handing.take:{number}:liantang")

    assert {reply.key for reply in foreign} == {"errors.not_yours"}
    assert (stolen.key, (await lan.taps("handing.fetch:999999")).key) == (
        *("summary_file.lost", "handing.unknown"),
    )
    async with chat.database.transaction() as db:
        found = await kept.versions(db, chat.campaign_id, "zhujiajiao")
        again = kept.NewSummary(
            *(chat.campaign_id, "zhujiajiao", await mei.id(), chat.clock.now()),
            job=found[0].job,
            hash="x",
            bytes=1,
            counted=found[0].counted,
        )
        assert (await kept.add(db, again)).version == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_has_handed_in_is_not_reminded(chat, boss, mei, clock):
    """A report that lacks something is still owed; the reminder leads to the report."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    worker = Worker(chat)
    clock.set("2022-09-01T10:00:00+08:00")
    await hand_in(chat, mei, report())
    await hand_in(chat, lan, report(pictures=0), unit="liantang")
    for day in ("06", "13", "19"):
        clock.set(f"2022-09-{day}T09:00:00+08:00")
        await worker.rings()

    told = [(who, reply) for who, reply in worker.platform.sent if reply.key == "deadlines.report"]
    assert [who for who, _ in told] == ["lan"] * 3
    assert told[0][1].buttons[0][0].target == "summaries"
