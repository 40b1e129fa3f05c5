"""交报告: the finished report comes back, is read in a job, and is kept as the next version."""

from dataclasses import astuple
from datetime import timedelta

from bot import summary_file
from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import File, Lines, Named, Param, Phrase, Refusal, Reply
from bot.operations import auditing, sent, summing, unit_choice, waiting
from bot.rules import taps
from bot.rules.rights import Right
from bot.rules.summaries import Counted, Demand, lacking
from storage import dialogs, summaries, uploads
from storage.jobs import Job
from storage.units import Unit

feature = Feature("handing", files=frozenset({"handing.given"}))

ASKED_FOR = timedelta(hours=12)
SHOWN_MAX = 10


@feature.on(tap="handing", work=Work.WRITES, right=Right.REPORTS)
async def ask(turn: Turn) -> Reply:
    """Ask for the finished document."""
    unit = await unit_choice.own(turn, turn.argument, Right.REPORTS)
    return await _ask(turn, unit)


async def _ask(turn: Turn, unit: Unit) -> Reply:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"handing.given:{unit.code}", until=until)
    told: dict[str, Param] = {"unit": unit.named, "asked": summing.asked(turn.campaign)}
    told["megabytes"] = summary_file.BYTES_MAX >> 20
    return Reply("handing.ask", told, ((button(f"summaries:{unit.code}"),),), files=True)


@feature.on(tap="handing.given", work=Work.WRITES, right=Right.REPORTS)
async def given(turn: Turn) -> Reply:
    """Begin to read the document that was asked for."""
    code, _, _ = turn.argument.partition(":")
    unit, said = await unit_choice.own(turn, code, Right.REPORTS), turn.incoming.said
    if not isinstance(said, File):
        return await _ask(turn, unit)
    if said.picture:
        raise Refusal("handing.picture")
    if said.size > summary_file.BYTES_MAX:
        raise Refusal("summary_file.too_big", megabytes=summary_file.BYTES_MAX >> 20)
    upload = await sent.note(turn, said)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await _read(turn, unit, upload)


@feature.on(tap="handing.take", work=Work.WRITES, right=Right.REPORTS)
async def take(turn: Turn) -> Reply:
    """Begin to read a document that was sent before anybody asked for it."""
    number, _, code = turn.argument.partition(":")
    unit = await unit_choice.own(turn, code, Right.REPORTS)
    upload = await uploads.of(turn.db, taps.number(number))
    if upload is None or upload.citizen != turn.person.citizen:
        raise Refusal("summary_file.lost")
    return await _read(turn, unit, upload.id)


async def _read(turn: Turn, unit: Unit, upload: int) -> Reply:
    told = {"code": unit.code, "unit": [unit.name, unit.name_en], "at": turn.now.isoformat()}
    told["demand"] = [*astuple(summing.demand(turn.campaign))]
    job = await waiting.ask(turn, "hand_in", upload=upload, **told)
    await auditing.note(turn, "summary_sent", unit.name, unit=unit.code)
    return say("handing.reading", buttons=waiting.look("handing.look", job))


@feature.on(tap="handing.look", right=Right.REPORTS)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or what it came to."""
    return await waiting.answer(turn, feature, "handing.look")


@feature.work("hand_in", failed="handing.failed")
def read(job: Job) -> Reply:
    """Say which version it is now and what is missing, all at once; or why it was not taken."""
    code, result = str(job.params["code"]), job.result
    again = button(f"handing:{code}", Phrase("handing.again"))
    back = (button(f"summaries:{code}"), button("menu"))
    if "refused" in result:
        return waiting.refused(job, ((again,), back), files=True)
    asked, counted = Demand(*job.params["demand"]), Counted(*result["counted"])
    told: dict[str, Param] = {
        **summing.counts(counted),
        "unit": Named(*job.params["unit"]),
        "version": int(result["version"]),
        "lack": summing.lacks(asked, counted),
    }
    complete = not lacking(counted, asked)
    key = "handing.same" if result["same"] else f"handing.{'done' if complete else 'lacks'}"
    return Reply(key, told, (back,) if complete else ((again,), back))


@feature.on(tap="handing.versions", right=Right.REPORTS)
async def versions(turn: Turn) -> Reply:
    """List a unit's versions, the newest first; each can be had again."""
    unit = await unit_choice.own(turn, turn.argument, Right.REPORTS)
    found = await summaries.versions(turn.db, turn.campaign_id, unit.code)
    if not found:
        return await summing.page(turn, unit)
    lines = [
        Phrase(
            "handing.version",
            {
                **summing.counts(each.counted),
                "version": each.version,
                "at": each.handed_at,
                "hash": each.hash[: summing.HASH_SHOWN],
                "lack": summing.lacks(summing.demand(turn.campaign), each.counted),
            },
        )
        for each in found[:SHOWN_MAX]
    ]
    gives = [
        button(f"handing.fetch:{each.id}", Phrase("handing.to_fetch", {"n": each.version}))
        for each in found[:SHOWN_MAX]
    ]
    end = (button(f"summaries:{unit.code}"), button("menu"))
    told: dict[str, Param] = {"unit": unit.named, "count": len(found), "lines": Lines(tuple(lines))}
    return Reply("handing.versions", told, (*rows(gives, wide=2), end))


@feature.on(tap="handing.fetch", work=Work.WRITES, right=Right.REPORTS)
async def fetch(turn: Turn) -> Reply:
    """Begin to hand a version out."""
    found = await summaries.of(turn.db, turn.campaign_id, taps.number(turn.argument))
    if found is None:
        raise Refusal("handing.unknown")
    unit = await unit_choice.own(turn, found.unit, Right.REPORTS)
    job = await waiting.ask(turn, "summary_file", summary=found.id, name=unit.name)
    return say("handing.fetching", buttons=waiting.look("handing.look", job))


@feature.work("summary_file", failed="handing.not_fetched", right=Right.REPORTS)
def fetched(job: Job) -> Reply:
    """Hand a version out."""
    if "refused" in job.result:
        return waiting.refused(job, ((button("summaries"), button("menu")),))
    told: dict[str, Param] = {
        "name": str(job.params["name"]),
        "version": int(job.result["version"]),
    }
    return Reply("handing.fetched", told, ((button("summaries"), button("menu")),), job=job.id)
