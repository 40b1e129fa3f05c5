"""A new campaign file from an old one: shifted, commented, validated, never over another file."""

from datetime import date, timedelta

import pytest

from bot import campaign as campaigns
from bot import new_campaign
from bot.campaign import BUNDLED, CampaignError
from tests.processes import run

OLD = BUNDLED / "qingpu_2022.toml"
START = date(2024, 4, 20)


def test_next_years_file_is_the_old_one_with_its_dates_moved(tmp_path):
    """Durations, order, comments and everything else stay; the id and the year in the name do not.

    The new file is made from again, over a leap day, and a file of another hand works as well.
    """
    old = campaigns.load()
    made, stale = new_campaign.write("qingpu_2022", tmp_path / "qingpu_2024.toml", START)
    again, _ = new_campaign.write(
        str(tmp_path / "qingpu_2024.toml"), tmp_path / "next.toml", date(2025, 1, 31)
    )
    before = OLD.read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "qingpu_2024.toml").read_text(encoding="utf-8").splitlines()
    changed = [line for line, other in zip(before, after, strict=True) if line != other]

    by = START - old.start
    assert made == campaigns.load(str(tmp_path / "qingpu_2024.toml"))
    assert (made.campaign.id, again.campaign.id) == ("qingpu_2024", "next")
    assert made.campaign.name == "2024年青浦市民终身学习数字阅读活动"
    assert made.campaign.name_en.endswith(" 2024")
    assert [(p.start, p.end) for p in made.phases] == [
        (p.start + by, p.end + by) for p in old.phases
    ]
    assert made.campaign.deadlines.report == old.campaign.deadlines.report + by
    assert again.until - again.start == made.until - made.start == old.until - old.start
    assert made.units == old.units
    assert made.campaign.platforms == old.campaign.platforms
    assert len(changed) == 3 + 2 + 6  # id and names, deadlines, phases
    assert stale == [1]

    odd = OLD.read_text(encoding="utf-8").replace(
        'theme_en = "',
        'theme_en = """2022-04-23 stays # and so does id = \\"x\\" """ # 2022-04-23\n#',
    )
    (tmp_path / "odd.toml").write_text(odd, encoding="utf-8", newline="\r\n")
    new_campaign.write(str(tmp_path / "odd.toml"), tmp_path / "odd_24.toml", START)
    text = (tmp_path / "odd_24.toml").read_text(encoding="utf-8")
    assert '"""2022-04-23 stays # and so does id = \\"x\\" """ # 2022-04-23\n' in text


@pytest.mark.parametrize(
    ("old", "new", "start", "said"),
    [
        ("qingpu_2022", "there.toml", START, "is there already"),
        ("qingpu_2022", "qingpu_2022.toml", START, "the id of the old campaign"),
        ("qingpu_2022", "Nächste.toml", START, "must be named like"),
        ("qingpu_2022", "next", START, "must be named like"),
        ("qingpu_2022", "no/next.toml", START, "cannot be written"),
        ("nowhere", "next.toml", START, "There is no campaign"),
        ("qingpu_2022", "next.toml", date(9999, 12, 31), "The start must lie"),
        ("qingpu_2022", "next.toml", date(2021, 1, 1), "The start must lie"),
        ("inline.toml", "next.toml", START, "copy it by hand"),
        ("wrong.toml", "next.toml", START, "line 5: "),
    ],
)
def test_whatever_is_wrong_writes_nothing(tmp_path, monkeypatch, old, new, start, said):
    """One sentence, and no file, not even half of one."""
    monkeypatch.chdir(tmp_path)
    text = OLD.read_text(encoding="utf-8")
    (tmp_path / "there.toml").write_text("mine", encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(text.replace('id = "', 'id = "-', 1), encoding="utf-8")
    inline = text.replace('[campaign]\nid = "qingpu_2022"\n', '[campaign]\n"id" = "old"\n', 1)
    (tmp_path / "inline.toml").write_text(inline, encoding="utf-8")
    files = sorted(tmp_path.iterdir())

    with pytest.raises(CampaignError) as caught:
        new_campaign.write(old, tmp_path / new if "/" not in old else new, start)

    assert said in str(caught.value)
    assert sorted(tmp_path.iterdir()) == files
    assert (tmp_path / "there.toml").read_text(encoding="utf-8") == "mine"


async def test_the_command_says_what_is_left_to_do(tmp_path):
    """`shuxiang new-campaign OLD NEW --start DATE`."""
    new = tmp_path / "qingpu_2023.toml"
    command = ("new-campaign", "qingpu_2022", str(new), "--start")
    well = await run(tmp_path, *command, "2023-04-22")
    again = await run(tmp_path, *command, "2023-04-22")
    wrong = await run(tmp_path, *command, "23.4.2023")

    made = campaigns.load(str(new))
    assert well[0] == 0
    assert "line 1" in well[1]
    assert f"SHUXIANG_CAMPAIGN={new}" in well[1]
    assert (again[0], again[1].count("\n")) == (1, 1)
    assert wrong[0] != 0
    assert made.last_day - made.start == timedelta(days=191)
