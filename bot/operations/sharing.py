"""Reading experiences as several features speak of them: the form, and what of it is shown."""

from collections.abc import Mapping

from bot.feature import Turn
from bot.messages import Lines, Param, Phrase, Refusal
from bot.rules import forms, names, notes, taps
from bot.rules.forms import Form
from storage import experiences
from storage.experiences import Entry, Experience

KIND = "experiences"
"""How the questions about them are called among what waits for a yes."""
FIELDS = ("title", "text", "name", "agree")
NEEDED = ("title", "text", "agree")
TITLE_MAX = 30
LENGTH_MIN, LENGTH_MAX = 50, 1500


def labels(turn: Turn) -> Mapping[str, str]:
    """Return the labels of the form in all languages."""
    return forms.labels({field: turn.said(f"sharing.label_{field}") for field in FIELDS})


def template(form: Form | None = None) -> Lines:
    """Return the form to fill in, with what was written already; words without a label are text."""
    values = dict(form.values) if form else {}
    if form and form.stray and not values.get("text"):
        values["text"] = "\n".join(form.stray)
    return Lines(tuple(_line(field, values.get(field, "")) for field in FIELDS))


def _line(field: str, value: str) -> Phrase:
    return Phrase("sharing.line", {"blank": Phrase(f"sharing.blank_{field}"), "value": value})


def read(turn: Turn, form: Form) -> tuple[Entry | None, list[Phrase]]:
    """Return what a form says, or everything that is wrong with it."""
    missing = form.missing(NEEDED)
    problems = [Phrase("sharing.missing", {"label": _label(field)}) for field in missing]
    problems += [Phrase("sharing.unknown", {"label": label}) for label in form.unknown]
    problems += [Phrase("sharing.doubled", {"label": _label(field)}) for field in form.doubled]
    if problems:
        return None, problems
    title, text = names.tidy(form.values["title"]), notes.tidied(form.values["text"])
    wrong = notes.problem(text, least=LENGTH_MIN, most=LENGTH_MAX)
    if wrong is None:
        wrong = notes.problem(title, least=1, most=TITLE_MAX)
    if wrong is not None:
        sizes: dict[str, Param] = {"least": LENGTH_MIN, "most": LENGTH_MAX, "title": TITLE_MAX}
        problems.append(Phrase(f"sharing.wrong_{wrong}", sizes))
    agreed = {forms.folded(word) for word in turn.said("sharing.yes")}
    if forms.folded(form.values["agree"]) not in agreed:
        problems.append(Phrase("sharing.not_agreed"))
    name = names.tidy(form.values.get("name", "")) or None
    if name and names.problem(name, turn.campaign.campaign.reserved_names) is not None:
        problems.append(Phrase("sharing.wrong_name", {"most": names.LENGTH_MAX}))
    return (None, problems) if problems else (Entry(title, text, name), [])


def _label(field: str) -> Phrase:
    return Phrase(f"sharing.label_{field}")


async def own(turn: Turn, argument: str) -> Experience:
    """Return the experience of whoever speaks.

    Raises:
        Refusal: there is none.

    """
    found = await experiences.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None or found.citizen != turn.person.citizen:
        raise Refusal("experiences.none")
    return found


def shown(found: Experience) -> dict[str, Param]:
    """Return what readers see of it."""
    name: Param = found.name or Phrase("notewall.somebody")
    return {"title": found.title, "text": found.text, "name": name}
