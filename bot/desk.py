"""The longer commands of the command line: what they ask, show and do."""

import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from bot import campaign as campaigns
from bot import erasures, exporting, importing, selecting
from bot import new_campaign as fresh
from bot.campaign import Campaign
from bot.clock import RehearsalClock, SystemClock
from bot.erasures import ErasureList, Noting
from bot.exporting import Order
from bot.i18n import Texts
from bot.importing import Offer, Place
from bot.messages import Phrase, plain
from bot.operations import founding
from bot.rules.selection import Outcome
from bot.selection_book import MissingError
from bot.settings import Settings, StartError
from bot.sheets import UnreadableError
from storage import copies, deployment, selections
from storage import failures as unanswered
from storage.db import Database, DatabaseFault, Db
from storage.selections import Award

if TYPE_CHECKING:
    from bot.rehearsal.season import Plan, Tell

Said = Callable[[Phrase], str]
NO_SELECTION = "There is no selection yet: staff take its snapshot with /selection."
PROBLEMS_SHOWN_MAX = 20
FAILURES_SHOWN_MAX = 100
SHOWN_FROM = 2000  # rows, below which a progress bar would only flicker


async def import_files(settings: Settings, files: Sequence[Path], *, yes: bool) -> int:
    """Preview each file, and take its good rows over once confirmed; status 1 if any was not."""
    campaign = campaigns.load(settings.campaign)
    texts = Texts(campaign.zone)

    def said(phrase: Phrase) -> str:
        return plain(texts.text(phrase.key, "en", phrase.params))

    status = 0
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        async with database.transaction() as db:
            campaign_id = await founding.found(db, campaign)
        place = Place(database, campaign, campaign_id)
        for file in files:
            try:
                offer = await importing.offer(place, file.read_bytes())
            except UnreadableError as error:
                typer.echo(f"{file}: {said(error.phrase)}.", err=True)
                status = 1
                continue
            compared = await offer.preview()
            typer.echo(
                f"{file}: {offer.rows} good rows ({compared.added} new, "
                f"{compared.changed} changed, {compared.unchanged} as they are), "
                f"{len(offer.problems)} bad rows."
            )
            _show_problems(offer, said)
            if not (compared.added or compared.changed):
                continue
            if not (yes or _confirmed()):
                typer.echo("Nothing was written; --yes takes the good rows over.")
                status = 1
                continue
            await _take_over(offer)
            typer.echo(f"Taken over: {compared.added} new, {compared.changed} changed.")
    return status


async def new_campaign(_settings: Settings, *, old: str, new: Path, start: date) -> int:
    """Write a campaign file from an old one, and say what is left to do by hand."""
    made, stale = fresh.write(old, new, start)
    typer.echo(f"{new} is written: {made.campaign.name}, {made.start} to {made.last_day}.")
    if stale:
        lines = ", ".join(map(str, stale))
        typer.echo(f"The old year is still named in line {lines}: look whether that is meant.")
    typer.echo(f"Look it through, stop the bot, set SHUXIANG_CAMPAIGN={new}, start it again.")
    return 0


def _show_problems(offer: Offer, said: Said) -> None:
    for problem in offer.problems[:PROBLEMS_SHOWN_MAX]:
        typer.echo(f"  line {problem.line}: {said(problem.phrase)}")
    more = len(offer.problems) - PROBLEMS_SHOWN_MAX
    if more > 0:
        typer.echo(f"  and {more} more")
    if offer.ignored:
        typer.echo(f"  columns nobody asked for: {', '.join(offer.ignored)}")


def _confirmed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Take the good rows over?")


async def _take_over(offer: Offer) -> None:
    at = SystemClock().system()
    if offer.rows < SHOWN_FROM:
        await offer.take_over(at, _tell_nobody)
        return
    with Progress(transient=True) as progress:
        task = progress.add_task("taking over", total=offer.rows)

        async def tell(done: int) -> None:
            progress.update(task, completed=done)

        await offer.take_over(at, tell)


async def _tell_nobody(_done: int) -> None:
    pass


async def _held(db: Db, settings: Settings, campaign: Campaign) -> tuple[int, bytes, timedelta]:
    """Return the campaign's number, the secret, and how far campaign time is from the machine's."""
    secret = await deployment.secret(db, settings.secret_key.get_secret_value())
    offset = await deployment.offset(db) or timedelta()
    return await founding.found(db, campaign), secret, offset


async def export(settings: Settings, what: str, file: Path) -> int:
    """Write an export; status 1 if it does not exist or the file cannot be written."""
    if what not in exporting.OFFERED:
        raise StartError(f"There is no export {what!r}: choose {' or '.join(exporting.OFFERED)}.")
    campaign = campaigns.load(settings.campaign)
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        async with database.transaction() as db:
            campaign_id, secret, offset = await _held(db, settings, campaign)
        at = SystemClock().system() + offset
        order = Order(what, campaign, campaign_id, at, secret=secret)
        with Progress(transient=True) as progress:
            task = progress.add_task(what, total=None)

            async def tell(done: int, of: int) -> None:
                progress.update(task, completed=done, total=of)

            rows = await _write(database, order, file, tell=tell)
    typer.echo(f"{file}: {rows} rows, {file.stat().st_size:,} bytes.")
    return 0


async def _write(database: Database, order: Order, file: Path, *, tell: exporting.Tell) -> int:
    try:
        if order.what == exporting.SELECTION and file.suffix == ".json":
            return await _write_document(database, order, file)
        texts = Texts(order.campaign.zone)
        return await exporting.export(database, order, file, texts=texts, tell=tell)
    except MissingError:
        raise StartError(NO_SELECTION) from None
    except OSError as error:
        raise StartError(f"{file} cannot be written: {error}.") from None


async def _write_document(database: Database, order: Order, file: Path) -> int:
    """Write the canonical document of the selection, and return how many candidates it has."""
    async with database.snapshot() as db:
        found = await selections.current(db, order.campaign_id)
        if found is None:
            raise MissingError(NO_SELECTION)
        name = order.campaign.campaign.id
        written = await selecting.write(db, found, name, place=_place_nobody)
    file.write_bytes(written.content())
    return found.readers + found.units


async def _place_nobody(_award: Award, _outcome: Outcome) -> None:
    pass


async def verify(settings: Settings, file: Path) -> int:
    """Recompute the selection from its snapshot and compare a document with it; status 1 if not."""
    campaign = campaigns.load(settings.campaign)
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        async with database.transaction() as db:
            campaign_id = await founding.found(db, campaign)
        async with database.snapshot() as db:
            found = await selections.current(db, campaign_id)
            if found is None:
                raise StartError(NO_SELECTION)
            name, content = campaign.campaign.id, file.read_bytes()
            verdict = await selecting.verify(db, found, name, content=content)
    typer.echo(f"database  {verdict.digest}")
    typer.echo(f"file      {verdict.theirs}")
    if verdict.stored not in {None, verdict.digest}:
        typer.echo(f"FAULT the confirmed digest is {verdict.stored}: the snapshot was changed.")
    for place in verdict.misplaced:
        typer.echo(f"FAULT the kept place is not what the snapshot comes to: {place}")
    for difference in verdict.differences:
        typer.echo(f"differs   {difference}")
    typer.echo("equal" if verdict.is_equal else "NOT equal")
    return 0 if verdict.is_equal else 1


async def backup(settings: Settings, file: Path) -> int:
    """Write a consistent copy beside the running bot; an existing file is left alone."""
    if file.exists():
        raise StartError(f"{file} exists already; choose another name.")
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        with Progress(transient=True) as progress:
            task = progress.add_task("copying", total=None)
            try:
                await copies.copy(
                    database,
                    file,
                    tell=lambda name, rows: progress.update(
                        task, description=f"{name} ({rows:,} rows)"
                    ),
                )
            except (OSError, DatabaseFault) as error:
                file.unlink(missing_ok=True)
                raise StartError(f"{file} cannot be written: {error}.") from None
        hint = "" if database.is_sqlite else " For a big database, use pg_dump."
    typer.echo(f"{file}: {file.stat().st_size:,} bytes, checked.{hint}")
    return 0


async def erase_again(settings: Settings, file: Path | None) -> int:
    """Note who is erased, then erase whoever the list, or another one, names and who is here."""
    campaign = campaigns.load(settings.campaign)
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        async with database.transaction() as db:
            campaign_id, secret, offset = await _held(db, settings, campaign)
        clock = RehearsalClock() if settings.rehearses else SystemClock()
        if isinstance(clock, RehearsalClock):
            clock.offset = offset
        noting = Noting(database, settings.data_dir)
        own = ErasureList(settings.data_dir)
        try:
            noted = await noting.note()
            listed = own.read() if file is None else erasures.read(file)
            place = erasures.Place(campaign, campaign_id, clock, secret)
            again = await erasures.apply(database, listed, place)
            noted += await noting.note()
        except OSError as error:
            raise StartError(f"{own.file} cannot be written: {error.strerror}.") from None
    typer.echo(f"{len(listed)} in the list, {again} of them erased again, {noted} newly noted.")
    return 0


async def rehearse(settings: Settings, plan: "Plan") -> int:
    """Live a season with invented people and say what became of it; status 1 if anything broke."""
    from bot.rehearsal.run import rehearse as live

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[turns]} turns"), TimeRemainingColumn(), transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("rehearsing", turns="no", total=None)

        def begin(days: int) -> "Tell":
            progress.update(task, total=days)
            first: date | None = None

            def tell(day: date, turns: int) -> None:
                nonlocal first
                first = first or day
                done = (day - first).days
                progress.update(task, description=f"{day}", completed=done, turns=f"{turns:,}")

            return tell

        def say(step: str) -> None:
            progress.update(task, description=step)

        outcome = await live(settings, plan, tell=begin, say=say)
    if not outcome.finished:
        typer.echo("Interrupted; this is what was done, and the same command goes on from here.")
    for line in (*outcome.lines, *(f"Picture: {file}" for file in outcome.pictures)):
        typer.echo(line)
    return 0 if outcome.finished and outcome.well else 1


async def failures(settings: Settings, reference: str | None = None) -> int:
    """List what could not be answered: when, the reference its sender was told, where it broke.

    Status 1 if a reference is asked for that is not there.
    """
    zone = campaigns.load(settings.campaign).zone
    async with aclosing(Database(settings.database)) as database:
        await _must_be_migrated(database)
        async with database.reading() as db:
            wanted = None if reference is None else reference.strip().lstrip("#").upper()
            listed = await unanswered.newest(db, FAILURES_SHOWN_MAX, reference=wanted)
    for one in listed:
        when = one.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        typer.echo(f"{when}  {one.reference}  {one.channel}, {one.tries} tries: {one.place}")
    if wanted is not None and not listed:
        raise StartError(f"There is no failure {wanted} in the last 90 days.")
    if not listed:
        typer.echo("Every message of the last 90 days was answered.")
    return 0


async def _must_be_migrated(database: Database) -> None:
    if not await database.migrated():
        raise StartError("The database is not up to date: run `shuxiang db upgrade` first.")
