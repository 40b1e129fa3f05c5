"""Hostile updates over HTTP into the whole bot: nothing fails, nobody else notices."""

from tests.faults.conftest import SECRET
from tests.faults.season import offenders
from tests.gates import LONG
from tests.hostile import PEOPLE, TARGETS, TEXTS, broken_bodies, deep_bodies, mutated
from tests.posting import Poster, message, tap

SEED = 20220423
UPDATES = 5000 if LONG else 1500
FIRST = 100_000
GOOD = range(1, 21)


async def join(poster, people, number=1):
    """Bring people through first contact."""
    for target in ("start.agree", "start.town:xiayang"):
        await poster.post_all(tap(number := number + 1, person, target) for person in people)
    assert {status for _, status, _ in poster.answers} == {200}


async def test_mutated_updates_fail_nowhere(api, hooked, settings):
    """Thousands of them, from people who take part: all 200, and twenty others are paid."""
    for person in (*PEOPLE, *GOOD):
        api.person(person)
    async with hooked() as address:
        await join(Poster(address, SECRET), (*PEOPLE, *GOOD))
        poster = Poster(address, SECRET)
        hostile = list(mutated(SEED, UPDATES, first=FIRST))
        good = [message(50_000 + person, person, "签到") for person in GOOD]
        step = UPDATES // len(good)
        for place, update in enumerate(good):
            hostile.insert(place * (step + 1), update)
        await poster.post_all(hostile)
        await poster.post_all(broken_bodies() + deep_bodies())

    assert {status for _, status, _ in poster.answers} == {200}, SEED
    paid = [text for place, _, text in poster.answers if place % (step + 1) == 0 and "+5" in text]
    assert len(paid) >= len(good), SEED
    found, _, _ = await offenders(settings["DATABASE_URL"])
    assert found == []


async def test_forged_buttons_and_odd_words_do_nothing(api, hooked, settings):
    """Each forged target and odd text, from one who takes part: answers, and one visit at most."""
    ming = api.person(42)
    async with hooked() as address:
        await join(Poster(address, SECRET), [42])
        poster = Poster(address, SECRET, connections=1)
        await poster.post_all(
            tap(FIRST + n, 42, target) for n, target in enumerate(TARGETS) if target != "checkins"
        )
        await poster.post_all(message(2 * FIRST + n, 42, text) for n, text in enumerate(TEXTS))
        await poster.post_all([message(3 * FIRST, 42, "签到")])

    assert {status for _, status, _ in poster.answers} == {200}
    assert "5/5" in poster.answers[-1][2]
    assert await offenders(settings["DATABASE_URL"]) == ([], 1, 5)
    assert ming.chat.view
