"""Files people send over the web chat: kept in the database from the first."""

import secrets
from collections.abc import Container

from bot.channels import web
from bot.clock import Clock
from bot.messages import clean
from storage import citizens, dialogs, roles, uploads
from storage.citizens import Account
from storage.db import Database
from storage.uploads import NewUpload


class Uploading:
    """Keeps files for who is in charge of something, or was just asked for a file."""

    def __init__(
        self, database: Database, clock: Clock, campaign_id: int, *, asking: Container[str]
    ) -> None:
        """Take the taps whose question a file answers."""
        self._asking = asking
        self._database = database
        self._clock = clock
        self._campaign_id = campaign_id

    async def allows(self, person: str) -> bool:
        """Say whether somebody has any file to send."""
        async with self._database.reading() as db:
            known = await citizens.find(db, Account(web.NAME, person))
            if known is None:
                return False
            asked = await dialogs.open_for(db, known.citizen, self._clock.system())
            if (asked.question or "").partition(":")[0] in self._asking:
                return True
            return bool(await roles.duties(db, self._campaign_id, known.citizen))

    async def keep(self, person: str, name: str, content: bytes) -> str:
        """Keep a file and return what it is named by."""
        ref = secrets.token_urlsafe(24)
        async with self._database.transaction() as db:
            known = await citizens.find(db, Account(web.NAME, person))
            if known is not None:
                whose = (self._campaign_id, known.citizen, web.NAME)
                new = NewUpload(*whose, ref, name=clean(name), size=len(content))
                await uploads.add(db, new, at=self._clock.system(), content=content)
        return ref
