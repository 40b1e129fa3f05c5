"""An emulated WeCom over HTTP on loopback: the API, and members who write to the app.

    async with WeComApi() as api:
        ming = api.member("XiaoMing")
        await ming.says("签到")
        assert (await ming.hears()).text == "…"

It keeps WeCom's limits in bytes and drops without a word what is over a member's quota; see
`dropped`, which a bot that minds the limits leaves empty.
"""

import asyncio
import json
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from bot.messages import is_picture
from tests.watched import Watched
from tests.wecom_members import (
    AES_KEY,
    AGENT,
    CORP,
    SECRET,
    TOKEN,
    Fault,
    Json,
    Member,
    Posting,
    Refused,
    Seen,
    card_seen,
)

TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One call as it arrived."""

    path: str
    given: Json


def refuse(code: int, text: str = "refused, hint: [1], from ip: 127.0.0.1") -> Refused:
    """Make a refusal."""
    return Refused(code, text)


def size(text: str) -> int:
    """Count bytes."""
    return len(text.encode())


@dataclass
class WeComApi(Watched):
    """The server, one corporation with one app, and its members."""

    seconds: Callable[[], float] = lambda: 0.0
    """The moment, in seconds: quotas and tokens go by it."""
    budget: int = 1_000_000
    token: str = ""
    valid_until: float = 0.0
    tokens_given: int = 0
    port: int = 0
    calls: list[Recorded] = field(default_factory=list)
    menu: Json = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    dropped: list[tuple[str, Json]] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    codes: dict[str, Json] = field(default_factory=dict)
    """Cards that may still be changed, by their codes."""
    media: dict[str, bytes] = field(default_factory=dict)
    departments: dict[int, Json] = field(default_factory=dict)
    """The directory: departments by their numbers, each with a name and a parentid."""
    groups: dict[str, list[Json]] = field(default_factory=dict)
    """What group robots said, by their keys."""
    faults: defaultdict[str, deque[Fault | Refused | None]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def __post_init__(self) -> None:
        """Begin with nobody."""
        super().__init__()
        self.posting = Posting(self)
        self._sent: defaultdict[str, list[float]] = defaultdict(list)
        self._known: dict[tuple[str, str], float] = {}
        self._spent = 0
        self._runner: web.AppRunner | None = None
        self._stopped = asyncio.Event()

    @property
    def url(self) -> str:
        """Return the address to give as WECOM_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings that lead here."""
        return {
            "wecom_corp_id": CORP,
            "wecom_agent_id": AGENT,
            "wecom_secret": SECRET,
            "wecom_token": TOKEN,
            "wecom_aes_key": AES_KEY,
            "wecom_api_url": self.url,
        }

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/cgi-bin/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.posting.close()
        if self._runner is not None:
            self._stopped.set()
            await self._runner.cleanup()

    def called(self, path: str) -> list[Json]:
        """Return what each call of a method was given."""
        return [call.given for call in self.calls if call.path == path]

    def fail(self, path: str, *faults: Fault | Refused | None) -> None:
        """Let the next calls of a method go wrong, one after another; None lets one pass."""
        self.faults[path].extend(faults)

    def member(self, name: str) -> Member:
        """Return a member of the corporation."""
        return self.members.setdefault(name.lower(), Member(self, name))

    def invalidate(self) -> None:
        """Let the token end before its time, as WeCom may."""
        self.valid_until = -1.0
        self.token = ""

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        given = await self._given(request)
        self.calls.append(Recorded(path, given))
        fault = self.faults[path].popleft() if self.faults[path] else None
        self.changed()
        try:
            if isinstance(fault, Refused):
                raise fault
            answer = {} if fault and not fault.executed else self._perform(path, given)
        except Refused as refused:
            return web.json_response({"errcode": refused.code, "errmsg": refused.text})
        finally:
            self.changed()
        if fault is None:
            if isinstance(answer, bytes):
                return web.Response(body=answer, content_type="image/jpeg")
            return web.json_response({"errcode": 0, "errmsg": "ok", **answer})
        if fault.hang:
            await self._stopped.wait()
        if fault.body:
            return web.Response(text=fault.body, status=fault.status, content_type="text/html")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    @staticmethod
    async def _given(request: web.Request) -> Json:
        given: Json = dict(request.query)
        if request.content_type.startswith("multipart"):
            file = (await request.post())["media"]
            assert isinstance(file, web.FileField)
            return given | {"media": file.file.read(), "filename": file.filename}
        body = await request.read()
        return given | (json.loads(body) if body else {})

    def _perform(self, path: str, given: Json) -> Json | bytes:
        if path == "gettoken":
            return self._gettoken(given)
        if path == "webhook/send":
            return self._robot(given)
        if given.get("access_token", "") == "":
            raise refuse(41001)
        if given["access_token"] != self.token or self.seconds() >= self.valid_until:
            raise refuse(40014)
        perform = getattr(self, f"_do_{path.replace('/', '_')}", None)
        if perform is None:
            raise refuse(48002)
        answer: Json | bytes = perform(given)
        return answer

    def _gettoken(self, given: Json) -> Json:
        if given.get("corpid") != CORP:
            raise refuse(40013)
        if given.get("corpsecret") != SECRET:
            raise refuse(40001, f"invalid credential {given.get('corpsecret')}")
        if not self.token or self.seconds() >= self.valid_until:
            self.tokens_given += 1
            self.token = f"canary-access-token-{self.tokens_given}"
            self.valid_until = self.seconds() + 7200
        return {"access_token": self.token, "expires_in": int(self.valid_until - self.seconds())}

    def _do_agent_get(self, given: Json) -> Json:
        if int(given["agentid"]) != AGENT:
            raise refuse(301002)
        return {"name": "书香青浦"}

    def _do_user_get(self, given: Json) -> Json:
        member = self.members.get(given["userid"].lower())
        if member is None:
            raise refuse(60111)
        return {"userid": member.name, "name": member.called, **member.entry}

    def _do_department_get(self, given: Json) -> Json:
        found = self.departments.get(int(given["id"]))
        if found is None:
            raise refuse(60123)
        return {"department": {"id": int(given["id"]), **found}}

    def _do_menu_get(self, _given: Json) -> Json:
        if not self.menu:
            raise refuse(46003)
        return self.menu

    def _do_menu_create(self, given: Json) -> Json:
        top = given["button"]
        lines = [line for button in top for line in button.get("sub_button", [])]
        if not 1 <= len(top) <= 3 or any(not 1 <= len(b.get("sub_button", [1])) <= 5 for b in top):
            raise refuse(40058, "too many buttons")
        if any(size(b["name"]) > 16 for b in top) or any(size(b["name"]) > 40 for b in lines):
            raise refuse(40058, "a name is too long")
        if any(size(b.get("key", "")) > 128 for b in (*top, *lines)):
            raise refuse(40058, "a key is too long")
        self.menu = {"button": top}
        return {}

    def _do_message_send(self, given: Json) -> Json:
        if given.get("agentid") != AGENT:
            raise refuse(40056)
        names = [name for name in str(given.get("touser", "")).split("|") if name]
        if not names:
            raise refuse(82001)
        if len(names) > 1000:
            raise refuse(40058, "too many receivers")
        seen = self._content(given)
        gone = [name.lower() for name in names if name.lower() not in self.members]
        if len(gone) == len(names):
            raise refuse(81013)
        self._spent += len(names)
        if self._spent > self.budget:
            raise refuse(45009)
        content = json.dumps([given["msgtype"], given[given["msgtype"]]], sort_keys=True)
        for name in names:
            if name.lower() in self.members:
                self._deliver(self.members[name.lower()], given, seen, content=content)
        return {"invaliduser": "|".join(gone), "msgid": f"m{len(self.calls)}"}

    def _content(self, given: Json) -> Seen:
        match given.get("msgtype"):
            case "text":
                return Seen(_short(given["text"]["content"], 2048))
            case "template_card":
                card = given["template_card"]
                again = card["task_id"] in self.tasks and not given.get("enable_duplicate_check")
                if again or not TASK_ID.fullmatch(card["task_id"]):
                    raise refuse(40058, "task_id")
                seen = card_seen(card)
                self.tasks.add(card["task_id"])
                return seen
            case "file" | "image" as kind:
                ref = given[kind]["media_id"]
                if ref not in self.media:
                    raise refuse(40007)
                return Seen(f"[{kind}: {len(self.media[ref])} bytes]")
            case _:
                raise refuse(40008)

    def _deliver(self, member: Member, given: Json, seen: Seen, *, content: str) -> None:
        now, sent = self.seconds(), self._sent[member.id]
        known = (member.id, content)
        if given.get("enable_duplicate_check"):
            interval = given.get("duplicate_check_interval", 1800)
            if now - self._known.get(known, float("-inf")) < interval:
                return
        self._known[known] = now
        minute = sum(at > now - 60 for at in sent)
        hour = sum(at > now - 3600 for at in sent)
        if minute >= 30 or hour >= 1000:
            self.dropped.append((member.id, given))
            return
        sent.append(now)
        member.sees(seen)

    def _do_message_update_template_card(self, given: Json) -> Json:
        card = self.codes.pop(given["response_code"], None)
        if card is None:
            raise refuse(40058, "response_code")
        for name in given["userids"]:
            if "template_card" in given:
                self.members[name].sees(card_seen(given["template_card"], changed=True))
            else:
                self.members[name].sees(Seen(given["button"]["replace_name"], changed=True))
        return {}

    def _do_media_upload(self, given: Json) -> Json:
        if len(given["media"]) <= 5 or len(given["media"]) > 20 * 2**20:
            raise refuse(45001)
        ref = f"media{len(self.media) + 1}"
        self.media[ref] = given["media"]
        return {"media_id": ref, "type": given["type"], "created_at": "1"}

    def _do_media_uploadimg(self, given: Json) -> Json:
        if not is_picture(given["media"]) or len(given["media"]) > 2 * 2**20:
            raise refuse(40004)
        self.media[name := f"https://wework.qpic.cn/p{len(self.media)}"] = given["media"]
        return {"url": name}

    def _do_media_get(self, given: Json) -> bytes:
        if given["media_id"] not in self.media:
            raise refuse(40007)
        return self.media[given["media_id"]]

    def _robot(self, given: Json) -> Json:
        said = self.groups.get(given.get("key", ""))
        if said is None:
            raise refuse(93000)
        now = self.seconds()
        if sum(each["at"] > now - 60 for each in said) >= 20:
            raise refuse(45009)
        kind = given["msgtype"]
        if kind == "news":
            said.append({"at": now, **_news(given["news"]["articles"])})
            return {}
        text = _short(given[kind]["content"], {"text": 2048, "markdown": 4096}[kind])
        said.append({"at": now, "text": text})
        return {}


def _news(articles: list[Json]) -> Json:
    """Check a card of articles as WeCom does, and return what is seen of the first."""
    if not 1 <= len(articles) <= 8:
        raise refuse(45008)
    for each in articles:
        if not each.get("title") or not each.get("url"):
            raise refuse(40058, "title and url")
        limits = {"title": 128, "description": 512, "url": 2048, "picurl": 2048}
        if any(size(each.get(name, "")) > most for name, most in limits.items()):
            raise refuse(45002)
    first = articles[0]
    text = f"{first['title']}\n{first.get('description', '')}"
    more = [each["url"] for each in articles[1:]]
    return {"text": text, "url": first["url"], "picture": first.get("picurl"), "more": more}


def _short(text: str, most: int) -> str:
    """Return a text that WeCom takes: it would cut a longer one, so we refuse it."""
    if not text.strip():
        raise refuse(44004)
    if size(text) > most:
        raise refuse(45002)
    return text
