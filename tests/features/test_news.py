from bot import campaign as campaigns
from tests.chat import Chat
from tests.push import Worker


async def test_a_new_phase_is_told_on_its_first_morning(chat, clock):
    """What it is, until when, and that nothing scores any more."""
    worker = Worker(chat)
    await chat.join("ming")
    for moment in ("2022-10-06T09:00", "2022-10-07T08:59", "2022-10-07T09:00", "2022-10-08T09:00"):
        clock.set(f"{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming").count("news.rests") == 1
    reply = next(reply for _, reply in worker.platform.sent if reply.key == "news.rests")
    assert reply.params["last"].isoformat() == "2022-10-15"


async def test_the_hour_is_campaign_data(database, clock, tmp_path):
    """Another campaign tells it at another hour."""
    text = (campaigns.BUNDLED / "qingpu_2022.toml").read_text(encoding="utf-8")
    file = tmp_path / "other.toml"
    file.write_text(text.replace('phase_push = "09:00"', 'phase_push = "10:15"'), encoding="utf-8")
    async with Chat.open(database, clock, campaigns.load(str(file))) as chat:
        worker = Worker(chat)
        await chat.join("ming")
        heard = []
        for moment in ("2022-10-06T10:15", "2022-10-07T10:14", "2022-10-07T10:15"):
            clock.set(f"{moment}:00+08:00")
            await worker.rings()
            heard.append(worker.platform.told("ming").count("news.rests"))

    assert heard == [0, 0, 1]


async def test_the_first_phase_says_that_it_scores(chat, clock):
    """On 23 April, to whoever is there already."""
    worker = Worker(chat)
    clock.set("2022-04-22T12:00:00+08:00")
    await chat.join("ming")
    clock.set("2022-04-23T09:00:00+08:00")
    await worker.rings()

    assert worker.platform.told("ming") == ["news.scores"]
