"""帮助: what can be done here, who to ask, and the answer to whatever was not understood."""

from bot.feature import Feature, Turn, named, say
from bot.messages import Lines, Named, Phrase, Reply

feature = Feature("help", in_menu=True)


@feature.on(command="help", words=["帮助", "?"], tap="help")
async def help_(turn: Turn) -> Reply:
    """Say what can be done here, which platforms stand beside it, and who answers questions."""
    head, contact = turn.campaign.campaign, turn.campaign.contact
    platforms = tuple(
        Phrase("help.platform", {"name": named(place), "url": place.url})
        for place in head.platforms
    )
    return say(
        "help.text",
        campaign=named(head),
        platforms=Lines(platforms),
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        mail=contact.mailbox,
        menu=True,
    )


@feature.on(tap="help.lost")
async def lost(turn: Turn) -> Reply | None:
    """Answer what was not understood, never with silence in a private chat."""
    if not turn.incoming.private:
        return None
    return say("help.edited" if turn.argument == "edited" else "help.lost", menu=True)
