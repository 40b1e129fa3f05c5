"""Where a class can be watched again, set in the chat."""

import pytest

from tests.classes import on_air, row
from tests.duties import appoint
from tests.proposed import acts, classes
from tests.push import Worker

URL = "https://live.example.org/1/replay"


@pytest.fixture
async def mei(chat):
    """The organiser of 朱家角镇."""
    return await appoint(chat, "mei", "zhujiajiao")


@pytest.fixture
async def live(chat):
    """A class of 朱家角镇, tonight."""
    (live,) = await on_air(chat, row())
    return live


async def test_the_recording_goes_to_who_missed_it(chat, clock, mei, live):
    """The preview names how many; nothing is stored or told before the confirming tap."""
    worker = Worker(chat)
    ming, lan = await chat.join("ming"), await chat.join("lan")
    for person in (ming, lan):
        await person.taps(f"livestreams.book:{live}")
    clock.set("2022-05-01T19:05:00+08:00")
    await lan.taps(f"joining.join:{live}")
    clock.set("2022-05-01T20:30:00+08:00")
    asked = await mei.taps(f"recordings:{live}")
    preview = await mei.says(URL)
    before = (await classes(chat))[0].replay
    target = mei.button("确认")
    done = await mei.taps(target)
    clock.ahead(minutes=1)
    await worker.rings()

    assert [r.key for r in (asked, preview, done)] == [
        "recordings.ask",
        "recordings.preview",
        "recordings.is_set",
    ]
    assert (preview.params["reach"].key, preview.params["reach"].params["count"]) == (
        "recordings.told",
        1,
    )
    assert (before, (await classes(chat))[0].replay) == (None, URL)
    assert worker.platform.told("ming")[-1] == "changes.replay"
    assert "changes.replay" not in worker.platform.told("lan")
    assert await acts(chat) == ["live_replay_set"]


async def test_before_the_class_and_long_after(chat, clock, mei, live):
    """The preview says that it is told later, or not at all."""
    early = await mei.taps(f"recordings.given:{live}:{URL}")
    clock.set("2022-05-16T20:00:00+08:00")
    late = await mei.taps(f"recordings.given:{live}:{URL}")

    assert early.params["reach"].key == "recordings.later"
    assert late.params["reach"].key == "recordings.quietly"


@pytest.mark.parametrize(
    "given",
    ["", "回放", "ftp://x/y", "javascript:alert(1)", "https://a b", "https://u:p@h/", "http:///x",
     f"https://x/{'y' * 1000}", f"{URL}\n{URL}"],
)  # fmt: skip
async def test_what_is_no_address_is_asked_for_again(chat, mei, live, given):
    """As an import would refuse it."""
    reply = await mei.taps(f"recordings.given:{live}:{given}")

    assert reply.key == "recordings.wrong"
    assert (await classes(chat))[0].replay is None


async def test_it_can_be_taken_off(chat, mei, live):
    """A wrong address need not stay."""
    await mei.taps(f"recordings:{live}")
    await mei.says(URL)
    await mei.taps(mei.button("确认"))
    await mei.taps(f"recordings:{live}")
    reply = await mei.taps(mei.button("不要回放"))

    assert reply.key == "recordings.dropped"
    assert (await classes(chat))[0].replay is None


async def test_the_second_tap_and_the_forged_one(chat, mei, live):
    """Set once; afterwards the button stands for nothing."""
    await mei.taps(f"recordings.given:{live}:{URL}")
    target = mei.button("确认")
    first, second = await mei.taps(target), await mei.taps(target)
    forged = await mei.taps("recordings.put:1")

    assert [r.key for r in (first, second, forged)] == [
        "recordings.is_set",
        "proposing.no_draft",
        "errors.confirm_again",
    ]


async def test_a_cancelled_class_has_no_recording(chat, mei):
    """Its page says that it is off."""
    (live,) = await on_air(chat, row(), state="cancelled")

    assert (await mei.taps(f"recordings:{live}")).key == "recordings.cancelled"
