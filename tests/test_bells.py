"""What is promised of every bell and every push."""

from pathlib import Path

from bot.i18n import LANGUAGES, read
from handlers import FEATURES

ROOT = Path(__file__).parent.parent


def test_every_bell_and_push_is_in_the_readme():
    """README's table says of each bell when it rings, and of each push its switch."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [bell.name for feature in FEATURES for bell in feature.bells]
    names += [kind.name for feature in FEATURES for kind in feature.kinds]

    assert [name for name in names if f"`{name}`" not in readme] == []


def test_every_push_has_a_line_among_the_notices():
    """What was pushed can be listed, in both languages."""
    wanted = {
        f"notices.about_{kind.name.replace('.', '_')}"
        for feature in FEATURES
        for kind in feature.kinds
    }
    for language in LANGUAGES:
        assert wanted - {message.id for message in read(language)} == set()
