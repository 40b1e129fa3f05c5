"""Which words lead where."""

from collections.abc import Callable, Sequence

from bot.feature import Route
from bot.messages import normal


class Words:
    """What people may write in place of a slash command; some of it in a group chat only."""

    def __init__(self, routes: Sequence[Route], said: Callable[[str], Sequence[str]]) -> None:
        """Know each route's words and, as people type what they see, what its button says."""
        typed = [route for route in routes if route.words or route.command]
        own = {
            normal(word): route for route in typed for word in (*route.words, route.command) if word
        }
        labels = {
            normal(label): route
            for route in typed
            if route.tap
            for label in said(f"{route.tap}.name")
        }
        self._private = labels | own
        shared = {normal(word): route for route in routes for word in route.words_in_groups}
        self._in_groups = self._private | shared

    def find(self, text: str, *, private: bool) -> tuple[Route | None, str]:
        """Find a route by its words, alone or, where it takes something, before it."""
        words = self._private if private else self._in_groups
        if (route := words.get(normal(text))) is not None:
            return route, ""
        head, *rest = text.split(maxsplit=1)[:2] or [""]
        route = words.get(normal(head))
        if route is not None and route.takes:
            return route, "".join(rest)
        return None, ""
