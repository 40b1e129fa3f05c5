"""Group robots: what they say, and how often. A robot only speaks; its key is its only secret."""

import logging

from bot.channels.wecom.client import Api, Json
from bot.channels.wecom.fates import MEANING, ApiError, Flooded, fate
from bot.messages import TAG, Document, Fate, Pressable, Receipt, Rendered, plain
from bot.rules.quota import Quota

PER_MINUTE = 20
MARKDOWN_BYTES_MAX = 4096
TITLE_BYTES_MAX, REST_BYTES_MAX, URL_BYTES_MAX = 128, 512, 2048
ARTICLES_MAX = 8
REASON_LENGTH_MAX = 100
PICTURE = "🖼"

log = logging.getLogger(__name__)


class Robots:
    """Speaks through the robots of groups. Only the process that leads does, so it counts alone."""

    def __init__(self, api: Api, quota: Quota) -> None:
        """Take what counts a robot's messages, `PER_MINUTE` of them."""
        self._api = api
        self._quota = quota

    async def tell(self, key: str, rendered: Rendered) -> Receipt:
        """Let a group's robot say something, and say what became of it."""
        if seconds := self._quota.wait(key):
            return Receipt(Fate.LATER, reason="the robot's quota", seconds=seconds)
        self._quota.take(key)
        said = message(rendered, await self._address(rendered.document))
        try:
            await self._api.bare("webhook/send", said, key=key)
        except ApiError as error:
            seconds = error.seconds if isinstance(error, Flooded) else 0.0
            reason = str(error).replace(key, "***")[:REASON_LENGTH_MAX]
            return Receipt(MEANING[fate(error)], reason=reason, seconds=seconds)
        return Receipt(Fate.SENT, ref="sent")

    async def _address(self, document: Document | None) -> str:
        """Return a picture's address at WeCom; without one the words go alone, they matter more."""
        if document is None or not document.is_picture or not document.content:
            return ""
        try:
            return await self._api.publish(document)
        except ApiError as error:
            log.warning("wecom: a group's picture is left out: %s", error)
            return ""


def message(rendered: Rendered, picture: str = "") -> Json:
    """Write what a robot says: a card that leads somewhere, where nothing is cut, else markdown."""
    links = [each for row in rendered.buttons for each in row if each.url]
    card = _card(rendered, links, picture)
    if card is not None:
        return {"msgtype": "news", "news": {"articles": card}}
    return {"msgtype": "markdown", "markdown": {"content": _markdown(rendered, links, picture)}}


def _card(rendered: Rendered, links: list[Pressable], picture: str) -> list[Json] | None:
    """Write the articles of a card, the picture on the first; None if it leads nowhere."""
    title, _, rest = plain(rendered.text).strip().partition("\n")
    ways = [("", picture)] if not links and picture else [(each.label, each.url) for each in links]
    parts = [(title, TITLE_BYTES_MAX), (rest, REST_BYTES_MAX)]
    parts += [(url, URL_BYTES_MAX) for _, url in ways] + [
        (label, TITLE_BYTES_MAX) for label, _ in ways
    ]
    fits = all(len(text.encode(errors="replace")) <= most for text, most in parts)
    if not ways or not fits or not title or len(ways) > ARTICLES_MAX:
        return None
    (label, url), *others = ways
    first = {"title": title, "description": rest.strip("\n") or label, "url": url}
    if picture:
        first["picurl"] = picture
    return [first, *({"title": label, "url": url} for label, url in others)]


def _markdown(rendered: Rendered, links: list[Pressable], picture: str) -> str:
    """Write markdown: bold stays, addresses become links, nobody is called.

    Buttons that lead to the bot are left out.
    """
    marked = plain(TAG.sub("**", rendered.text)).replace("<", "＜").replace("](", "] (")
    below = [f"[{each.label}]({each.url})" for each in links]
    below += [f"[{PICTURE}]({picture})"] if picture else []
    most = MARKDOWN_BYTES_MAX - sum(len(link.encode()) + 2 for link in below)
    head = marked.encode(errors="replace")[:most].decode(errors="ignore")
    return "\n\n".join([head, *below])
