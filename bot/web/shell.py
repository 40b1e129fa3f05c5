"""What all pages but the chat's have in common: their head, their language, their headers."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.i18n import FALLBACK, Texts
from bot.messages import Param
from bot.web.guard import HEADERS, PLAIN_POLICY
from bot.web.markup import Html, join, tag

SIGN = r"[\u4e00-\u9fff]"
WORD = re.compile(
    rf"[^\u4e00-\u9fff]+\u5e74?|{SIGN}{{2}}(?:{SIGN}(?!{SIGN}))?[^\u4e00-\u9fff\w]*|{SIGN}"
)
SPOKEN = {"zh": "zh_CN", "en": "en"}
LISTED_MAX, HEADER_LENGTH_MAX = 10, 200
NOTHING: Mapping[str, str] = {}
NOT_FOR_SEARCH = {"x-robots-tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Shell:
    """Words and the campaign's name and theme, by language."""

    texts: Texts
    name: Mapping[str, str]
    theme: Mapping[str, str]

    def say(self, key: str, language: str, **params: Param) -> Html:
        """Say a key; the values are escaped where they are filled in."""
        return Html(self.texts.text(key, language, params))

    def plain(self, key: str, language: str) -> str:
        """Say a key without parameters as plain text, for a title or an attribute."""
        return self.texts.plain(key, language)

    def page(
        self,
        language: str,
        *body: Html,
        title: str = "",
        head: Html | None = None,
        look: str = "page",
    ) -> Html:
        """Make a page; `look` is its style sheet."""
        name = self.name[language]
        sheets = [
            tag("link", rel="stylesheet", href=f"/static/{sheet}.css") for sheet in ("paper", look)
        ]
        top = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{title} · {name}" if title else name),
            tag("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
            sheets,
            head,
        )
        whole = tag(
            "html", top, tag("body", *body, class_=look), lang=language.replace("_CN", "-CN")
        )
        return join(Html("<!doctype html>"), whole)

    def masthead(self, language: str, switch: Html | None = None) -> Html:
        """Return what stands on top: the seal, the name, the theme, the other language."""
        seal = tag("img", class_="seal", src="/static/icon.svg", alt="", width=46, height=46)
        named = tag("p", in_words(self.name[language]), class_="name")
        theme = tag("p", self.theme[language], class_="theme")
        return tag("header", seal, tag("div", named, theme, class_="named"), switch)

    def switch(self, request: Request, language: str) -> Html:
        """Return a link to the same page in the other language."""
        other = next(code for code in SPOKEN.values() if code != language)
        address = request.url.include_query_params(lang=other.partition("_")[0])
        return tag(
            "a",
            self.plain(f"languages.{other}", other),
            href=f"{address.path}?{address.query}",
            lang=other.replace("_CN", "-CN"),
            class_="switch",
        )


def in_words(title: str) -> Html:
    """Return a title that breaks between Chinese words only, taking them to have two signs each.

    Most have, above all in titles; what has not may break in a word, as it would have anywhere.
    """
    return Html("<wbr>".join(join(word) for word in WORD.findall(title)))


def language_of(request: Request) -> str:
    """Return the language a page is asked for: `?lang=`, else what the browser prefers."""
    asked = request.query_params.get("lang", "")[:2]
    if asked in SPOKEN:
        return SPOKEN[asked]
    listed = request.headers.get("accept-language", "")[:HEADER_LENGTH_MAX].split(",")
    for entry in listed[:LISTED_MAX]:
        if (head := entry.strip()[:2].lower()) in SPOKEN:
            return SPOKEN[head]
    return FALLBACK


def answer(
    page: str, status: int = 200, *, policy: str = PLAIN_POLICY, more: Mapping[str, str] = NOTHING
) -> Response:
    """Answer with a page and more headers."""
    # same-origin: with no-referrer, browsers hide from us that a form of ours comes from us.
    first = {"content-security-policy": policy, "referrer-policy": "same-origin"}
    return Response(page, status, {**HEADERS, **first, **more}, "text/html; charset=utf-8")


def marked(content: bytes) -> str:
    """Return the entity tag of what a page is made of."""
    return f'"{hashlib.sha256(content).hexdigest()[:20]}"'


def is_known(request: Request, mark: str) -> bool:
    """Say whether whoever asks has this already."""
    listed: Sequence[str] = request.headers.get("if-none-match", "")[:1000].split(",")
    return any(each.strip().removeprefix("W/") in {mark, "*"} for each in listed)
