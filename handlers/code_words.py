"""The code word of a class, set by those in charge: who writes it was there."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Button, Phrase, Reply, normal
from bot.operations import auditing, classroom
from bot.rules import forms
from bot.rules.airtime import Stage
from bot.rules.rights import Right
from storage import dialogs, livestreams
from storage.livestreams import Livestream

feature = Feature("code_words")

ASKED_FOR = timedelta(minutes=30)
LENGTH_MAX = 40
LISTED_MAX = 99  # a number up to here could be meant for a list


@feature.on(tap="code_words", work=Work.WRITES, right=Right.PROPOSALS)
async def ask(turn: Turn) -> Reply:
    """Ask for a code word, or offer to do without."""
    livestream = await classroom.in_charge(turn, turn.argument)
    if classroom.stage(turn, livestream) in {None, Stage.OVER}:
        return say("code_words.over", topic=livestream.topic, buttons=((_back(livestream),),))
    until = turn.system_now + ASKED_FOR
    target = f"code_words.given:{livestream.id}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    drop = button(f"code_words.drop:{livestream.id}", Phrase("code_words.drop"))
    row = (drop,) if livestream.word else ()
    return say(
        "code_words.ask",
        topic=livestream.topic,
        most=LENGTH_MAX,
        buttons=((*row, _back(livestream)),),
    )


@feature.on(tap="code_words.given", work=Work.WRITES, right=Right.PROPOSALS)
async def given(turn: Turn) -> Reply:
    """Take the code word that was sent, or say what is wrong with it and keep asking."""
    number, _, text = turn.argument.partition(":")
    livestream = await classroom.in_charge(turn, number)
    word = " ".join(forms.tidy(text.replace("\n", " ")).split())
    compared = normal(word)
    is_number = compared.isdecimal() and int(compared[:4]) <= LISTED_MAX
    if not compared or len(word) > LENGTH_MAX or is_number:
        key = "code_words.is_number" if is_number else "code_words.wrong"
        return say(key, most=LENGTH_MAX, buttons=((_back(livestream),),))
    return await _set(turn, livestream, word)


@feature.on(tap="code_words.drop", work=Work.WRITES, right=Right.PROPOSALS)
async def drop(turn: Turn) -> Reply:
    """Do without: a tap is proof enough."""
    return await _set(turn, await classroom.in_charge(turn, turn.argument), None)


async def _set(turn: Turn, livestream: Livestream, word: str | None) -> Reply:
    await dialogs.answered(turn.db, turn.person.citizen)
    if classroom.stage(turn, livestream) in {None, Stage.OVER}:
        return say("code_words.over", topic=livestream.topic, buttons=((_back(livestream),),))
    await livestreams.prove(turn.db, livestream.id, word=word)
    act = "live_word_set" if word else "live_word_dropped"
    await auditing.note(turn, act, livestream.topic, livestream=livestream.id)
    key = "code_words.is_set" if word else "code_words.dropped"
    return say(key, topic=livestream.topic, word=word or "", buttons=((_back(livestream),),))


def _back(livestream: Livestream) -> Button:
    return button(f"programme.one:{livestream.id}", Phrase("programme.back"))
