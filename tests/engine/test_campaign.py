"""The bundled campaign: every fact of the announcement that is data."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot import campaign as campaigns
from bot.rules.points import Rate

NAMES = ["夏阳街道", "盈浦街道", "香花桥街道", "赵巷镇", "徐泾镇", "华新镇", "重固镇", "白鹤镇"]
NAMES += ["朱家角镇", "练塘镇", "金泽镇"]
IDS = "xiayang yingpu xianghuaqiao zhaoxiang xujing huaxin chonggu baihe zhujiajiao liantang jinze"
TARGETS = [1500, 1400, 1300, 1200, 1500, 1600, 1000, 1200, 1500, 1300, 1300]


@pytest.fixture(scope="module")
def qingpu():
    """The bundled campaign."""
    return campaigns.load("qingpu_2022")


def test_the_head_says_what_it_is(qingpu):
    """Name, theme, lead, organiser and zone are those of the announcement."""
    head = qingpu.campaign

    assert (head.id, head.name, head.theme, head.lead, head.organiser, head.zone) == (
        "qingpu_2022",
        "2022年青浦市民终身学习数字阅读活动",
        "品味书香，传递阅读力量",
        "青浦区推进学习型社会建设指导委员会办公室",
        "青浦区社区学院",
        "Asia/Shanghai",
    )


def test_the_platforms_stand_beside_the_bot(qingpu):
    """Two sites with their addresses, and the WeChat account without one."""
    assert [(platform.name, platform.url) for platform in qingpu.campaign.platforms] == [
        ("青浦市民学习网", "http://www.qplll.net"),
        ("上海市民学习网", "http://www.shlll.net"),
        ("微信公众号“上海学习网”", ""),
    ]


def test_the_phases_follow_each_other(qingpu):
    """Three phases, of which the first scores."""
    assert [(phase.name, phase.start, phase.end, phase.scores) for phase in qingpu.phases] == [
        ("活动开展", date(2022, 4, 23), date(2022, 10, 6), True),
        ("评选", date(2022, 10, 7), date(2022, 10, 15), False),
        ("表扬推广", date(2022, 10, 16), date(2022, 10, 31), False),
    ]


def test_the_campaign_is_half_open(qingpu):
    """It starts on 23 April, its last day is 31 October, and 1 November is out."""
    assert (qingpu.start, qingpu.last_day, qingpu.until) == (
        date(2022, 4, 23),
        date(2022, 10, 31),
        date(2022, 11, 1),
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 4, 22), None),
        (date(2022, 4, 23), ("activity", True)),
        (date(2022, 10, 6), ("activity", True)),
        (date(2022, 10, 7), ("selection", False)),
        (date(2022, 10, 15), ("selection", False)),
        (date(2022, 10, 16), ("commendation", False)),
        (date(2022, 10, 31), ("commendation", False)),
        (date(2022, 11, 1), None),
    ],
)
def test_each_day_has_its_phase(qingpu, day, expected):
    """The bounds of the file are inclusive, and outside there is no phase."""
    phase = qingpu.phase(day)

    assert (phase and (phase.id, phase.scores)) == expected


def test_the_day_is_the_citys(qingpu):
    """16:00 in Greenwich is midnight in the city."""
    moments = ["2022-04-22T15:59:59.999+00:00", "2022-04-22T16:00:00+00:00"]

    assert [qingpu.day(datetime.fromisoformat(moment)) for moment in moments] == [
        date(2022, 4, 22),
        date(2022, 4, 23),
    ]
    assert qingpu.zone == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("activity", "rate", "repeat", "minutes"),
    [
        ("video", Rate(2, 10), "once", 1),
        ("book", Rate(2, 10), "daily", 5),
        ("live", Rate(5, 10), "session", 0),
        ("audio", Rate(2, 10), "daily", 5),
        ("checkin", Rate(5, 5), "daily", 0),
    ],
)
def test_the_activities_pay_what_was_announced(qingpu, activity, rate, repeat, minutes):
    """Points, caps, repeat rules and minimum minutes are those of the table."""
    found = qingpu.activity(activity)

    assert (qingpu.rate(activity), found.repeat, found.minutes_min) == (rate, repeat, minutes)
    assert found.replay_scores is False
    assert found.join_before_minutes == (10 if activity == "live" else 0)


def test_a_day_yields_45_and_the_first_phase_7515(qingpu):
    """167 scoring days of 45 points each."""
    first = qingpu.phases[0]
    days = (first.end - first.start).days + 1
    a_day = sum(activity.cap for activity in qingpu.activities)

    assert (days, a_day, days * a_day) == (167, 45, 7515)


def test_the_sections_are_named(qingpu):
    """The four sections of the personal study, and signing in."""
    assert [(activity.section, activity.name) for activity in qingpu.activities] == [
        ("成果品鉴", "成果品鉴"),
        ("视听品赏", "经典品阅"),
        ("视听品赏", "品足论道"),
        ("视听品赏", "经典品听"),
        ("品赏留痕", "签到"),
    ]


def test_the_towns_have_their_targets(qingpu):
    """Eleven towns, 14800 participants in all."""
    assert [(town.id, town.name, town.target) for town in qingpu.towns] == list(
        zip(IDS.split(), NAMES, TARGETS, strict=True)
    )
    assert sum(town.target for town in qingpu.towns) == 14800


def test_deadlines_and_the_report_are_data(qingpu):
    """Plans by 7 May, details 10 days before, reports of 1000 characters by 20 September."""
    assert qingpu.campaign.deadlines.model_dump() == {
        "live_plans": date(2022, 5, 7),
        "live_details_days": 10,
        "report": date(2022, 9, 20),
        "report_characters_min": 1000,
        "report_cases_min": 2,
        "report_cases_max": 3,
        "report_pictures_min": 2,
    }


def test_the_selection_is_data(qingpu):
    """A hundred readers, the four lists, and the whole tie chain."""
    lists = [(award.name, award.who) for award in qingpu.selection.lists]

    assert lists == [
        ("百名读书达人", "reader"),
        ("区读书达人", "reader"),
        ("优秀组织单位", "unit"),
        ("区优秀组织单位", "unit"),
    ]
    assert qingpu.selection.lists[0].size == 100
    silent = qingpu.model_copy(
        update={"selection": qingpu.selection.model_copy(update={"counts": {}})}
    )
    assert silent.counts == qingpu.counts  # what the file says is what would be guessed
    assert qingpu.selection.ties == ("points", "checkin_days", "finished", "livestreams", "first")


def test_pushes_keep_the_announced_times(qingpu):
    """Quiet from 22:00 to 07:30, weeks frozen at 08:50 and told at 09:00, three reminders."""
    pushes = qingpu.pushes

    assert (pushes.quiet_from, pushes.quiet_until) == (time(22, 0), time(7, 30))
    assert (pushes.weekly_freeze, pushes.weekly_push) == (time(8, 50), time(9, 0))
    assert (pushes.live_minutes, pushes.late_minutes_max) == ((1440, 30, 0), 30)
    assert pushes.second_person is True


def test_the_contact_is_a_placeholder(qingpu):
    """No real person's data is in the sample."""
    assert (qingpu.contact.phone, qingpu.contact.mailbox) == ("000-00000000", "contact@example.org")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh_CN", "夏阳街道"), ("en", "Xiayang Subdistrict"), ("en_GB", "Xiayang Subdistrict")],
)
def test_names_are_told_in_the_receivers_language(qingpu, language, expected):
    """English for English speakers, Chinese for everybody else."""
    assert qingpu.unit("xiayang").called(language) == expected


def test_what_is_not_in_the_file_is_not_found(qingpu):
    """An unknown unit is None, an unknown activity is our own mistake."""
    assert qingpu.unit("atlantis") is None
    with pytest.raises(KeyError):
        qingpu.rate("photo")
    with pytest.raises(KeyError):
        qingpu.activity("photo")
