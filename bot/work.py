"""The slow work itself, as a child process does it: it opens the database on its own."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot import archivist, cardsheet, charts, clerk, engraving, jury, posters
from bot import campaign as campaigns
from bot.clerk import Errand
from bot.i18n import FALLBACK, LANGUAGES
from bot.messages import Param, plain
from storage import holdings, jobs
from storage.db import Database, Unavailable
from storage.jobs import Done, Job

AWAY = 75  # the exit status that asks for another try later
MYDATA, CHART, POSTER, PAPER_CARDS = "mydata", "chart", "poster", "paper_cards"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the child finds what it works on, and what keys the aliases it may have to write.

    `folder` is where files are kept.
    """

    url: str
    campaign: str
    secret: bytes = b""
    folder: str = "data"


def ask(source: Source, job: Job) -> bytes:
    """Write down a piece of work for the child."""
    place = (source.url, source.campaign, source.secret.hex(), source.folder)
    return json.dumps([*place, asdict(job)]).encode()


def asked(told: bytes) -> tuple[Source, Job]:
    """Return the source and the piece of work that `ask` wrote down."""
    url, campaign, secret, folder, job = json.loads(told)
    return Source(url, campaign, bytes.fromhex(secret), folder), Job(**job)


def answer(done: Done) -> bytes:
    """Write down what the work came to, for the parent."""
    told = json.dumps([done.name, dict(done.result)]).encode()
    return told + b"\n" + done.content


def answered(answer: bytes) -> Done:
    """Return what the work came to from what `answer` wrote down."""
    told, _, content = answer.partition(b"\n")
    name, result = json.loads(told)
    return Done(name, content, result)


def main() -> int:
    """Do one piece of work: asked on standard input, answered on standard output."""
    try:
        done = asyncio.run(do(*asked(sys.stdin.buffer.read())))
    except Unavailable:
        return AWAY
    sys.stdout.buffer.write(answer(done))
    return 0


async def do(source: Source, job: Job) -> Done:
    """Do one piece of work, here."""
    campaign = campaigns.load(source.campaign)
    async with aclosing(Database(source.url)) as database:
        folder = Path(source.folder)
        return await WORK[job.kind](Errand(database, campaign, job, source.secret, folder))


async def _mydata(errand: Errand) -> Done:
    """Write everything that is held about a citizen, table by table, each explained."""
    job, texts = errand.job, errand.texts
    async with errand.database.transaction() as db:
        await jobs.advance(db, job.id, 10)
    async with errand.database.reading() as db:
        rows, titles = await holdings.of(db, job.citizen)

    def said(key: str) -> dict[str, str]:
        return {code: plain(texts.text(key, code, {})) for code in LANGUAGES}

    held: dict[str, Any] = {
        name: {"about": said(f"held.{name}"), "rows": found} for name, found in rows.items()
    }
    number = rows["citizens"][0]["number"] if rows["citizens"] else ""
    copy = {"about": said("held.copy"), "number": number, "titles": titles, "held": held}
    content = json.dumps(copy, ensure_ascii=False, indent=2).encode()
    return Done(f"shuxiang-mydata-{number}-{job.id}.json", content)


async def _chart(errand: Errand) -> Done:
    """Draw a chart of the numbers that came with the question."""
    job = errand.job
    content = charts.make(job.params, errand.campaign, errand.texts)
    code = job.params.get("code")
    result = {"units": [code] if code else None}
    return Done(f"shuxiang-{job.params['chart']}-{job.id}.png", content, result)


async def _poster(errand: Errand) -> Done:
    """Draw the codes of the links that came with the question."""
    job = errand.job
    said = plain(errand.texts.text("posters.words", errand.language, {"code": job.params["code"]}))
    return Done(f"shuxiang-join-{job.params['code']}-{job.id}.png", posters.make(job.params, said))


async def _keepsake(errand: Errand) -> Done:
    """Draw somebody's own figures and badges, for them to share."""
    job, head = errand.job, errand.campaign.campaign
    spoken = "en" if errand.language.startswith("en") else "zh_CN"
    units = [
        plain(errand.texts.text(f"keepsakes.{name}", spoken, {}))
        for name in ("earned", "days", "finished", "lives")
    ]
    told = {
        **job.params,
        "title": head.spoken("name", spoken),
        "theme": head.spoken("theme", spoken),
        "badges": [
            (each.spoken("name", spoken), each.spoken("face", spoken) or each.face, each.of)
            for each in errand.campaign.badges
            if each.id in job.params["badges"]
        ],
        "units": units,
    }
    said = plain(errand.texts.text("keepsakes.words", spoken, {}))
    return Done(f"shuxiang-{job.id}.png", posters.keepsake(told, said))


async def _paper_cards(errand: Errand) -> Done:
    """Draw a sheet of paper cards: always in the city's language, whoever asked."""
    told = errand.job.params
    params: dict[str, Param] = {"unit": told["unit"][0], "n": told["n"], "count": told["count"]}

    def said(key: str) -> str:
        return plain(errand.texts.text(f"cardsheet.{key}", FALLBACK, params))

    wording = cardsheet.Wording(
        campaign=errand.campaign.campaign.name,
        title=said("title"),
        unit=told["unit"][0],
        name=said("name"),
        words=said("words"),
        form=said("form"),
        form_words=said("form_words"),
        heads=tuple(said(f"head_{head}") for head in cardsheet.HEADS),
        sheet=said("sheet"),
    )
    content = cardsheet.make(told["cards"], wording)
    name = f"shuxiang-cards-{told['code']}-{told['n']}.pdf"
    return Done(name, content, {"units": [told["code"]]})


WORK: dict[str, Callable[[Errand], Awaitable[Done]]] = {
    MYDATA: _mydata,
    CHART: _chart,
    POSTER: _poster,
    "keepsake": _keepsake,
    PAPER_CARDS: _paper_cards,
    "import": clerk.read,
    "take_over": clerk.take_over,
    "template": clerk.template,
    "export": clerk.export,
    jury.TAKE: jury.take,
    jury.SEAL: jury.seal,
    "case_picture": archivist.take_picture,
    "case_album": archivist.album,
    "summary": archivist.write_summary,
    "hand_in": archivist.take_summary,
    "summary_file": archivist.hand_out,
    "summaries_zip": archivist.pack,
    engraving.MANY: engraving.engrave,
    engraving.ONE: engraving.engrave,
}


if __name__ == "__main__":
    sys.exit(main())
