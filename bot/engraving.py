"""Certificates as the child process of a job makes them: worded, drawn, kept as pictures."""

from datetime import datetime
from typing import Any

from bot import certificates as drawing
from bot.certificates import Wording
from bot.clerk import Errand
from bot.messages import Named, Param, plain
from storage import certificates, pictures
from storage.certificates import Drawn
from storage.jobs import Done
from storage.pictures import NewPicture

MANY, ONE = "certificates", "certificate"


async def engrave(errand: Errand) -> Done:
    """Draw the certificates that were asked for, each kept as soon as it is there."""
    wanted, picture = errand.job.params["wanted"], 0
    for done, told in enumerate(wanted, start=1):
        told["name"] = told["name"] or _called(errand, told)
        content = drawing.make(_wording(errand, told))
        picture = await _keep(errand, told, content)
        await errand.advance(done, len(wanted))
    return Done(result={"picture": picture, "count": len(wanted)})


async def _keep(errand: Errand, told: dict[str, Any], content: bytes) -> int:
    job, at = errand.job, datetime.fromisoformat(errand.job.params["at"])
    whose = told["citizen"] or job.citizen
    async with errand.database.transaction() as db:
        before = await certificates.of(db, job.campaign, told["list"], number=told["number"])
        new = NewPicture(job.campaign, whose, "", "", resends=False, content=content)
        picture = await pictures.add(db, new, at=at)
        named = {name: told[name] for name in ("list", "number", "citizen", "unit", "name")}
        drawn = Drawn(campaign=job.campaign, **named, picture=picture, drawn_at=at)
        await certificates.put(db, drawn)
        if before is not None:
            await pictures.drop(db, before.picture)
    return picture


def _called(errand: Errand, told: dict[str, Any]) -> str:
    """Return how a reader without a name of their own is called: by the card number."""
    card = {"card": told["card"]}
    return plain(errand.texts.text("engraving.reader", errand.language, card))


def _wording(errand: Errand, told: dict[str, Any]) -> Wording:
    head, language, zone = errand.campaign.campaign, errand.language, errand.campaign.zone
    day = datetime.fromisoformat(errand.job.params["at"]).astimezone(zone).date()
    params: dict[str, Param] = {
        "campaign": Named(head.name, head.name_en),
        "place": told["place"],
        "theme": Named(head.theme, head.theme_en),
        "organiser": Named(head.organiser, head.organiser_en),
        "day": day,
        "year": f"{day:%Y}",
        "number": str(told["number"]),
        "list": told["list"],
        "id": head.id,
    }

    def said(key: str) -> str:
        return plain(errand.texts.text(f"engraving.{key}", language, params))

    return Wording(
        head=said("head"),
        name=told["name"],
        words=said("words"),
        honour=told["honour"][0 if language.startswith("zh") else 1],
        place=said("place") if told["place"] else "",
        theme=said("theme"),
        thanks=said("thanks"),
        number=said("number"),
        organiser=said("organiser"),
        date=said("date"),
    )
