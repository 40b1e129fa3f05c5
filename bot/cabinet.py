"""Files that are kept: in a folder, each under the hash of its content.

A file is here before a row of the database names it. One that no row names any more is swept away
a day later, so nothing is lost when either side is interrupted.
"""

import hashlib
import os
import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

FOLDER = "files"
NAME = re.compile("[0-9a-f]{64}")


class Cabinet:
    """Keeps a database's files below a folder that it may share with other databases."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder / FOLDER / database

    def _place(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no file's hash")
        return self._folder / name[:2] / name

    def keep(self, content: bytes) -> str:
        """Keep a file for good and return what it is found by; the same content is kept once.

        Raises:
            OSError: it cannot be written.

        """
        name = hashlib.sha256(content).hexdigest()
        place = self._place(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, delete=False) as written:
            try:
                written.write(content)
                written.flush()
                os.fsync(written.fileno())
                Path(written.name).replace(place)  # new each time: a sweep sees a young file
            except BaseException:
                Path(written.name).unlink(missing_ok=True)
                raise
        return name

    def find(self, name: str) -> bytes | None:
        """Return a file's content; None if it is gone, or is not what it was."""
        try:
            content = self._place(name).read_bytes()
        except FileNotFoundError:
            return None
        return content if hashlib.sha256(content).hexdigest() == name else None

    def sweep(self, named: Collection[str], before: datetime) -> int:
        """Throw away what nobody names and was there before a moment, and return how many."""
        gone = 0
        for place in self._folder.glob("??/*"):
            if place.name not in named and place.stat().st_mtime < before.timestamp():
                place.unlink(missing_ok=True)
                gone += 1
        return gone
