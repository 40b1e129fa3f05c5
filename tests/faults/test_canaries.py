"""A day of the whole program at its most talkative: what it logs and tells holds no secret."""

import logging

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.rules import vouchers
from bot.web.visitors import SAFE_COOKIE
from tests import chat as chats
from tests import shop, wecom_members
from tests.faults.conftest import OWNER, SECRET
from tests.posting import Poster, message
from tests.processes import hooking, serving
from tests.telegram_api import TOKEN
from tests.wecom_api import WeComApi

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


async def test_nothing_secret_of_wecom_and_the_page_is_logged_or_told(tmp_path, record):
    """Secret, token and key of WeCom's app, and the cookie of somebody on the page: at DEBUG."""
    async with WeComApi(seconds=lambda: SystemClock().system().timestamp()) as wecom:
        given = {name.upper(): str(value) for name, value in wecom.settings.items()}
        more = {"WEB_CHAT": "on", "SECRET_KEY": KEY, "PUBLIC_URL": "https://reading.example.org"}
        async with serving(tmp_path, **given, **more, LOG_LEVEL="DEBUG") as process:
            wecom.posting.url = f"{process.url}/wecom/callback"
            await wecom.member("ming").says("你好")
            await wecom.posting.post("msg_signature=x", b"<xml/>")
            cookie = await cookie_of(f"{process.url}/chat")
            told = [await told_at(f"{process.url}/{page}") for page in ("metrics", "readyz")]
            _, errors = await process.stop()
    assert errors
    keys = (wecom_members.SECRET, wecom_members.TOKEN, wecom_members.AES_KEY, KEY)
    secrets = (*keys, *cookie.split("."))
    assert [
        each for each in secrets if len(each) > 5 for place in (errors, *told) if each in place
    ] == []
    record("R12", f"0 of {len(secrets) - 1} of WeCom and the page")


async def cookie_of(address):
    """Return the cookie a newcomer to the page is given, asked for as by https."""
    by_https = aiohttp.ClientSession(headers={"x-forwarded-proto": "https"})
    async with by_https as session, session.get(address) as answer:
        assert answer.status == 200
        return answer.cookies[SAFE_COOKIE].value


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_code_of_a_voucher_is_logged_or_kept(chat, caplog, tmp_path, record):
    """It is worked out whenever it is shown: the log has it not at DEBUG, nor has the database."""
    boss = await chat.join("boss")
    with caplog.at_level(logging.DEBUG):
        holder = await shop.rich(chat, "holder", 12, by=await boss.id())
        await shop.buy(chat, holder, await shop.offer(chat))
        code = vouchers.code(chats.SECRET, (await shop.held(chat, holder))[0].seed)
        await holder.says("我的兑换")
        shown = await holder.says("1")
        await boss.says(f"/verify {vouchers.grouped(code)}")
    assert vouchers.grouped(code) in str(shown) + str(holder.rendered)
    for each in (code, vouchers.grouped(code)):
        assert each not in caplog.text
        assert each.encode() not in b"".join(one.read_bytes() for one in tmp_path.glob("bot.db*"))
    record("R12", "0 codes of vouchers")
