"""A wrong campaign file: each kind of mistake is told by line, field and reason."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import campaign as campaigns
from bot.campaign import BUNDLED, CampaignError
from bot.campaign_file import places

TEXT = (BUNDLED / "qingpu_2022.toml").read_text(encoding="utf-8")


def complaint(path, text):
    """Load a text that is wrong; return what is said, without the path."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CampaignError) as caught:
        campaigns.load(str(path))
    return str(caught.value).removeprefix(f"{path}, ")


def line_of(text, anchor, nth=1):
    """Return the line on which the anchor stands for the n-th time."""
    parts = text.split(anchor)
    return anchor.join(parts[:nth]).count("\n") + 1


def case(old, new, field, said, *, id, at=None):  # noqa: A002 - as pytest.param has it
    """Replace a text by another; the mistake stands where the text was, unless told."""
    return pytest.param(old, new, field, said, at or line_of(TEXT, old), id=id)


def header(name, n=1):
    """Return the line of the n-th header of this name."""
    return line_of(TEXT, name, n)


# What is replaced, by what, the field that is wrong then, and what is said about it.
MISTAKES = [
    case('id = "book"', 'id = "book', "TOML", "", id="syntax"),
    case(
        'id = "book"',
        'id = "book"\nid = "b"',
        "TOML",
        "",
        id="key twice",
        at=line_of(TEXT, 'id = "book"') + 1,
    ),
    case(
        "cap = 5",
        "cap = 5\ncpa = 5",
        "activities[5].cpa",
        "not a known",
        id="unknown",
        at=line_of(TEXT, "cap = 5") + 1,
    ),
    case(
        "cap = 5\n",
        "",
        "activities[5].cap",
        "is missing",
        id="missing",
        at=header("[[activities]]", 5),
    ),
    case("cap = 5", "cap = '5'", "activities[5].cap", "whole number", id="type number"),
    case('theme = "', 'theme = 5 # "', "campaign.theme", "must be text", id="type text"),
    case("scores = true", "scores = 1", "phases[1].scores", "true or false", id="bool"),
    case("2022-10-06", "'2022-10-06'", "phases[1].end", "must be a date", id="type date"),
    case("2022-10-06", "2022-02-30", "TOML", "", id="no such date"),
    case("[contact]", "[[contact]]", "contact", "must be a table", id="type table"),
    case('name = "签到"', 'name = " "', "activities[5].name", "not be empty", id="empty"),
    case("ties = [", "ties = [] # ", "selection.ties", "not be empty", id="empty list"),
    case("2022-10-06", "2022-04-22", "phases[1].end", "before start", id="ends early"),
    case("2022-10-07", "2022-10-06", "phases[2].start", "2022-10-07", id="overlap"),
    case("2022-10-07", "2022-10-08", "phases[2].start", "2022-10-07", id="gap"),
    case("2022-10-31", "2023-10-31", "phases[3].end", "longer than 300", id="long"),
    case("2022-10-31", "9999-12-31", "phases[3].end", "less than 2100", id="far"),
    case('id = "audio"', 'id = "book"', "activities[4].id", "used twice", id="twins"),
    case('"jinze"', '"baihe"', "units[11].id", "used twice", id="unit twins"),
    case('"金泽镇"', '"白鹤镇"', "units[11].name", "used twice", id="name twins"),
    case('"session"', '"often"', "activities[3].repeat", "should be 'once'", id="repeat"),
    case("points = 5", "points = 0", "activities[3].points", "than 0", id="no points"),
    case("points = 5", "points = -5", "activities[3].points", "than 0", id="negative"),
    case("cap = 5", "cap = 4", "activities[5].cap", "at least points, 5", id="low cap"),
    case(
        "join_before_minutes = 10",
        "join_before_minutes = 1441",
        "activities[3].join_before_minutes",
        "less than or equal to 1440",
        id="let in days before",
    ),
    case(
        'repeat = "session"',
        'repeat = "daily"',
        "activities[3].join_before_minutes",
        "by session",
        id="let in to no session",
        at=line_of(TEXT, "join_before_minutes = 10"),
    ),
    case('id = "book"', 'id = "Book"', "activities[2].id", "must match", id="id case"),
    case('"book"', f'"{"b" * 33}"', "activities[2].id", "must match", id="id length"),
    case('"baihe"', f'"{"b" * 25}"', "units[8].id", "{0,23}", id="unit id length"),
    case('"qushuiyuan"', f'"{"q" * 23}"', "places[1].id", "{0,21}", id="place id length"),
    case('"baihe"', '"白鹤"', "units[8].id", "must match", id="id letters"),
    case("Asia/Shanghai", "Asia/Qingpu", "campaign.zone", "known time zone", id="zone"),
    case('"Asia/Shanghai"', "8", "campaign.zone", "must be text", id="zone type"),
    case("Asia/Shanghai", "../etc", "campaign.zone", "known time zone", id="zone path"),
    case(
        '"checkin"',
        '"visit"',
        "activities",
        "whose id is checkin",
        id="no checkin",
        at=header("[[activities]]"),
    ),
    case(
        "target = 1600\n",
        "",
        "units[6].target",
        "for a town",
        id="no target",
        at=header("[[units]]", 6),
    ),
    case(
        '"town"',
        '"bureau"',
        "units[1].target",
        "only for a town",
        id="not a town",
        at=line_of(TEXT, "target = "),
    ),
    case('"town"', '"village"', "units[1].kind", "should be", id="unit kind"),
    case('"22:00"', '"22:60"', "pushes.quiet_from", "like 22:00", id="quiet hours"),
    case('"22:00"', "22:00:00", "pushes.quiet_from", "like 22:00", id="quiet type"),
    case('"07:30"', '"22:00"', "pushes.quiet_until", "must differ", id="always quiet"),
    case('phase_push = "09:00"', 'phase_push = "9 am"', "pushes.phase_push", "22:00", id="hour"),
    case('phase_push = "09:00"', 'phase_push = "22:00"', "pushes.phase_push", "quiet", id="asleep"),
    case('live_eve = "18:00"', 'live_eve = "07:29"', "pushes.live_eve", "quiet", id="too early"),
    case('"09:00"', '"08:00"', "pushes.weekly_push", "weekly_freeze", id="unfrozen"),
    case("videos = 25", "videos = 26", "selection.lists[1].weights", "100", id="weights"),
    case("{ participants", "{ people", "selection.lists[3].weights", "", id="measure"),
    case('["video"]', '["film"]', "selection.counts.videos", "known activities", id="counts"),
    case(', livestreams = ["live"] }', " }", "selection.counts", "be for online", id="no counts"),
    case("_max = 3", "_max = 1", "campaign.deadlines.report_cases_max", "", id="cases"),
    case('"http://www.s', '"www.s', "campaign.platforms[2].url", "must match", id="url"),
    case('"nudge"', '"live"', "pushes.kinds[7].id", "used twice", id="kind twins"),
    case("[[phases]]", "[[periods]]", "periods", "not a known", id="unknown table"),
    case("[contact]", "[people]", "people", "not a known", id="table misspelt"),
]


@pytest.mark.parametrize(("old", "new", "field", "said", "line"), MISTAKES)
def test_a_mistake_is_told_with_line_field_and_reason(tmp_path, old, new, field, said, line):
    """Each kind of mistake is one sentence that names the place."""
    told = complaint(tmp_path / "wrong.toml", TEXT.replace(old, new, 1))

    assert told.startswith(f"line {line}: {field} ")
    assert said in told
    assert (told.splitlines(), told[-1]) == ([told], ".")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "line 1: campaign is missing."),
        (b"[campaign]\nname = '\xff'\n", "line 2: text is not UTF-8."),
        (b"a = " + b"[" * 100_000, "line 1: TOML is nested too deeply."),
        (b'"a\\nb" = 1', "line 1: a b is not a known field."),
        (b"a = [", "line 1: TOML cannot be understood, Invalid value."),
        (b"campaign = 5\n", "line 1: campaign must be a table."),
        (b"phases = 5\n", "line 1: phases must be a list."),
    ],
    ids=["empty", "not utf-8", "deep", "odd key", "unfinished", "no table", "no list"],
)
def test_a_file_that_is_no_campaign_is_told_in_one_sentence(tmp_path, content, expected):
    """Emptiness, another encoding and nonsense are mistakes like any other."""
    path = tmp_path / "wrong.toml"
    path.write_bytes(content)

    with pytest.raises(CampaignError) as caught:
        campaigns.load(str(path))

    assert str(caught.value) == f"{path}, {expected}"


def test_a_campaign_without_a_town_is_refused(tmp_path):
    """Somewhere people must live."""
    text = TEXT.replace('kind = "town"', 'kind = "school"')
    text = re.sub(r"^target = .*$", "", text, flags=re.MULTILINE)

    told = complaint(tmp_path / "wrong.toml", text)

    assert told == f"line {header('[[units]]')}: units must have at least one town."


def test_a_misspelt_field_is_told_before_the_missing_one(tmp_path):
    """Of the two mistakes in one misspelling, the one with a line to look at is told."""
    told = complaint(tmp_path / "wrong.toml", TEXT.replace("minutes_min = 1", "minute_min = 1"))

    line = line_of(TEXT, "minutes_min = 1")
    assert told == f"line {line}: activities[1].minute_min is not a known field."


def test_a_file_that_is_not_there_is_told_in_one_sentence(tmp_path):
    """The path and the system's reason are said."""
    path = tmp_path / "none.toml"

    with pytest.raises(CampaignError) as caught:
        campaigns.load(str(path))

    assert str(caught.value) == f"{path} cannot be read: No such file or directory."


def test_a_file_without_end_is_not_read(tmp_path):
    """A campaign is a small file; whatever is longer was named by mistake."""
    path = tmp_path / "long.toml"
    path.write_bytes(b"#" * 1_000_001)

    with pytest.raises(CampaignError) as caught:
        campaigns.load(str(path))

    assert str(caught.value) == f"{path} is longer than 1000000 bytes."


@pytest.mark.parametrize("name", ["", "atlantis_2099", "qingpu_2022\0", "..", "a\nb"])
def test_an_unknown_name_is_told_with_the_known_ones(name):
    """Who misspells a bundled name sees those there are."""
    with pytest.raises(CampaignError) as caught:
        campaigns.load(name)

    assert str(caught.value) == (
        f"There is no campaign {name!r}: give the path of a .toml file or one of qingpu_2022."
    )


@pytest.mark.parametrize("path", ["/", "a\0/b", ".toml/", "x" * 5000 + ".toml"])
def test_an_impossible_path_is_told_in_one_sentence(path):
    """A folder, a NUL and an endless name are no files."""
    with pytest.raises(CampaignError, match=r"\A[^\n]* cannot be read: [^\n]+\.\Z"):
        campaigns.load(path)


@pytest.mark.parametrize(
    "content",
    [TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.replace("\n", "\r\n").encode()],
    ids=["plain", "with a byte-order mark", "with Windows line ends"],
)
def test_a_path_is_read_whatever_editor_wrote_it(tmp_path, content):
    """A copy of the bundled file is the same campaign."""
    path = tmp_path / "copy.toml"
    path.write_bytes(content)

    assert campaigns.load(str(path)) == campaigns.load("qingpu_2022")


@settings(deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 40), st.text("[]{}=\"'#,.\n a1-:", max_size=4))
def test_any_damage_is_told_in_one_sentence(tmp_path_factory, start, gone, more):
    """Whatever is cut out and put in, the file is accepted or one sentence says why not."""
    path = tmp_path_factory.getbasetemp() / "damaged.toml"
    path.write_text(TEXT[:start] + more + TEXT[start + gone :], encoding="utf-8")
    told = "line 0: accepted."

    try:
        campaigns.load(str(path))
    except CampaignError as error:
        told = str(error).removeprefix(f"{path}, ")

    assert re.fullmatch(r"line \d+: [^\n]+\.", told)


TRICKY = """\
top = 1 # = [
[a] # [b]
text = \"\"\"
fake = 1
[[fake]]
\"\"\"
quoted = "x = [1"
"key" = 'a " b' # "
list = [
  [1, 2],
  { x = 1, y = "}" },
  # { x = 0 },
  { x = 2 },
]
[[b]]
[[b.c]]
[b.c.d]
e.f = 1
[[b.c]]
[[b]]
  [[ b . c ]]
z = {}
"""


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("top",), 1),
        (("a",), 2),
        (("a", "text"), 3),
        (("a", "quoted"), 7),
        (("a", "key"), 8),
        (("a", "list"), 9),
        (("a", "list", 0), 10),
        (("a", "list", 0, 1), 10),
        (("a", "list", 1, "y"), 11),
        (("a", "list", 2, "x"), 13),
        (("b",), 15),
        (("b", 0), 15),
        (("b", 0, "c", 0), 16),
        (("b", 0, "c", 0, "d", "e", "f"), 18),
        (("b", 0, "c", 1), 19),
        (("b", 1), 20),
        (("b", 1, "c", 0), 21),
        (("b", 1, "c", 0, "z"), 22),
        (("fake",), None),
        (("a", "fake"), None),
    ],
)
def test_places_are_found_in_any_text(place, expected):
    """Comments, texts of many lines, nested lists and dotted keys do not confuse it."""
    assert places(TRICKY).get(place) == expected
