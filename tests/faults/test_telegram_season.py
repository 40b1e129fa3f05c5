"""The program as a process, Telegram emulated over HTTP: a scenario, outages and kills."""

import random

from tests.faults.season import offenders
from tests.gates import LONG
from tests.processes import ROOT, run, serving
from tests.telegram_api import TOKEN
from tests.telegram_chats import HANG_AFTER

KILLS = 10 if LONG else 4
SEED = 20220423


async def joined(api, number, town="xiayang"):
    """Bring somebody through first contact by a deep link."""
    person = api.person(number)
    await person.says(f"/start town_{town}")
    assert "书香" in (await person.hears()).text
    await person.taps("我已满14周岁，同意")
    assert "读者" in (await person.hears()).text
    return person


async def test_a_season_over_http(api, settings, tmp_path):
    """Deep link, two check-ins, an outage with messages waiting, the next day, phase 2."""
    owner = api.person(1)
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        ming = await joined(api, 42, "zhujiajiao")
        await ming.taps("签到")
        first = (await ming.hears()).text
        await ming.says("打卡")
        second = (await ming.hears()).text

        await api.until(lambda: not api.pending)
        await api.stop()  # the platform is away; people write on
        await owner.says("/clock +1d")
        await ming.says("签到")
        await api.start()
        assert "2022-05-02" in (await owner.hears()).text
        await ming.hears()

        await owner.says("/clock 2022-10-07T09:00")
        await owner.hears()
        await ming.taps("checkins")
        selection = (await ming.hears()).text
        status, errors = await process.stop()

    assert "+5" in first
    assert "5/5" in first
    assert "+" not in second
    assert "5/5" in second
    assert "+" not in selection
    assert "评选" in selection
    assert (status, TOKEN in errors, "Traceback" in errors) == (0, False, False), errors
    assert (await offenders(settings["DATABASE_URL"]))[0] == []


async def test_five_videos_and_a_sixth(api, settings, tmp_path):
    """Ten of ten, then the reason; on another day the sixth scores after all."""
    sample = ROOT / "bot" / "campaigns" / "qingpu_2022_catalogue.csv"
    await run(tmp_path, "import", str(sample), "--yes", **settings)
    owner, answers = api.person(1), []
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        ming = await joined(api, 42)

        async def opened(number):
            await ming.says("视频")
            await ming.hears()
            await ming.says(str(number))
            return (await ming.hears()).text

        async def finished(numbers):
            await owner.says("/clock +2m")
            await owner.hears()
            for number in numbers:
                await opened(number)
                await ming.taps("我看完了")
                answers.append((await ming.hears()).text)

        for number in range(1, 7):
            assert "我看完了" in await opened(number)
        await finished(range(1, 7))
        await owner.says("/clock +2d")  # the next day is a Monday, when the bot has news of its own
        await owner.hears()
        await opened(6)
        await finished([6])
        await process.stop()

    assert ["+2" in answer for answer in answers] == [True] * 5 + [False, True]
    assert "10/10" in answers[4]
    assert "已经拿满（今日 10/10）" in answers[5]
    assert "今日 2/10" in answers[6]
    assert (await offenders(settings["DATABASE_URL"]))[0] == []


async def test_updates_that_waited_ten_minutes_are_all_answered(api, settings, tmp_path):
    """While the bot is down Telegram keeps what people write; afterwards each is paid once."""
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        crowd = [await joined(api, 100 + n) for n in range(20)]
        await process.stop()
    for person in crowd:
        await person.says("签到")
        await person.says("签到")

    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        answers = [[(await p.hears()).text, (await p.hears()).text] for p in crowd]
        await process.stop()

    assert ["+5" in first and "+5" not in second for first, second in answers] == [True] * 20
    assert (await offenders(settings["DATABASE_URL"])) == ([], 20, 100)


async def test_kills_between_commit_and_answer_lose_and_double_nothing(api, settings, tmp_path):
    """Each kill -9 with the award committed and its answer cut off: the retry reads +5 again."""
    chance = random.Random(SEED)
    serve = {"TELEGRAM_API_URL": api.url, **settings}
    async with serving(tmp_path, **serve) as process:
        crowd = [await joined(api, 100 + n) for n in range(KILLS * 3)]
        await process.stop()
    answered, cut_off = [], 0
    for start in range(0, len(crowd), 3):
        three = crowd[start : start + 3]
        async with serving(tmp_path, **serve) as process:
            for person in answered[-3:]:
                assert "+5" in (await person.hears()).text, (SEED, start)
            sent = len(api.called("sendMessage"))
            api.fail("sendMessage", HANG_AFTER)  # the answer is on its way, nobody hears of it
            for person in chance.sample(three, 3):
                await person.says("签到")
            await api.until(lambda sent=sent: len(api.called("sendMessage")) > sent, 60)
            await process.kill()
            answered += three
            cut_off += 1
    async with serving(tmp_path, **serve) as process:
        for person in answered[-3:]:
            assert "+5" in (await person.hears()).text, SEED
        await process.stop()

    assert cut_off == KILLS
    assert (await offenders(settings["DATABASE_URL"])) == ([], KILLS * 3, KILLS * 3 * 5)


async def test_random_kills_under_load_keep_every_answer_true(api, settings, tmp_path):
    """Kills at any moment: whoever tapped is paid once in the end, and reads it."""
    chance = random.Random(SEED)
    serve = {"TELEGRAM_API_URL": api.url, **settings}
    async with serving(tmp_path, **serve) as process:
        crowd = [await joined(api, 500 + n) for n in range(40)]
        await process.stop()
    for person in crowd:
        await person.says("签到")
    for _ in range(4):
        async with serving(tmp_path, **serve) as process:
            aim = len(api.called("sendMessage")) + chance.randint(1, 8)
            await api.until(
                lambda aim=aim: len(api.called("sendMessage")) >= aim or not api.pending, 20
            )
            await process.kill()
    async with serving(tmp_path, **serve) as process:
        await api.until(lambda: not api.pending, 60)
        await process.stop()

    heard = [(await person.hears()).text for person in crowd]
    assert ["+5" in said for said in heard] == [True] * 40, SEED
    assert (await offenders(settings["DATABASE_URL"])) == ([], 40, 200)
    assert (await run(tmp_path, "audit", **settings))[0] == 0


async def test_a_group_is_bound_and_told_over_http(api, settings, tmp_path):
    """The owner binds a group to a town; half an hour before its class the group reads of it."""
    sample = ROOT / "bot" / "campaigns" / "qingpu_2022_livestreams.csv"
    await run(tmp_path, "import", str(sample), "--yes", **settings)
    owner, group = api.person(1), api.group(-100)
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        await owner.says("/unit 朱家角镇")
        page = (await owner.hears()).text
        await owner.taps("加入链接")
        link = (await owner.hears()).text
        await owner.says("/bind 朱家角镇", chat=group)
        await group.hears()
        await owner.taps("确认", chat=group)
        await group.hears()
        await owner.says("/clock 2022-06-18T18:30")
        reminder = await group.hears()
        status, errors = await process.stop()

    assert "登记人数：0" in page
    assert "https://t.me/Shuxiang_bot?start=unit_zhujiajiao" in link
    assert "在运河边读《西游记》" in reminder.text
    assert reminder.buttons[0][0][1].startswith("https://t.me/Shuxiang_bot?start=live_")
    assert (status, "Traceback" in errors) == (0, False), errors
    assert (await offenders(settings["DATABASE_URL"]))[0] == []
