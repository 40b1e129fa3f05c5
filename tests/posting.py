"""Posting updates to a webhook, many at once, and keeping what was answered."""

import asyncio
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from tests.telegram_hooks import SECRET_HEADER

Json = dict[str, Any]
DATE = 1_651_366_800  # 2022-05-01 09:00 in Shanghai


def message(number: int, person: int, text: str, date: int = DATE) -> Json:
    """Make an update: somebody writes to the bot in private."""
    content = {
        "message_id": number,
        "date": date,
        "chat": {"id": person, "type": "private", "first_name": "读者"},
        "from": {"id": person, "is_bot": False, "first_name": "读者", "language_code": "zh"},
        "text": text,
    }
    return {"update_id": number, "message": content}


def tap(number: int, person: int, target: str) -> Json:
    """Make an update: somebody taps a button on a message that Telegram has forgotten."""
    who = {"id": person, "is_bot": False, "first_name": "读者", "language_code": "zh"}
    query = {"id": str(number), "from": who, "chat_instance": "1", "data": target}
    return {"update_id": number, "callback_query": query}


@dataclass
class Poster:
    """Posts over so many connections; a connection that breaks is an answer of status 0."""

    address: str
    secret: str
    connections: int = 32
    answers: list[tuple[int, int, str]] = field(default_factory=list)
    """The place of each body in what was given, its status, and the text in the answer."""

    async def post_all(self, bodies: Iterable[Json | bytes]) -> None:
        """Post each once, in their order as connections become free."""
        waiting = iter(enumerate(bodies))
        connector = aiohttp.TCPConnector(limit=self.connections)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one_after_another() -> None:
                for place, body in waiting:
                    status, text = await self._post(session, body)
                    self.answers.append((place, status, text))

            async with asyncio.TaskGroup() as tasks:
                for _ in range(self.connections):
                    tasks.create_task(one_after_another())

    async def _post(self, session: aiohttp.ClientSession, body: Json | bytes) -> tuple[int, str]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            async with session.post(
                self.address, data=data, headers={SECRET_HEADER: self.secret}
            ) as response:
                said = await response.read()
        except aiohttp.ClientError:
            return 0, ""
        told = json.loads(said) if said and response.status == HTTPStatus.OK else {}
        return response.status, str(told.get("text", ""))

    async def join(self, people: Iterable[int], first: int = 1) -> None:
        """Bring people through first contact, with updates numbered from the first."""
        crowd, number = list(people), itertools.count(first)
        for target in ("start.agree", "start.town:xiayang"):
            await self.post_all([tap(next(number), person, target) for person in crowd])
        assert {status for _, status, _ in self.answers} == {200}
        self.answers.clear()
