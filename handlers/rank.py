"""排行: the own place in the campaign and in the town, and who stands near it."""

from bot.feature import Feature, Turn, button, named, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import glance, weekly
from bot.rules import cards
from storage.standings import Neighbour

feature = Feature("rank", in_menu=True)

NEIGHBOURS_EACH = 2


@feature.on(command="rank", words=["排行", "榜单"], tap="rank", takes=True)
async def rank(turn: Turn) -> Reply:
    """Tell the own place and percentile, the town's, and two neighbours each way; or the week's."""
    if weekly.asks(turn.argument, words=["week", "周", "本周", "周榜"]):
        return await weekly.answer(turn)
    buttons = rows([button(name) for name in ("weeks", "me", "log", "settings", "menu")], wide=2)
    citizen = turn.person.citizen
    place = await turn.standings.place(turn.db, citizen, each=NEIGHBOURS_EACH)
    if place is None:
        everyone = await turn.standings.participants(turn.db)
        hint = glance.promise(turn, "rank.first", day=turn.today, rests="rank.rests")
        return say("rank.none", of=everyone, hint=hint, as_of=_as_of(turn), buttons=buttons)
    town = turn.campaign.unit(place.town or "")
    mine = Phrase("rank.mine", {"rank": place.rank, "earned": place.earned})
    over = [_line(turn, place.rank, n) for n in place.near if n.away < 0]
    under = [_line(turn, place.rank, n) for n in place.near if n.away > 0]
    ahead = (place.of - place.rank) * 100 // place.of
    return say(
        "rank.text",
        rank=place.rank,
        of=place.of,
        ahead=Phrase("rank.ahead", {"percent": ahead}) if ahead else "",
        town=named(town) if town else "",
        town_rank=place.town_rank,
        town_of=place.town_of,
        as_of=_as_of(turn),
        near=Lines((*over, mine, *under)),
        buttons=buttons,
    )


def _as_of(turn: Turn) -> Param:
    if (at := turn.standings.as_of) is None:
        return ""
    return Phrase("rank.as_of", {"at": f"{at.astimezone(turn.campaign.zone):%H:%M}"})


def _line(turn: Turn, rank: int, neighbour: Neighbour) -> Phrase:
    params: dict[str, Param] = {"rank": rank + neighbour.away, "earned": neighbour.earned}
    if neighbour.name is not None:
        return Phrase("rank.named", {**params, "name": neighbour.name})
    return Phrase("rank.alias", {**params, "alias": cards.alias(turn.secret, neighbour.citizen)})
