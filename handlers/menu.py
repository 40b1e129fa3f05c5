"""菜单: what can be tapped."""

from bot.feature import IN_CHARGE, Feature, Turn, button, say
from bot.messages import Reply

feature = Feature("menu")


@feature.on(command="menu", words=["菜单"], tap="menu", right=IN_CHARGE)
async def menu(turn: Turn) -> Reply:
    """Show the main menu; whoever is in charge and takes no part is shown to their work."""
    if turn.person.registered:
        return say("menu.text", menu=True)
    return say("menu.in_charge", buttons=((button("roles"), button("notices")), (button("start"),)))
