"""Gettext catalogues through Babel, loaded without a compile step; sentences are made late.

Keys are symbolic. A sentence with plural forms names, as its `msgid_plural`, the parameter that
is counted. Values are HTML-escaped where they are filled in, so what comes out is rich text
(`bot/messages.py`).
"""

import gettext
import html
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.messages import Button, Lines, Named, Param, Phrase, Pressable, Rendered, Reply, plain

LOCALES = Path(__file__).parent.parent / "locales"
LANGUAGES = ("zh_CN", "en")
FALLBACK = LANGUAGES[0]
DAYS_KEPT_MAX = 1000


def read(language: str, folder: Path = LOCALES) -> Catalog:
    """Read one language's catalogue, refusing a broken file."""
    with (folder / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


class Language:
    """One language's sentences."""

    def __init__(self, name: str, catalog: Catalog, zone: tzinfo) -> None:
        self.code = name
        self._locale = Locale.parse(name)  # given a name, Babel looks for its files at each date
        self._zone = zone
        self._labels: dict[str, str] = {}
        self._days: dict[date, str] = {}
        buffer = BytesIO()
        write_mo(buffer, catalog)
        buffer.seek(0)
        self._found = gettext.GNUTranslations(buffer)
        self.keys = tuple(message.id for message in catalog if isinstance(message.id, str))
        # ngettext does not find entries without plural forms, nor gettext those with them.
        self._counted = {
            message.id[0]: message.id[1]
            for message in catalog
            if isinstance(message.id, tuple | list)
        }

    def text(self, key: str, params: Mapping[str, Param]) -> str:
        """Say one key as rich text."""
        counted = self._counted.get(key)
        if counted is None:
            pattern = self._found.gettext(key)
        else:
            number = params[counted]
            pattern = self._found.ngettext(key, counted, number if isinstance(number, int) else 0)
        return pattern.format(**{name: self._say(value) for name, value in params.items()})

    def name(self, named: Named) -> str:
        """Choose this language's name."""
        return named.name_en if self.code == "en" else named.name

    def label(self, phrase: Phrase) -> str:
        """Say what stands on a button: plain text, made once where nothing is filled in."""
        if phrase.params:
            return plain(self.text(phrase.key, phrase.params))
        if (found := self._labels.get(phrase.key)) is None:
            found = self._labels[phrase.key] = plain(self.text(phrase.key, {}))
        return found

    def _day(self, day: date) -> str:
        """Say a date; Babel takes a pattern apart each time, and most people ask on one day."""
        if (found := self._days.get(day)) is None:
            pattern = self._found.gettext("formats.day")
            if len(self._days) >= DAYS_KEPT_MAX:
                self._days.clear()
            found = self._days[day] = format_date(day, pattern, locale=self._locale)
        return found

    def _say(self, value: Param) -> str:
        match value:
            case Phrase(key, params):
                return self.text(key, params)
            case Named():
                return html.escape(self.name(value))
            case Lines(phrases):
                return "\n".join(self.text(phrase.key, phrase.params) for phrase in phrases)
            case datetime():
                pattern = self._found.gettext("formats.moment")
                return format_datetime(value.astimezone(self._zone), pattern, locale=self._locale)
            case date():
                return self._day(value)
            case int():
                return f"{value:,}"
            case str():
                return html.escape(value)


@cache
def _language(name: str, folder: Path, zone: tzinfo) -> Language:
    """Read a language, once: taking its file apart takes longer than many turns."""
    return Language(name, read(name, folder), zone)


class Texts:
    """All languages, loaded once. Moments are said in the campaign's time zone."""

    def __init__(self, zone: tzinfo, folder: Path = LOCALES) -> None:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        self._languages = {name: _language(name, folder, zone) for name in names}

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages there are."""
        return tuple(self._languages)

    def plain(self, key: str, language: str) -> str:
        """Say a key without parameters as plain text."""
        return plain(self.text(key, language, {}))

    def everywhere(self, key: str) -> tuple[str, ...]:
        """Return how each language says a key, in parts where `|` parts it: what people write."""
        said = (self.plain(key, language).split("|") for language in self._languages)
        return tuple(part.strip() for parts in said for part in parts)

    def block(self, name: str, language: str) -> dict[str, str]:
        """Return all sentences of one block by their keys without its name, as plain text."""
        keys = self._language(language).keys
        own = (key for key in keys if key.startswith(f"{name}."))
        return {key.removeprefix(f"{name}."): self.plain(key, language) for key in own}

    def text(self, key: str, language: str | None, params: Mapping[str, Param]) -> str:
        """Say one key in one language, as rich text."""
        return self._language(language).text(key, params)

    def _language(self, name: str | None) -> Language:
        return self._languages.get(name or "", self._languages[FALLBACK])

    def render(self, reply: Reply, language: str | None) -> Rendered:
        """Turn a reply into text, late, in the receiver's language."""
        rows = tuple(
            tuple(self._button(button, language) for button in row) for row in reply.buttons
        )
        spoken = self._language(language)
        text = spoken.text(reply.key, reply.params)
        if reply.reader:
            text = f"{spoken.text('family.speaking', {'name': reply.reader})}\n{text}"
        before = None if reply.before is None else Texts.render(self, reply.before, language)
        return Rendered(
            *(text, rows, reply.replaces),
            files=reply.files,
            before=before,
            language=spoken.code,
            shared=reply.shared,
        )

    def _button(self, button: Button, language: str | None) -> Pressable:
        label = button.label
        match label:
            case Phrase():
                label = self._language(language).label(label)
            case Named():
                label = self._language(language).name(label)
            case str():
                pass
        return Pressable(label, button.target, button.url)
