"""徽章: what somebody has reached so far, and what is missing to the next."""

from bot.feature import Feature, Turn, button, named, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import badging
from bot.operations.badging import Standing

feature = Feature("badges")


@feature.on(command="badges", words=["徽章"], tap="badges")
async def badges(turn: Turn) -> Reply:
    """List the badges: those earned first, then what is missing to each of the others."""
    ways = ((button("keepsakes"), button("me"), button("menu")),)
    every = await badging.mine(turn)
    if not every:
        return say("badges.none", buttons=ways)
    mine = [each for each in every if each.has]
    others = [each for each in every if not each.has]
    nearest = max(others, key=_share, default=None)
    return say(
        "badges.text",
        count=len(mine),
        total=len(every),
        next=_next(nearest) if nearest else "",
        lines=Lines(tuple(map(_line, (*mine, *others)))),
        buttons=ways,
    )


def _share(standing: Standing) -> float:
    return standing.reached / standing.badge.count


def _told(standing: Standing) -> dict[str, Param]:
    badge = standing.badge
    return {
        "name": named(badge),
        "reached": standing.reached,
        "count": badge.count,
        "missing": badge.count - standing.reached,
    }


def _line(standing: Standing) -> Phrase:
    return Phrase("badges.had" if standing.has else "badges.missing", _told(standing))


def _next(standing: Standing) -> Phrase:
    return Phrase("badges.next", _told(standing))
