"""设置: language, display name, standing on boards; the way to pushes, own data and leaving."""

from dataclasses import replace
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.i18n import LANGUAGES
from bot.messages import Phrase, Refusal, Reply
from bot.operations import introducing
from bot.rules import cards, names
from storage import dialogs, profiles
from storage.citizens import YOUNG

feature = Feature("settings", in_menu=True)

ASKED_FOR = timedelta(minutes=10)
ON, OFF = "on", "off"
CLIENT = "client"  # speak the language of the person's own client
PROBLEMS = {
    names.Problem.EMPTY: "settings.name_empty",
    names.Problem.LONG: "settings.name_long",
    names.Problem.STAFF: "settings.name_staff",
}


@feature.on(command="settings", words=["设置"], tap="settings")
async def settings(turn: Turn) -> Reply:
    """Show what is set, each with its button."""
    profile = await profiles.of(turn.db, turn.person.citizen)
    board = OFF if profile.listed else ON
    boards = [button(f"settings.board:{board}", Phrase(f"settings.board_{board}"))]
    return say(
        "settings.text",
        name=profile.name or Phrase("settings.no_name"),
        number=cards.shown(turn.person.number),
        board=Phrase("settings.listed" if profile.listed else "settings.unlisted"),
        buttons=rows(
            [
                button("settings.languages", Phrase("settings.change_language")),
                button("settings.rename", Phrase("settings.change_name")),
                *(boards if turn.person.band != YOUNG else ()),
                button("belonging"),
                button("switches"),
                button("linking"),
                button("family"),
                button("mydata"),
                button("leaving"),
                button("menu"),
            ],
            wide=2,
        ),
    )


@feature.on(tap="settings.languages")
async def languages(_turn: Turn) -> Reply:
    """Offer the languages."""
    offered = [*LANGUAGES, CLIENT]
    return say(
        "settings.ask_language",
        buttons=rows(
            button(f"settings.speak:{code}", Phrase(f"languages.{code}")) for code in offered
        ),
    )


@feature.on(tap="settings.speak", work=Work.WRITES)
async def speak(turn: Turn) -> Reply:
    """Set the language of this account; the answer is in it already."""
    chosen = turn.argument
    if chosen not in {*LANGUAGES, CLIENT}:
        return await languages(turn)
    language = None if chosen == CLIENT else chosen
    await profiles.speak(turn.db, turn.account, language)
    return say(
        "settings.spoken",
        language=language or turn.incoming.language,
        buttons=((button("settings"), button("menu")),),
    )


@feature.on(tap="settings.rename", work=Work.WRITES)
async def rename(turn: Turn) -> Reply:
    """Ask for a display name."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "settings.name", until=until)
    forget = button("settings.unname", Phrase("settings.no_name_any_more"))
    buttons = ((forget, button("settings")),)
    asked = say("settings.ask_name", most=names.LENGTH_MAX, buttons=buttons)
    return asked if turn.person.band == YOUNG else replace(asked, suggests=introducing.NAME)


@feature.on(tap="settings.name", work=Work.WRITES)
async def name(turn: Turn) -> Reply:
    """Take the name that was sent, or say what is wrong with it and keep asking."""
    wanted = names.tidy(turn.argument)
    wrong = names.problem(wanted, turn.campaign.campaign.reserved_names)
    if wrong is not None:
        return say(PROBLEMS[wrong], most=names.LENGTH_MAX, buttons=((button("settings"),),))
    await dialogs.answered(turn.db, turn.person.citizen)
    profile = await profiles.of(turn.db, turn.person.citizen)
    await profiles.put(turn.db, turn.person.citizen, replace(profile, name=wanted))
    key = "settings.named_listed" if profile.listed else "settings.named"
    return say(key, name=wanted, buttons=((button("settings"), button("menu")),))


@feature.on(tap="settings.unname", work=Work.WRITES)
async def unname(turn: Turn) -> Reply:
    """Go back to the default name; nobody without a name stands on boards by name."""
    await dialogs.answered(turn.db, turn.person.citizen)
    profile = await profiles.of(turn.db, turn.person.citizen)
    await profiles.put(turn.db, turn.person.citizen, replace(profile, name=None, listed=False))
    return say("settings.unnamed", buttons=((button("settings"), button("menu")),))


@feature.on(tap="settings.board", work=Work.WRITES)
async def board(turn: Turn) -> Reply:
    """Let the name stand on boards, or take it off; never that of anyone under 14."""
    profile = await profiles.of(turn.db, turn.person.citizen)
    if turn.argument not in {ON, OFF}:
        return await settings(turn)
    if turn.argument == ON and turn.person.band == YOUNG:
        raise Refusal("settings.young_unlisted")
    if turn.argument == ON and profile.name is None:
        return await rename(turn)
    listed = turn.argument == ON
    await profiles.put(turn.db, turn.person.citizen, replace(profile, listed=listed))
    key = "settings.is_listed" if listed else "settings.is_unlisted"
    buttons = ((button("settings"), button("rank")),)
    return say(key, shown=profile.name or "", buttons=buttons)
