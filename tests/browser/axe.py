"""What axe-core finds wrong with a page for those who hear it or see little."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Page

SOURCE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
GRAVE = ("serious", "critical")
RUN = """async () => (await axe.run(
    {resultTypes: ["violations"], preload: false, selectors: false})).violations.map((each) =>
  [each.impact, each.id, each.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3)])"""


async def violations(page: Page) -> list[Any]:
    """Return the serious and critical ones; it runs beside the page's policy, not by its leave."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SOURCE)
    return [each for each in await page.evaluate(RUN) if each[0] in GRAVE]
