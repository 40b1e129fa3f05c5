"""Posts in a platform's name and cookies in a person's: changed, of others, or come again."""

import random
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.channels.wecom import Envelope
from bot.web import hooks
from bot.web.visitors import COOKIE, HOLDS, SAFE_COOKIE, Visitors
from tests.gates import LONG, SEED
from tests.rules.test_forgeries import changed
from tests.telegram_bench import SECRET
from tests.wecom_bench import Bench, text
from tests.wecom_members import AES_KEY, CORP, POSTS_MAX, TOKEN

FORGERIES = 1_000 if LONG else 100
"""Of each kind."""


def forged(genuine):
    """Return what is genuine, changed in so many ways; a short word has fewer."""
    chance = random.Random(SEED)
    found = {changed(genuine, chance) for _ in range(3 * FORGERIES)}
    return sorted(each for each in found if each.strip() != genuine)[:FORGERIES]


async def asked(app, headers):
    """Post something to a hook; return the status."""
    told = []

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(event):
        told.append(event)

    await app({"type": "http", "method": "POST", "path": "", "headers": headers}, receive, send)
    return told[0]["status"]


class Taken:
    """What takes updates, and counts them."""

    status, body, count = 200, b"", 0

    async def __call__(self, body):
        """Take one."""
        self.count += body == b"{}"
        return self


async def test_no_forged_secret_posts_an_update(record):
    """Only the webhook's secret itself, in its own header; nothing of the others is read."""
    taken = Taken()
    app = hooks.telegram(SECRET, taken, seconds=5)
    tried = [[(hooks.TELEGRAM_SECRET, each.encode(errors="replace"))] for each in forged(SECRET)]
    tried += [[], [(hooks.TELEGRAM_SECRET, b"")], [(b"authorization", SECRET.encode())]]
    for headers in tried:
        assert (await asked(app, headers), taken.count) == (403, 0), (SEED, headers)

    assert await asked(app, [(hooks.TELEGRAM_SECRET, SECRET.encode())]) == 200
    record("R10", f"0 of {len(tried)} secrets of the webhook", seed=SEED)


async def test_no_forged_letter_is_heard(record):
    """Signature, moment, number and text changed; of other keys; too old; too often; again."""
    async with Bench.open() as bench:
        posting, letter = bench.api.posting, text(bench, "早上好")
        query, body = posting.sealed(letter)
        fields, tried = dict(parse_qsl(query)), []
        for name, value in fields.items():
            for each in forged(value)[: FORGERIES // len(fields)]:
                other = urlencode(fields | {name: each}, errors="replace")
                tried.append((other, body))
        place = body.index(b"<Encrypt>") + len(b"<Encrypt>")
        tried += [(query, body[: place + n] + b"!" + body[place + n + 1 :]) for n in range(20)]
        own = posting.envelope
        for keys in ((TOKEN[::-1], AES_KEY, CORP), (TOKEN, AES_KEY, CORP[::-1])):
            posting.envelope = Envelope(*keys)
            tried.append(posting.sealed(letter))
        posting.envelope = own
        tried += [posting.sealed(letter, at=posting.clock() + late) for late in (-700, 700)]
        for other, forgery in tried:
            assert (await posting.post(other, forgery))[0] == 403, (SEED, other)
        assert bench.echo.heard == []

        said = [(await posting.post(query, body))[0] for _ in range(POSTS_MAX + 2)]
        assert (said, len(bench.echo.heard)) == ([200] * POSTS_MAX + [403] * 2, 1)
    record("R10", f"0 of {len(tried) + 2} letters of WeCom, and replays", seed=SEED)


def test_no_forged_cookie_is_anybody(clock, record):
    """Person, day and signature changed, of another's, too old, or under the other's name."""
    own, others = Visitors(b"k" * 32, clock.system), Visitors(b"l" * 32, clock.system)
    genuine, foreign = cookie(own), cookie(others)
    swapped = f"{'b' * 32}.{genuine.partition('.')[2]}"
    tried = [(COOKIE, each) for each in [*forged(genuine), foreign, swapped]]
    tried.append((SAFE_COOKIE, genuine))
    for name, each in tried:
        assert own.who(browser(name, each)) is None, (SEED, each)

    assert own.who(browser(COOKIE, genuine)) == genuine.partition(".")[0]
    clock.ahead(days=HOLDS.days + 1)
    assert own.who(browser(COOKIE, genuine)) is None
    record("R10", f"0 of {len(tried) + 1} cookies", seed=SEED)


def cookie(visitors):
    """Return the cookie a newcomer is given."""
    given = Response()
    visitors.welcome(browser(COOKIE, ""), given)
    return SimpleCookie(given.headers["set-cookie"])[COOKIE].value


def browser(name, value):
    """Return a request with a cookie."""
    sent = f"{name}={value}".encode(errors="replace")
    scope = {"type": "http", "scheme": "http", "path": "/", "query_string": b""}
    return HTTPConnection(scope | {"headers": [(b"host", b"x"), (b"cookie", sent)]})
