"""证书: the certificate of whoever was chosen, given again, and drawn anew under another name."""

from datetime import timedelta

from bot.engraving import ONE
from bot.feature import KNOWN, Feature, Turn, Work, button, rows, say
from bot.messages import Named, Param, Phrase, Refusal, Reply, Rows
from bot.operations import commending, waiting
from bot.operations.winning import Winner
from bot.rules import names, taps
from storage import certificates, dialogs
from storage.jobs import Job

feature = Feature("certificates")

ASKED_FOR = timedelta(hours=1)


@feature.on(
    command="certificate", words=["证书"], tap="certificates", work=Work.WRITES, right=KNOWN
)
async def mine(turn: Turn) -> Reply:
    """Show the own certificate, or offer each of several."""
    found = await commending.mine(turn.db, turn.campaign_id, turn.person.citizen)
    if not commending.is_on(turn.campaign, turn.today):
        day = commending.phase(turn.campaign).start
        return say("certificates.not_yet", day=day, buttons=((button("menu"),),))
    if not found:
        return say("certificates.none", buttons=((button("results"), button("menu")),))
    if len(found) == 1:
        return await _shown(turn, found[0])
    each = [button(f"certificates.show:{_named(one)}", one.name) for one in found]
    return say("certificates.several", count=len(found), buttons=(*rows(each), (button("menu"),)))


@feature.on(tap="certificates.show", work=Work.WRITES, right=KNOWN)
async def show(turn: Turn) -> Reply:
    """Show one of several."""
    return await _shown(turn, await _own(turn, turn.argument))


async def _own(turn: Turn, argument: str) -> Winner:
    award, _, number = argument.partition(".")
    found = await commending.mine(turn.db, turn.campaign_id, turn.person.citizen)
    winner = commending.chosen(found, award, taps.number(number))
    if winner is None or not commending.is_on(turn.campaign, turn.today):
        raise Refusal("certificates.none")
    return winner


async def _shown(turn: Turn, winner: Winner) -> Reply:
    kept = await certificates.of(turn.db, turn.campaign_id, winner.list, number=winner.number)
    if kept is None:
        return await _draw(turn, winner)
    text: dict[str, Param] = {"name": kept.name, "list": winner.name}
    ways = _ways(_named(winner), is_reader=winner.unit is None)
    return Reply("certificates.text", text, ways, picture=kept.picture)


def _ways(which: str, *, is_reader: bool) -> Rows:
    """Return where one goes from a certificate; a reader may tell how they read."""
    change = button(f"certificates.name:{which}", Phrase("certificates.change"))
    row = ((change, button("experiences")),) if is_reader else ()
    return (*row, (button("menu"),))


@feature.on(tap="certificates.name", work=Work.WRITES, right=KNOWN)
async def ask(turn: Turn) -> Reply:
    """Ask for the name that shall stand on it."""
    winner = await _own(turn, turn.argument)
    if winner.unit is not None:
        return await _shown(turn, winner)
    target, until = f"certificates.named:{_named(winner)}", turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    cancel = button(f"certificates.show:{_named(winner)}", Phrase("buttons.cancel"))
    return say("certificates.ask_name", most=names.LENGTH_MAX, buttons=((cancel,),))


@feature.on(tap="certificates.named", work=Work.WRITES, right=KNOWN)
async def named(turn: Turn) -> Reply:
    """Have it drawn under the name that was sent."""
    which, _, words = turn.argument.partition(":")
    winner, name = await _own(turn, which), names.tidy(words)
    problem = names.problem(name, turn.campaign.campaign.reserved_names)
    if winner.unit is not None or problem is not None:
        raise Refusal(f"settings.name_{problem or names.Problem.EMPTY}", most=names.LENGTH_MAX)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await _draw(turn, winner, name)


async def _draw(turn: Turn, winner: Winner, name: str = "") -> Reply:
    [wanted] = await commending.orders(turn.db, turn.campaign, turn.campaign_id, winners=[winner])
    told = {"wanted": [{**wanted, "name": name or wanted["name"]}], "at": turn.now.isoformat()}
    job = await waiting.ask(turn, ONE, **told)
    return say("certificates.begun", buttons=waiting.look("certificates.look", job))


@feature.on(tap="certificates.look", right=KNOWN)
async def look(turn: Turn) -> Reply:
    """Say how far the picture is, or show it."""
    return await waiting.answer(turn, feature, "certificates.look")


@feature.work(ONE, failed="certificates.failed")
def ready(job: Job) -> Reply:
    """Show the finished certificate."""
    told = job.params["wanted"][0]
    which = f"{told['list']}.{told['number']}"
    named = told["name"] or Phrase("engraving.reader", {"card": told["card"]})
    params: dict[str, Param] = {"name": named, "list": Named(*told["honour"])}
    picture = job.result["picture"]
    ways = _ways(which, is_reader=told["unit"] is None)
    return Reply("certificates.text", params, ways, picture=picture)


def _named(winner: Winner) -> str:
    return f"{winner.list}.{winner.number}"
