"""A crowd that posts to the program, and what it is told: the load of the database's faults."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import aiohttp

from tests.posting import Json, Poster, message
from tests.telegram_api import TelegramApi
from tests.telegram_bench import SECRET

READY_SECONDS_MAX = 20
FULL_SERVER = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$"""
REFUSING = "CREATE TRIGGER no_room BEFORE INSERT ON deeds EXECUTE FUNCTION no_room()"


def checkins(people: Iterable[int], first: int = 10_000) -> list[Json]:
    """Everybody checks in."""
    return [message(first + person, person, "签到") for person in people]


def then(posts: Iterable[Json], place: int, act: Callable[[], object]) -> Iterator[Json]:
    """Hand posts on, and do something before a certain one."""
    for number, post in enumerate(posts):
        if number == place:
            act()
        yield post


async def joined(api: TelegramApi, address: str, people: Collection[int]) -> None:
    """Bring people through first contact."""
    for person in people:
        api.person(person)
    await Poster(address, SECRET).join(people)


async def posted(address: str, posts: Iterable[Json]) -> set[int]:
    """Post everything once; return the statuses met."""
    poster = Poster(address, SECRET)
    await poster.post_all(posts)
    return {status for _, status, _ in poster.answers}


async def status_of(url: str) -> int:
    """Return the status of a page, which must come before long."""
    timeout = aiohttp.ClientTimeout(READY_SECONDS_MAX)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
        return response.status


async def told_again(address: str, posts: Sequence[Json]) -> None:
    """Post everything again, as Telegram does; each must be answered with +5."""
    poster = Poster(address, SECRET)
    await poster.post_all(posts)
    assert [(status, "+5" in said) for _, status, said in poster.answers] == [(200, True)] * len(
        posts
    )


async def answered(
    address: str, waiting: Sequence[Json], struck: asyncio.Event
) -> tuple[dict[int, str], set[int]]:
    """Post until everything is acknowledged, and say when the first are on their way.

    Returns what was told by update, and the statuses met.
    """
    told: dict[int, str] = {}
    statuses: set[int] = set()
    while waiting:
        poster = Poster(address, SECRET)
        await poster.post_all(then(waiting, 50, struck.set))
        statuses |= {status for _, status, _ in poster.answers}
        told |= {
            waiting[n]["update_id"]: said for n, status, said in poster.answers if status == 200
        }
        waiting = [post for post in waiting if post["update_id"] not in told]
    return told, statuses
