"""Files people send over the web chat: kept in the database from the first."""

import secrets

from bot.channels import web
from bot.clock import Clock
from bot.messages import clean
from storage import citizens, roles, uploads
from storage.citizens import Account
from storage.db import Database
from storage.uploads import NewUpload


class Uploading:
    """Keeps files for those who are in charge of something; nobody else has any to send."""

    def __init__(self, database: Database, clock: Clock, campaign_id: int) -> None:
        self._database = database
        self._clock = clock
        self._campaign_id = campaign_id

    async def allows(self, person: str) -> bool:
        """Say whether somebody is in charge of anything."""
        async with self._database.reading() as db:
            known = await citizens.find(db, Account(web.NAME, person))
            return known is not None and bool(
                await roles.duties(db, self._campaign_id, known.citizen)
            )

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
