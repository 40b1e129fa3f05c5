import csv
import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import campaign as campaigns
from bot import importing, livestream_file
from bot.importing import Place
from bot.livestream_file import Row
from bot.sheets import UnreadableError
from storage import deployment, items, livestreams
from tests.engine.test_catalogue import workbook
from tests.processes import run

HEAD = "topic,start,minutes,lecturer,summary,address,unit,replay"
GOOD = "红楼,2022-06-18 19:00,60,某老师,一句话,https://live.example/1,朱家角镇,"
CAMPAIGN = campaigns.load("qingpu_2022")
SETTING = importing.setting(CAMPAIGN)


def parse(*lines, head=HEAD):
    """Read a file of these lines."""
    return livestream_file.read("\n".join((head, *lines)).encode(), SETTING)


def at(text):
    """Return a moment in the city."""
    return datetime.fromisoformat(f"{text}+08:00")


def test_a_good_row_is_taken_as_it_is():
    """Each column finds its place; the start is campaign time, the unit its id."""
    address = "https://live.example/1"
    assert parse(GOOD).rows == [
        Row("红楼", at("2022-06-18 19:00"), 60, "某老师", "一句话", address, "zhujiajiao", None)
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2022-06-18 19:00,60,,,https://x.example,,", "livestream_file.no_topic"),
        (f"{'字' * 201},2022-06-18 19:00,60,,,https://x.example,,", "catalogue.too_long"),
        ("x,,60,,,https://x.example,,", "livestream_file.start"),
        ("x,2022-06-18,60,,,https://x.example,,", "livestream_file.start"),
        ("x,2022-02-30 19:00,60,,,https://x.example,,", "livestream_file.start"),
        ("x,2022-06-18 24:00,60,,,https://x.example,,", "livestream_file.start"),
        ("x,18.6.2022 19:00,60,,,https://x.example,,", "livestream_file.start"),
        ("x,0001-01-01 00:00,60,,,https://x.example,,", "livestream_file.start"),
        ("x,2022-06-18 19:00,0,,,https://x.example,,", "livestream_file.minutes"),
        ("x,2022-06-18 19:00,,,,https://x.example,,", "livestream_file.minutes"),
        ("x,2022-06-18 19:00,1441,,,https://x.example,,", "livestream_file.minutes"),
        ("x,2022-06-18 19:00,一小时,,,https://x.example,,", "livestream_file.minutes"),
        ("x,2022-06-18 19:00,60,,,,,", "catalogue.url"),
        ("x,2022-06-18 19:00,60,,,javascript:alert(1),,", "catalogue.url"),
        ("x,2022-06-18 19:00,60,,,https://x.example,,ftp://x.example", "catalogue.url"),
        ("x,2022-06-18 19:00,60,,,https://x.example,亚特兰蒂斯,", "livestream_file.unit"),
        (GOOD, "catalogue.twice"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_reason(row, reason):
    """The first thing that is wrong is said; the good rows around it are taken."""
    parsed = parse(GOOD, row)

    assert [(p.line, p.phrase.key) for p in parsed.problems] == [(3, reason)]
    assert len(parsed.rows) == 1


@pytest.mark.parametrize(
    "row",
    [
        "红楼,２０２２-０６-１８　１９：００,６０,,,https://live.example/1,zhujiajiao,",
        " 红楼 ,2022-06-18T19:00, 60 ,,,https://live.example/1,Zhujiajiao Town,",
        "红\0楼,2022-06-18 19:00:00,60.0,,,https://live.example/1,朱家角镇,",
    ],
)
def test_small_slips_are_forgiven(row):
    """Full-width signs, seconds of a workbook, either name of a unit do not cost a row."""
    [found] = parse(row).rows

    assert (found.topic, found.start, found.minutes, found.unit) == (
        "红楼",
        at("2022-06-18 19:00"),
        60,
        "zhujiajiao",
    )


def test_a_workbook_with_real_dates_is_read():
    """A cell that Excel made a date of is the same moment."""
    start = datetime.fromisoformat("2022-06-18T19:00:00")
    data = workbook(
        HEAD.split(","), ["红楼", start, 60, "某老师", None, "https://live.example/1", None, None]
    )

    [found] = livestream_file.read(data, SETTING).rows

    assert (found.start, found.unit, found.summary) == (at("2022-06-18 19:00"), None, "")


def test_a_header_that_lacks_something_is_said_so():
    """The file as a whole is refused with what is missing; unknown columns are named."""
    with pytest.raises(UnreadableError) as refused:
        parse(head="topic,start")

    assert refused.value.phrase.params == {"missing": "minutes, address"}
    assert parse(f"{GOOD},x", head=f"{HEAD},extra").ignored == ("extra",)


@given(st.lists(st.lists(st.text(max_size=30), min_size=8, max_size=8), max_size=8))
def test_whatever_the_cells_hold_is_a_good_row_or_a_reason(cells):
    """Any text in any cell, never a fault."""
    out = io.StringIO()
    csv.writer(out).writerows([HEAD.split(","), *cells])

    parsed = livestream_file.read(out.getvalue().encode("utf-8", "replace"), SETTING)

    assert all(row.topic and row.minutes and row.start.tzinfo for row in parsed.rows)


def test_the_bundled_sample_is_good():
    """Twelve classes over the first phase, held by towns, with no real lecturer, no bad row."""
    parsed = livestream_file.read(livestream_file.bundled("qingpu_2022"), SETTING)
    days = [CAMPAIGN.day(row.start) for row in parsed.rows]

    assert parsed.problems == []
    assert len(parsed.rows) == 12
    assert days == sorted(days)
    assert all(CAMPAIGN.phase(day).scores for day in days)
    assert {row.lecturer for row in parsed.rows} == {"某老师"}
    assert {row.unit for row in parsed.rows} == {town.id for town in CAMPAIGN.towns}
    assert all(row.address.startswith("https://live.example.org/") for row in parsed.rows)


async def test_a_fresh_demo_has_both_samples(database, clock):
    """The catalogue and the livestreams; again nothing is doubled."""
    async with database.transaction() as db:
        campaign_id = await deployment.campaign(db, "qingpu_2022")
    place = Place(database, CAMPAIGN, campaign_id)

    for _ in range(2):
        await importing.furnish(place, at=clock.now())

    async with database.reading() as db:
        assert await items.count(db, "book") > 0
        assert await livestreams.count_coming(db, campaign_id, clock.now()) == 11
        assert await livestreams.count_past(db, campaign_id, clock.now()) == 1


async def test_the_command_previews_and_takes_over(tmp_path):
    """Bad rows by line and reason, nothing without --yes, nothing twice, beside a catalogue."""
    classes, catalogue = tmp_path / "a.csv", tmp_path / "b.csv"
    classes.write_text(f"{HEAD}\n{GOOD}\nx,bad,60,,,https://x.example,,\n", encoding="utf-8")
    catalogue.write_text("kind,title,url,minutes\nbook,甲,https://x.example,5\n", encoding="utf-8")
    await run(tmp_path, "db", "upgrade")

    asked = await run(tmp_path, "import", str(classes))
    taken = await run(tmp_path, "import", str(classes), str(catalogue), "--yes")
    again = await run(tmp_path, "import", str(classes), "--yes")

    assert asked[0] == 1
    assert "1 good rows (1 new" in asked[1]
    assert "line 3: start “bad” is not understood" in asked[1]
    assert "Nothing was written" in asked[1]
    assert taken[0] == 0
    assert taken[1].count("Taken over: 1 new") == 2
    assert "(0 new, 0 changed, 1 as they are)" in again[1]
