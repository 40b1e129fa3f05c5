"""Confirming buttons: only this person, only this preview, only for ten minutes."""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import signing
from tests.named import TESTS

SECRET = b"a secret of the tests"
NOW = datetime(2022, 6, 15, 9, 0, 0, 900_000, tzinfo=UTC)
ACTS = st.text(max_size=30)
PEOPLE = st.text(max_size=30)
MOMENTS = st.datetimes(
    datetime(2022, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2023, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def opened(signed, *, person="telegram:1001:move", at=NOW, secret=SECRET):
    """Open a button as this person."""
    return signing.opened(secret, person, signed, at=at)


def sign(act="xiayang", *, person="telegram:1001:move", at=NOW):
    """Sign a button for this person."""
    return signing.sign(SECRET, person, act, at=at)


@given(PEOPLE, ACTS, MOMENTS, st.floats(0, 600))
def test_a_button_opens_for_its_person_for_ten_minutes(person, act, at, seconds):
    """Whatever the act holds, colons too, it comes back as it was."""
    later = at + timedelta(seconds=seconds)

    assert opened(sign(act, person=person, at=at), person=person, at=later) == act


@given(PEOPLE, PEOPLE, ACTS)
def test_another_persons_button_does_nothing(one, other, act):
    """A forwarded button opens for its owner only."""
    assert opened(sign(act, person=one), person=other) == (act if one == other else None)


@pytest.mark.parametrize(("seconds", "expected"), [(0, "xiayang"), (600, "xiayang"), (601, None)])
def test_a_button_expires_after_ten_minutes(seconds, expected):
    """At 600 seconds it still works, at 601 no more."""
    assert opened(sign(), at=NOW + timedelta(seconds=seconds)) == expected


@given(MOMENTS, st.floats(601, 10**7))
def test_an_old_button_does_nothing(at, seconds):
    """Beyond ten minutes it never works again."""
    assert opened(sign(at=at), at=at + timedelta(seconds=seconds)) is None


@given(ACTS, st.data())
def test_a_tampered_button_does_nothing(act, data):
    """One flipped bit anywhere is found."""
    content = bytearray(sign(act).encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    assert opened(content.decode(errors="replace")) is None


@given(st.one_of(st.text(), st.text(st.characters(categories=["Cs"]))))
def test_a_forged_button_does_nothing(text):
    """Any text that was not signed is refused without an error, half characters too."""
    assert opened(text) is None


@pytest.mark.parametrize("text", ["", ":", "::", "xiayang", "xiayang:zz:AAAAAAAAAAAA", "签到::"])
def test_a_malformed_button_does_nothing(text):
    """What does not look like a signed button is refused."""
    assert opened(text) is None


def test_a_button_cannot_be_made_to_last():
    """A later expiry needs a new signature."""
    act, expiry, signature = sign().split(":")

    assert opened(f"{act}:{int(expiry, 16) + 3600:x}:{signature}") is None


def test_a_button_of_another_deployment_does_nothing():
    """Another secret, another signature."""
    assert opened(sign(), secret=b"another") is None


def test_the_longest_unit_fits_into_a_button():
    """A unit of 24 characters, its expiry and signature leave room for a target in 64 bytes."""
    assert len(f"belonging.join:{sign('u' * 24)}") <= 64


def test_a_keyed_hash_tells_nothing_and_changes_with_the_key():
    """It is 40 hexadecimal digits, the same for the same name and key only."""
    hashes = {
        signing.keyed(secret, name)
        for secret in (SECRET, b"another")
        for name in ("telegram:1001", "telegram:1002")
    }

    assert (len(hashes), {len(text) for text in hashes}) == (4, {40})
    assert signing.keyed(SECRET, "telegram:1001") in hashes


def test_a_keyed_hash_is_no_signature():
    """The two uses of one secret are kept apart."""
    keyed = urlsafe_b64encode(bytes.fromhex(signing.keyed(SECRET, "telegram:1001:move")))

    assert opened(f"xiayang:ffffffff:{keyed.decode()[:12]}") is None


def test_a_file_and_a_page_can_be_fetched_to_their_last_second():
    """Fifteen minutes and seven days, and not a second longer."""
    for sign, opened, seconds in (
        (signing.sign_file, signing.opened_file, signing.FILE_SECONDS),
        (signing.sign_page, signing.opened_page, signing.PAGE_SECONDS),
    ):
        token, last = sign(SECRET, 7, 8, at=NOW), NOW + timedelta(seconds=seconds)
        assert opened(SECRET, token, at=last) == (7, 8)
        assert opened(SECRET, token, at=last + timedelta(seconds=1)) is None


def test_a_cards_signature_stays_what_was_printed():
    """Sheets are handed out in spring and scanned in autumn, by whichever version serves then."""
    assert signing.sign_card(SECRET, "ABCDEFGH") == "l-t2KfOqFULd"
    assert signing.sign_card(SECRET, "ABCDEFGJ") != "l-t2KfOqFULd"


HASHED = re.compile(r"hashlib\.(\w+)")
OLD = {"bot/channels/wecom/crypto.py": {"sha1"}}
"""WeCom's signatures are what WeCom says."""


def test_only_sound_hashes_are_used():
    """SHA-256 everywhere, and another name nowhere, also none that is given as a word."""
    root = TESTS.parent
    files = [
        file for part in ("bot", "handlers", "storage") for file in (root / part).rglob("*.py")
    ]
    found = {str(file.relative_to(root)): file.read_text(encoding="utf-8") for file in files}
    used = {name: set(HASHED.findall(text)) for name, text in found.items() if "hashlib." in text}
    assert len(used) > 10
    assert {name: each for name, each in used.items() if each != {"sha256"}} == OLD
    assert [name for name, text in found.items() if re.search(r"\bmd5|hashlib\.new", text)] == []
