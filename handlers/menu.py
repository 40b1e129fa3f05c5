"""菜单: what can be tapped."""

from bot.feature import Feature, Turn, say
from bot.messages import Reply

feature = Feature("menu")


@feature.on(command="menu", words=["菜单"], tap="menu")
async def menu(_turn: Turn) -> Reply:
    """Show the main menu."""
    return say("menu.text", menu=True)
