"""The command line, `shuxiang`. A fault is one sentence and a non-zero status, never a trace."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import campaign as campaigns
from bot import desk, log
from bot import doctor as checks
from bot.settings import Settings, StartError, from_environment
from storage import invariants
from storage.db import AddressError, Database, Unavailable

if TYPE_CHECKING:
    import uvicorn

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="The database.")
cli.add_typer(db, name="db")
selection = typer.Typer(no_args_is_help=True, help="The selection of the best.")
cli.add_typer(selection, name="selection")

ANSWERS_SECONDS_MAX = 4  # for requests that are being answered when the end is asked for
GARBAGE_YOUNG_MAX, GARBAGE_ROUNDS = 50_000, 20
STOP_SECONDS_MAX = 9  # for everything; whoever starts us often kills after ten


@cli.callback()
def main() -> None:
    """书香: a reading campaign inside chat."""


@cli.command()
def run() -> None:
    """Serve every configured channel plus the web; without a channel, the demo."""
    _do(_serve)


@cli.command()
def doctor() -> None:
    """Check settings, campaign file, database, clocks and tokens; one line each."""
    _do(_examine)


@cli.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV or XLSX files.", exists=True, dir_okay=False)
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Take good rows over without asking.")] = False,
) -> None:
    """Preview catalogue or livestream files, and take their good rows over."""
    _do(partial(desk.import_files, files=files, yes=yes))


@cli.command()
def export(what: str, file: Path) -> None:
    """Write participants or ledger as XLSX."""
    _do(partial(desk.export, what=what, file=file))


@cli.command()
def backup(file: Path) -> None:
    """Write a consistent copy while the bot is running."""
    _do(partial(desk.backup, file=file))


@cli.command()
def erasures(
    file: Annotated[
        Path | None,
        typer.Argument(help="Another list, such as a copy of it.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Note who is erased, and erase again whom a restored backup brought back."""
    _do(partial(_erase_again, file=file))


@cli.command()
def audit() -> None:
    """Run every invariant over the database and print what breaks one."""
    _do(_audit)


@cli.command("new-campaign")
def new_campaign(
    old: Annotated[str, typer.Argument(help="A bundled campaign, or the path of a file.")],
    new: Annotated[Path, typer.Argument(help="The file to write; its name becomes the id.")],
    *,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day, like 2023-04-23.")
    ],
) -> None:
    """Write a new campaign file from an old one, with all dates shifted; nothing is overwritten."""
    _do(partial(desk.new_campaign, old=old, new=new, start=start.date()))


@cli.command()
def rehearse(
    *,
    citizens: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many take part.")] = 1480,
    days: Annotated[
        int | None, typer.Option(min=1, help="How many days; without it, the whole campaign.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed lives the same season.")] = 2022,
) -> None:
    """Live a season in virtual time with invented people, and report; never on a real campaign."""
    from bot.rehearsal.season import Plan

    _do(partial(desk.rehearse, plan=Plan(citizens, days, seed)))


@cli.command()
def failures(
    reference: Annotated[
        str | None, typer.Argument(help="The number somebody read; without it, all are listed.")
    ] = None,
) -> None:
    """List the messages that a fault of ours kept from being answered, the newest first."""
    _do(partial(desk.failures, reference=reference))


@selection.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The JSON document.", exists=True, dir_okay=False)],
) -> None:
    """Recompute the selection from its snapshot, and say whether a document equals it."""
    _do(partial(desk.verify, file=file))


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema."""
    _do(_upgrade)


def _do(work: Callable[[Settings], Coroutine[Any, Any, int]]) -> None:
    """Run a command on the fastest loop there is, and say its fault in one sentence."""
    try:
        settings = from_environment()
        log.set_up(settings.log_level, settings.log_format, settings.secrets)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            status = runner.run(work(settings))
    except (StartError, AddressError, campaigns.CampaignError) as error:
        typer.echo(str(error), err=True)
        status = 1
    except Unavailable:
        typer.echo("The database cannot be reached: check SHUXIANG_DATABASE_URL.", err=True)
        status = 1
    sys.exit(status)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows has none
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings) -> int:
    import uvicorn

    from bot.app import App

    with _listening(settings) as listening:
        async with App.open(settings) as app:
            _spare_the_collector()
            config = uvicorn.Config(
                app.web,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                ws_max_size=1 << 16,
                timeout_graceful_shutdown=ANSWERS_SECONDS_MAX,
            )
            server = uvicorn.Server(config)
            _stop_on_signals(server, app.leave)
            typer.echo(_greeting(settings, listening.getsockname()[1]))
            await server.serve(sockets=[listening])
    return 0


def _spare_the_collector() -> None:
    """Look for cycles rarely: what is there at the start stays, and answering leaves few behind.

    With Python's own thresholds a fifth of a busy process's time goes into looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_YOUNG_MAX, GARBAGE_ROUNDS, GARBAGE_ROUNDS)


def _stop_on_signals(server: "uvicorn.Server", leave_off: Callable[[], None]) -> None:
    """End in order on SIGTERM and Ctrl-C, with status 0; uvicorn itself would die of the signal."""

    @contextmanager
    def ours() -> Iterator[None]:
        yield

    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True
        leave_off()
        loop.call_later(STOP_SECONDS_MAX, leave)

    def leave() -> None:
        # A frozen database holds everybody up. What is not acknowledged comes again.
        logging.getLogger(__name__).warning("the end takes too long; leaving as things stand")
        logging.shutdown()
        os._exit(1)

    server.capture_signals = ours  # type: ignore[method-assign]
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the port before anything else starts."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit it; a small answer must not wait 40 ms for an ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listening.bind((settings.host, settings.port))
            listening.listen()  # who comes before everything is up waits instead of being refused
        except OSError as error:
            raise StartError(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}):"
                " set SHUXIANG_PORT to another one."
            ) from None
        yield listening


def _greeting(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if settings.demo:
        return f"书香 demo: open http://{host}:{port}/ in a browser. Ctrl-C stops it."
    return f"书香 is running; state at http://{host}:{port}/readyz. Ctrl-C stops it."


async def _examine(settings: Settings) -> int:
    status = 0
    async for well, sentence in checks.examine(settings):
        typer.echo(f"{'ok   ' if well else 'FAULT'} {sentence}")
        status = status if well else 1
    return status


async def _audit(settings: Settings) -> int:
    status = 0
    zone = campaigns.load(settings.campaign).zone
    async with aclosing(Database(settings.database)) as database:
        if not await database.migrated():
            raise StartError("The database is not up to date: run `shuxiang db upgrade` first.")
        async with database.snapshot() as db:
            found = [entry async for entry in invariants.check(db, zone)]
    for name, sentence, offenders in found:
        typer.echo(f"{'FAULT' if offenders else 'ok   '} {name}: {sentence}")
        if offenders:
            typer.echo(f"      broken by {', '.join(map(_offender, offenders))}")
            status = 1
    return status


def _offender(found: int | str) -> str:
    return f"citizen {found}" if isinstance(found, int) else found


async def _erase_again(settings: Settings, file: Path | None) -> int:
    from bot.app import only_server

    with only_server(settings):
        return await desk.erase_again(settings, file)


async def _upgrade(settings: Settings) -> int:
    from bot.app import only_server

    with only_server(settings):
        async with aclosing(Database(settings.database)) as database:
            try:
                await database.upgrade()
            except Unavailable:
                raise StartError(
                    "The database is away, or something that takes long holds a table;"
                    " nothing was changed, try again."
                ) from None
    typer.echo("The database is up to date.")
    return 0
