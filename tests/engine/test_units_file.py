import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import units_file
from bot.sheets import UnreadableError
from bot.units_file import Row, Setting

HEAD = "kind,name,town,target,must_join,reporter"
TOWNS = {"朱家角镇": "zhujiajiao", "zhujiajiao": "zhujiajiao", "zhujiajiao town": "zhujiajiao"}
GOOD = "team,放生桥读书会,朱家角镇,30,是,"


def parse(*lines, head=HEAD, encoding="utf-8"):
    """Read a file of these lines."""
    return units_file.read("\n".join((head, *lines)).encode(encoding), Setting(TOWNS))


def test_good_rows_are_taken_as_they_are():
    """A town, a bureau without a town, a school of one, a team that must join."""
    lines = (
        "town,朱家角镇,,1500,,",
        "bureau,区文旅局,,,no,张老师",
        "school,一中,Zhujiajiao Town,0,0,",
    )

    assert parse(*lines, GOOD).rows == [
        Row("town", "朱家角镇", "zhujiajiao", 1500, must_join=None, reporter=None),
        Row("bureau", "区文旅局", None, None, must_join=False, reporter="张老师"),
        Row("school", "一中", "zhujiajiao", 0, must_join=False, reporter=None),
        Row("team", "放生桥读书会", "zhujiajiao", 30, must_join=True, reporter=None),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("village,x,,,,", "catalogue.kind"),
        (",x,,,,", "catalogue.kind"),
        ("team,,朱家角镇,,,", "units_file.no_name"),
        (f"team,{'字' * 65},朱家角镇,,,", "catalogue.too_long"),
        (f"bureau,x,,,,{'字' * 65}", "catalogue.too_long"),
        ("team,x,,,,", "units_file.no_town"),
        ("team,x,亚特兰蒂斯,,,", "units_file.town"),
        ("bureau,x,亚特兰蒂斯,,,", "units_file.town"),
        ("town,亚特兰蒂斯,,,,", "units_file.town"),
        ("team,x,朱家角镇,很多,,", "units_file.target"),
        ("team,x,朱家角镇,-1,,", "units_file.target"),
        ("team,x,朱家角镇,1.5,,", "units_file.target"),
        ("team,x,朱家角镇,10000001,,", "units_file.target"),
        ("team,x,朱家角镇,,maybe,", "units_file.must_join"),
        (GOOD, "catalogue.twice"),
        (GOOD.replace("朱家角镇", "ZHUJIAJIAO").replace("30", "40"), "catalogue.twice"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_reason(row, reason):
    """The first thing that is wrong is said; the good rows around it are taken."""
    parsed = parse(GOOD, row)

    assert [(p.line, p.phrase.key) for p in parsed.problems] == [(3, reason)]
    assert len(parsed.rows) == 1


@pytest.mark.parametrize(
    ("cell", "must_join"),
    [("是", True), ("Yes", True), ("TRUE", True), ("１", True), ("必建", True),
     ("否", False), ("no", False), ("False", False), ("0", False), ("", None)],
)  # fmt: skip
def test_yes_and_no_are_understood_as_people_and_spreadsheets_write_them(cell, must_join):
    """In both languages, in digits, as a workbook's own truth."""
    [row] = parse(f" TEAM , 读书会 ,朱家角镇,３０,{cell},").rows

    assert (row.must_join, row.kind, row.name, row.target) == (must_join, "team", "读书会", 30)


def test_the_same_name_in_another_town_or_kind_is_another_unit():
    """What stands twice is said by its line."""
    towns = Setting({**TOWNS, "练塘镇": "liantang"})
    lines = (HEAD, GOOD, GOOD.replace("朱家角镇", "练塘镇"), GOOD.replace("team", "school"))

    assert units_file.read("\n".join(lines).encode(), towns).problems == []


def test_only_kind_and_name_are_needed():
    """A file without them is refused with what is missing; GB 18030 from Excel is read."""
    with pytest.raises(UnreadableError) as refused:
        parse(head="kind,town")

    assert refused.value.phrase.params == {"missing": "name"}
    assert parse("bureau,区文旅局", head="kind,name", encoding="gb18030").rows[0].name == "区文旅局"


@given(st.lists(st.lists(st.text(max_size=30), min_size=6, max_size=6), max_size=8))
def test_whatever_the_cells_hold_is_a_good_row_or_a_reason(cells):
    """Any text in any cell, never a fault."""
    out = io.StringIO()
    csv.writer(out).writerows([HEAD.split(","), *cells])

    parsed = units_file.read(out.getvalue().encode("utf-8", "replace"), Setting(TOWNS))

    assert all(row.name and row.kind in units_file.KINDS for row in parsed.rows)
