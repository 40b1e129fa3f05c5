"""Slow work as a feature speaks of it, and the files it came to, for whom they belong to still."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import qr
from bot.clock import Clock
from bot.messages import Document, NoFile, Rendered, Reply
from bot.rules import rights, signing
from bot.rules import vouchers as codes
from bot.rules.rewards import State
from bot.rules.rights import Duty, Right
from storage import citizens, jobs, pictures, roles, vouchers
from storage.citizens import Account
from storage.db import Database, Db
from storage.jobs import Job
from storage.pictures import Picture
from storage.vouchers import Voucher

SHOWN = 0  # in a token, in the place of whose file it is: a picture that was shown to many
VOUCHER = -1  # there as well: the code of a voucher, drawn whenever it is wanted and never kept
SHOWN_FOR = timedelta(days=7)
SEEN_MAX = 3
Fetch = Callable[[str, str], Awaitable[bytes]]
"""Fetches a file from a channel, by its name there; raises `NoFile`."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slow:
    """A kind of slow work: what whoever asked is told once it is done, and if it failed."""

    kind: str
    ready: Callable[[Job], Reply]
    failed: str
    right: Right | None = None
    """What gives its file out, still when it is fetched: on the `units` its result names."""
    heavy: bool = False
    """It may take minutes, and waits in a lane of its own."""

    def gives(self, duties: Iterable[Duty], job: Job) -> bool:
        """Say whether somebody with these duties may have what a finished piece came to."""
        if self.right is None or "refused" in job.result:
            return True
        return rights.reach(duties, self.right).covers_all(job.result.get("units"))


class Files:
    """Hands out the files of finished work; a right that is gone gives none any more."""

    def __init__(
        self, told: Iterable[Slow], database: Database, *, clock: Clock, secret: bytes
    ) -> None:
        """Take the kinds of work there are, and what signs the tokens of their files."""
        self.scanned: Callable[[str], str] = str
        """Gives what the picture of a voucher's code holds: an address, or the code alone."""
        self._told = {slow.kind: slow for slow in told}
        self._seen: dict[int, Document] = {}
        self.fetch: Fetch | None = None
        """Brings a picture that a channel has; known once the channels are there."""
        self._database = database
        self._clock = clock
        self._secret = secret

    async def file(self, token: str) -> Document | None:
        """Return the file a token stands for; None if it is forged, too old, gone or not theirs."""
        found = signing.opened_file(self._secret, token, at=self._clock.system())
        if found is None:
            return None
        if found[1] == SHOWN:
            return await self._picture(found[0])
        if found[1] == VOUCHER:
            async with self._database.reading() as db:
                known = (await vouchers.of(db, [found[0]])).get(found[0])
            return await self._voucher(known)
        async with self._database.reading() as db:
            job = await jobs.of(db, *found)
            if job is None or not await self._gives(db, job):
                return None
            kept = await jobs.file(db, *found)
        return None if kept is None else Document(*kept, token=token)

    async def _gives(self, db: Db, job: Job) -> bool:
        slow = self._told.get(job.kind)
        if slow is None or slow.right is None:
            return True
        return slow.gives(await roles.duties(db, job.campaign, job.citizen), job)

    async def _picture(self, number: int) -> Document | None:
        """Return a picture; only where its own channel sends it again is its content not needed."""
        if (kept := self._seen.get(number)) is None:
            async with self._database.reading() as db:
                found = await pictures.of(db, number)
            if found is None:
                return None
            known = (found.channel, found.ref) if found.resends else None
            content = found.content or (b"" if known else await self._fetched(found))
            kept = Document("picture.jpg", content, "", known)
            self._seen = {**dict([*self._seen.items()][-SEEN_MAX:]), number: kept}
        until = self._clock.system() + SHOWN_FOR
        token = signing.sign_file(self._secret, number, SHOWN, at=until)
        return replace(kept, token=token)

    async def _voucher(self, found: Voucher | None) -> Document | None:
        """Draw the code of a voucher that can be used."""
        if found is None or found.state is not State.OPEN:
            return None
        address = self.scanned(codes.code(self._secret, found.seed))
        now = self._clock.system()
        token = signing.sign_file(self._secret, found.id, VOUCHER, at=now)
        return Document("voucher.png", qr.picture(address), token)

    async def _fetched(self, picture: Picture) -> bytes:
        """Fetch a picture from its channel, and keep it."""
        if self.fetch is None:
            return b""
        try:
            content = await self.fetch(picture.channel, picture.ref)
        except NoFile as fault:
            log.warning("a picture could not be fetched: %s", fault)
            return b""
        async with self._database.transaction() as db:
            await pictures.keep(db, picture.id, content)
        return content

    async def illustrate(self, rendered: Rendered, number: int, *, channel: str) -> Rendered:
        """Return what is said with its picture, fetched once where its channel must give it out.

        What cannot be had goes without: the words matter more.
        """
        found = await self._picture(number)
        if found is not None and not found.content and found.known and found.known[0] != channel:
            async with self._database.reading() as db:
                picture = await pictures.of(db, number)
            content = await self._fetched(picture) if picture else b""
            found = replace(found, content=content)
            if content:
                self._seen[number] = found
        there = found is not None and (found.content or (found.known or ("",))[0] == channel)
        return replace(rendered, document=found) if there else rendered

    async def add(self, account: Account, reply: Reply, rendered: Rendered) -> Rendered:
        """Return what is said with the file or picture that goes with it, if there is one."""
        if reply.before is not None and rendered.before is not None:
            before = await self.add(account, reply.before, rendered.before)
            rendered = replace(rendered, before=before)
        if reply.picture is not None:
            return await self.illustrate(rendered, reply.picture, channel=account.channel)
        if reply.voucher is not None:
            async with self._database.reading() as db:
                voucher = await vouchers.held_at(db, account, reply.voucher)
            return replace(rendered, document=await self._voucher(voucher))
        if reply.job is None:
            return rendered
        async with self._database.reading() as db:
            person = await citizens.find(db, account)
        if person is None:
            return rendered
        now = self._clock.system()
        token = signing.sign_file(self._secret, reply.job, person.citizen, at=now)
        return replace(rendered, document=await self.file(token))
