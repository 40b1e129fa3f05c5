"""The points till: one writer per process books the awards that arrive together.

Each caller is answered after the commit. While one batch is being committed the next one gathers,
so a crowd costs few transactions and a lone tap waits for nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.booking import Act, Award, Booking, Deed, Terms, Told
from bot.campaign import Campaign
from bot.clock import Clock
from bot.correcting import Corrected, Correction
from bot.metrics import BATCHES, DEEDS, Metrics
from bot.spending import Spending, Spent
from storage.db import Conflict, Database, Unavailable, in_transaction

if TYPE_CHECKING:
    from datetime import date

BATCH_MAX = 200
MICROSECOND = timedelta(microseconds=1)
LOCKED_RETRY_SECONDS = 0.02
LOCKED_SECONDS_MAX = 5.0
CONFLICT_TRIES_MAX = 3


class Unregistered(Exception):  # noqa: N818 - an expected state, answered with first contact
    """Nobody who may earn is behind the account: no consent, or no town yet."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    act: Act
    answer: asyncio.Future[Told]
    since: float

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def tell(self, told: Told | None) -> None:
        if told is None:
            self.fail(Unregistered())
        elif not self.answer.done():
            self.answer.set_result(told)


class Till:
    """Books what is asked of it. `run` is the writer; `outages` are days that streaks forgive.

    `worker` says to whose numbers it adds, so that processes do not queue on one row.
    """

    def __init__(
        self,
        database: Database,
        campaign: Campaign,
        campaign_id: int,
        *,
        clock: Clock,
        worker: int = 0,
        metrics: Metrics | None = None,
    ) -> None:
        self._database = database
        self._campaign = campaign
        self._campaign_id = campaign_id
        self._clock = clock
        self.worker = worker
        self._metrics = metrics or Metrics()
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._closed = False
        self._booked_at = clock.system()
        self.outages: frozenset[date] = frozenset()

    @property
    def waiting(self) -> int:
        """Return how many deeds wait to be booked."""
        return self._queue.qsize()

    async def award(self, deed: Deed) -> Award:
        """Pay a citizen for a deed and answer once it is durable. The same `once` pays once.

        Raises:
            Unregistered: there is nobody to pay.
            Unavailable: the database is away, or somebody else holds the citizen for seconds.

        """
        told = await self._ask(deed)
        if not isinstance(told, Award):
            raise TypeError("a deed is answered with an award")
        return told

    async def correct(self, correction: Correction) -> Corrected:
        """Book a correction and answer once it is durable. The same `once` is booked once.

        Raises:
            Unregistered: there is nobody to correct.
            Unavailable: as for an award.

        """
        told = await self._ask(correction)
        if not isinstance(told, Corrected):
            raise TypeError("a correction is answered with what was corrected")
        return told

    async def spend(self, spending: Spending) -> Spent:
        """Sell a reward, or take a voucher back, and answer once it is durable; each once.

        Raises:
            Unregistered: there is nobody behind the account.
            Unavailable: as for an award.

        """
        told = await self._ask(spending)
        if not isinstance(told, Spent):
            raise TypeError("spending is answered with what was spent")
        return told

    async def _ask(self, act: Act) -> Told:
        if in_transaction():
            raise RuntimeError("the till would wait for this very transaction; use `also`")
        if self._closed:
            raise Unavailable("the till is closed")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(act, loop.create_future(), loop.time())
        self._queue.put_nowait(waiting)
        return await waiting.answer

    async def run(self) -> None:
        """Book batches until closed."""
        while (first := await self._queue.get()) is not None:
            await asyncio.sleep(0)  # those who tapped in the same moment join
            batch = [first]
            while len(batch) < BATCH_MAX and not self._queue.empty():
                if (following := self._queue.get_nowait()) is None:
                    self._queue.put_nowait(None)
                    break
                batch.append(following)
            while batch:
                batch = await self._book(batch)

    def close(self) -> None:
        """Take no more acts; `run` books what has arrived, and ends."""
        self._closed = True
        self._queue.put_nowait(None)

    async def _book(self, batch: Sequence[_Waiting]) -> list[_Waiting]:
        """Book a batch and answer everyone; in trouble one by one, so that one fails alone.

        Returns those who did not fit in: they are the next batch.
        """
        crowded: list[_Waiting] = []
        try:
            answers, crowded = await self._attempt(batch)
        except Unavailable as error:
            for waiting in batch:
                waiting.fail(error)
        except Exception as error:  # noqa: BLE001 - callers must be answered, whatever happened
            if len(batch) == 1 and not isinstance(error, Conflict):
                batch[0].fail(error)
                return crowded
            for waiting in batch:
                await self._book_alone(waiting)
        else:
            for waiting, told in answers:
                waiting.tell(told)
        return crowded

    async def _book_alone(self, waiting: _Waiting) -> None:
        for tries in range(1, CONFLICT_TRIES_MAX + 1):
            try:
                answers, _ = await self._attempt([waiting])
                for _, told in answers:
                    waiting.tell(told)
            except Conflict as error:  # somebody wrote past the lock: look again
                if tries == CONFLICT_TRIES_MAX:
                    waiting.fail(error)
            except Exception as error:  # noqa: BLE001 - the caller must be answered
                waiting.fail(error)
                return
            else:
                return

    async def _attempt(
        self, batch: Sequence[_Waiting]
    ) -> tuple[list[tuple[_Waiting, Told | None]], list[_Waiting]]:
        """Book a batch in one transaction; who is locked by someone else waits for a later one.

        Returns the answers, and those who did not fit in.
        """
        # Never twice the same moment, so that who came first stays first.
        self._booked_at = max(self._clock.system(), self._booked_at + BATCH_MAX * MICROSECOND)
        moment = self._booked_at
        terms = Terms(self._campaign, self._campaign_id, self.outages, moment, self.worker)
        booking = Booking(terms)
        answers: list[tuple[_Waiting, Told | None]] = []
        held: list[_Waiting] = []
        crowded: list[_Waiting] = []
        async with self._database.transaction(first=True) as db:
            await booking.read(db, [waiting.act for waiting in batch])
            for waiting in batch:
                if booking.held(waiting.act):
                    held.append(waiting)
                elif booking.crowded(waiting.act):
                    crowded.append(waiting)
                else:
                    answers.append((waiting, booking.decide(waiting.act)))
            await booking.write(db)
        self._metrics.observe(BATCHES, len(batch))
        for _, told in answers:
            self._metrics.count(DEEDS, _outcome(told))
        for waiting in held:
            self._later(waiting)
        return answers, crowded

    def _later(self, waiting: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - waiting.since > LOCKED_SECONDS_MAX:
            waiting.fail(Unavailable("the citizen is held by another transaction"))
        else:
            loop.call_later(LOCKED_RETRY_SECONDS, self._again, waiting)

    def _again(self, waiting: _Waiting) -> None:
        if self._closed:
            waiting.fail(Unavailable("the till is closed"))
        else:
            self._queue.put_nowait(waiting)


def _outcome(told: Told | None) -> str:
    match told:
        case None:
            return "unregistered"
        case Award():
            return told.outcome
        case Corrected():
            return f"correction {told.verdict}"
        case Spent():
            return f"spending {told.verdict}"
