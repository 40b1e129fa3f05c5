"""A day of the whole program at its most talkative: what it logs and tells holds no secret."""

import aiohttp

from tests.faults.conftest import OWNER, SECRET
from tests.posting import Poster, message
from tests.processes import hooking, serving
from tests.telegram_api import TOKEN

KEY = "canary-key-of-the-signatures-0123456789"
NAME = "canary-name"


async def test_nothing_secret_is_logged_or_told(api, settings, tmp_path, record):
    """Token, keys, the webhook's secret, names and words of people: at DEBUG."""
    serve = {**settings, "LOG_LEVEL": "DEBUG", "SECRET_KEY": KEY}
    people = range(100, 110)
    for person in (OWNER, *people):
        api.person(person)
    talkative = {**hooking(api, SECRET), **serve}
    async with serving(tmp_path, **talkative) as process:
        await api.until(lambda: api.called("getWebhookInfo"), 60)
        address = f"{process.url}/telegram/webhook"
        poster = Poster(address, SECRET)
        await poster.join((OWNER, *people))
        words = (
            "签到",
            "/link",
            "/role AAAA",
            f"/link {KEY[:8]}",
            "改名",
            NAME,
            "我的数据",
            "/grant x",
        )
        await poster.post_all(
            message(10_000 + 100 * person + n, person, word)
            for person in (OWNER, *people)
            for n, word in enumerate(words)
        )
        await Poster(address, "a wrong secret").post_all([message(9, 100, NAME)])
        told = [await told_at(f"{process.url}/{page}") for page in ("metrics", "readyz", "nothing")]
        status, errors = await process.stop()

    assert (status, "Traceback" in errors) == (0, False), errors
    assert errors
    said = [text for _, _, text in poster.answers]
    password = settings["DATABASE_URL"].rpartition("@")[0].rpartition(":")[2] or "no password"
    secrets = (TOKEN.partition(":")[2], SECRET, KEY, NAME, password)
    for place in (errors, *told):
        assert [each for each in secrets if each in place] == []
    assert [each for each in (*secrets[:3], password) for text in said if each in text] == []
    record("R12", f"0 of {len(secrets)} in what is logged at DEBUG, told and answered")


async def told_at(address):
    """Return a page."""
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return await answer.text()
