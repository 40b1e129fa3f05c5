import io

import openpyxl
import pytest

from bot.messages import File
from bot.sheets import FILE_BYTES_MAX, LOCKED, OLD_WORKBOOK
from storage import audit, items, livestreams, units, uploads
from tests import duties
from tests.engine.test_catalogue import workbook
from tests.worker import jobs_of, worked

HEAD = "kind,title,author,url,minutes\n"
BOOKS = HEAD + "book,甲,,https://x.example/1,5\nbook,乙,,https://x.example/2,5\n"
BAD = "film,丙,,https://x.example/3,5\n"
TEAMS = "kind,name,town,target,must_join\nteam,放生桥读书会,朱家角镇,30,是\nschool,一中,,,\n"
LIVES = (
    "topic,start,minutes,address,unit\n红楼,2022-06-18 19:00,60,https://l.example,放生桥读书会\n"
)


def sent(ref="a-file-ref", name="books.csv", size=100, **more):
    """Make what a channel hears of a file."""
    return File(name, size, ref, **more)


async def read(chat, staff, data, **named):
    """Ask for an import, send a file, and return what its sender is told of it."""
    await staff.says("导入")
    data = data.encode() if isinstance(data, str) else data
    file = sent(**named)
    begun = await staff.sends(file)
    assert begun.key == "imports.reading"
    return await worked(chat, staff, {file.ref: data})


async def taken(chat, staff, reply):
    """Confirm a preview, and return what its sender is told in the end."""
    asked = await staff.taps(reply.buttons[0][0].target)
    assert asked.key == "imports.taking"
    return (await worked(chat, staff))[0]


async def count(chat, kind="book"):
    """Count the items through a fresh session."""
    async with chat.database.reading() as db:
        return await items.count(db, kind)


async def test_a_file_is_sent_previewed_confirmed_and_taken_over(chat):
    """Nothing is written before the yes; the bad row is named; the act is in the audit."""
    staff = await duties.appoint(chat, "li", "staff")

    preview, _ = await read(chat, staff, BOOKS + BAD)
    before = await count(chat)
    done = await taken(chat, staff, preview)

    told = {name: preview.params[name] for name in ("rows", "added", "changed", "unchanged")}
    assert told == {"rows": 2, "added": 2, "changed": 0, "unchanged": 0}
    assert preview.params["bad"].params["bad"] == 1
    assert (before, await count(chat)) == (0, 2)
    assert (done.key, done.params["added"], done.params["unchanged"]) == ("imports.taken", 2, 0)
    async with chat.database.reading() as db:
        line = (await audit.newest(db, chat.campaign_id, offset=0, limit=1))[0]
    assert (line.act, line.subject) == ("imported", "books.csv")


async def test_the_same_file_twice_says_nothing_new(chat):
    """And there is nothing to confirm."""
    staff = await duties.appoint(chat, "li", "staff")
    await taken(chat, staff, (await read(chat, staff, BOOKS))[0])

    again, _ = await read(chat, staff, BOOKS, ref="the-second-ref")

    assert again.params["ask"].key == "imports.nothing_new"
    assert all("take" not in each.target for row in again.buttons for each in row)


async def test_confirming_twice_or_after_another_changed_it_doubles_nothing(chat):
    """What is taken over is compared again at that moment."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    wang = await duties.appoint(chat, "wang", "staff", by=owner)
    first, _ = await read(chat, li, BOOKS)
    second, _ = await read(chat, wang, BOOKS, ref="of-another-person")

    await li.taps(first.buttons[0][0].target)
    again = await li.taps(first.buttons[0][0].target)
    mine, _ = await worked(chat, li)
    others = await taken(chat, wang, second)

    assert again.key == "imports.begun"
    assert (mine.params["added"], others.params["added"], others.params["unchanged"]) == (2, 0, 2)
    assert await count(chat) == 2


async def test_only_whoever_sent_it_confirms_and_not_for_ever(chat, clock):
    """A forwarded, a forged, a cancelled and an old button do nothing and say why."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    wang = await duties.appoint(chat, "wang", "staff", by=owner)
    preview, _ = await read(chat, li, BOOKS)
    take, drop = (each.target for each in preview.buttons[0])

    forwarded = await wang.taps(take)
    forged = [await li.taps(f"imports.take:{n}") for n in ("999", "x", "", "1" * 30)]
    dropped = await li.taps(drop)
    after = await li.taps(take)
    preview, _ = await read(chat, li, BOOKS, ref="once-more-the-same")
    clock.ahead(hours=1, seconds=1)
    old = await li.taps(preview.buttons[0][0].target)

    refused = [forwarded, *forged, after, old]
    assert {reply.key for reply in refused} == {"imports.confirm_again"}
    assert dropped.key == "imports.dropped"
    assert await count(chat) == 0


async def test_what_was_confirmed_cannot_be_cancelled_any_more(chat):
    """The other button of the same preview says that it is being taken over, and it is."""
    li = await duties.appoint(chat, "li", "staff")
    preview, _ = await read(chat, li, BOOKS)
    take, drop = (each.target for each in preview.buttons[0])

    await li.taps(take)
    late = await li.taps(drop)
    done, _ = await worked(chat, li)

    assert (late.key, done.key) == ("imports.begun", "imports.taken")
    assert await count(chat) == 2


async def test_a_right_that_is_gone_by_then_imports_nothing(chat):
    """Whoever confirmed and was revoked before the work began changes nothing."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    preview, _ = await read(chat, li, BOOKS)
    await li.taps(preview.buttons[0][0].target)
    number = (await li.says("我的")).params["number"]
    confirm = await owner.says(f"/revoke {number}")
    await owner.taps(confirm.buttons[0][0].target)

    told, _ = await worked(chat, li)

    assert (told.key, told.params["reason"].key) == ("imports.refused", "errors.not_allowed")
    assert await count(chat) == 0
    assert (await li.taps(preview.buttons[0][0].target)).key == "errors.not_allowed"


async def test_units_teams_and_their_livestreams_come_by_file(chat):
    """A team is found by its name in the next file; what a file leaves empty stays."""
    staff = await duties.appoint(chat, "li", "staff")
    await taken(chat, staff, (await read(chat, staff, TEAMS))[0])
    later = "kind,name,town,reporter\nteam,放生桥读书会,朱家角镇,张老师\ntown,朱家角镇,,李老师\n"
    changed, _ = await read(chat, staff, later, ref="the-later-file-of-units")
    await taken(chat, staff, changed)
    await taken(chat, staff, (await read(chat, staff, LIVES, ref="livestreams-of-a-team"))[0])

    async with chat.database.reading() as db:
        [team] = await units.found(db, chat.campaign_id, "放生桥读书会")
        [town] = await units.found(db, chat.campaign_id, "朱家角镇")
        [live] = await livestreams.coming(db, chat.campaign_id, chat.clock.now(), limit=9, offset=0)
    assert (changed.params["added"], changed.params["changed"]) == (0, 2)
    assert (team.town, team.target, team.must_join) == ("zhujiajiao", 30, True)
    assert (team.reporter, town.reporter, town.target > 0) == ("张老师", "李老师", True)
    assert live.unit == team.code


async def test_a_file_nobody_asked_for_is_asked_about(chat):
    """Staff are asked what to do; an organiser, if it is the report; a citizen gets help."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    ming, stranger = await chat.join("ming"), chat.person("stranger")

    asked = await li.sends(sent())
    other = [(await person.sends(sent(ref="of-somebody-else"))).key for person in (zhu, ming)]
    new = await stranger.sends(sent(ref="of-a-stranger-here"))
    begun = await li.taps(asked.buttons[0][0].target)
    told, _ = await worked(chat, li, {"a-file-ref": BOOKS.encode()})
    foreign = await ming.taps(asked.buttons[0][0].target)

    assert (asked.key, asked.params["file"]) == ("imports.what", "books.csv")
    assert (other, new.key) == (["filing.report", "help.lost"], "start.welcome")
    assert (begun.key, told.key) == ("imports.reading", "imports.preview")
    assert foreign.key == "errors.not_allowed"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "sheets.empty"),
        (b"PK\x03\x04broken", "catalogue.no_workbook"),
        (OLD_WORKBOOK + b"x" * 512, "sheets.old"),
        (OLD_WORKBOOK + LOCKED, "sheets.locked"),
        (b"\xff\xd8\xff a picture called books.csv", "sheets.foreign"),
        (b"a,b\n1,2\n", "sheets.unknown"),
        (workbook(["青浦书目"], ["kind", "title", "url", "minutes"]), "sheets.header_line"),
        ("kind,title,url,minutes\nbook,Ärger,x,1".encode("latin-1"), "catalogue.encoding"),
    ],
)
async def test_what_cannot_be_read_is_one_clear_sentence(chat, data, reason):
    """Whatever it is called; and the next file is asked for."""
    staff = await duties.appoint(chat, "li", "staff")

    told, _ = await read(chat, staff, data)

    assert (told.key, told.params["reason"].key) == ("imports.refused", reason)
    assert told.files


async def test_a_file_from_excel_in_its_own_encoding_is_read(chat):
    """GB 18030, as a Chinese Excel saves CSV, under a wrong name; only a header is no row."""
    staff = await duties.appoint(chat, "li", "staff")

    told, _ = await read(chat, staff, BOOKS.encode("gb18030"), name="书目.xlsx")
    empty, _ = await read(chat, staff, HEAD, ref="a-file-with-a-head")

    assert (told.params["rows"], told.params["file"]) == (2, "书目.xlsx")
    assert (empty.params["rows"], empty.params["ask"].key) == (0, "imports.no_rows")


async def test_many_bad_rows_come_as_a_file_of_their_own(chat):
    """The first twenty stand in the message, all of them in the workbook, in the own language."""
    staff = await duties.appoint(chat, "li", "staff")
    staff.language = "en"

    told, rendered = await read(chat, staff, BOOKS + BAD * 25)

    book = openpyxl.load_workbook(io.BytesIO(rendered.document.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(told.params["bad"].params["lines"].phrases) == 20
    assert (told.params["bad"].params["bad"], len(rows)) == (25, 26)
    assert rows[0] == ("Line", "Reason")
    assert rows[-1][0] == 28
    assert "film" in rows[-1][1]


async def test_what_is_too_big_or_a_picture_is_refused_before_it_is_fetched(chat):
    """A hundred megabytes are never asked for."""
    staff = await duties.appoint(chat, "li", "staff")
    await staff.says("导入")

    big = await staff.sends(sent(size=FILE_BYTES_MAX + 1))
    picture = await staff.sends(sent(picture=True))
    words = await staff.says("等一下")

    assert [big.key, picture.key, words.key] == ["files.too_big", "imports.picture", "imports.send"]
    assert not await jobs_of(chat, []).work_off_one()


async def test_words_in_a_file_are_only_words(chat):
    """Markup and braces in its name and its cells are shown as they are written."""
    staff = await duties.appoint(chat, "li", "staff")
    evil = "{user.__class__}<b>x"

    _, rendered = await read(chat, staff, BOOKS + f"{evil},丙,,https://x.example/3,5\n", name=evil)

    assert rendered.text.count("{user.__class__}&lt;b&gt;x") == 2


async def test_how_far_it_is_can_be_asked_and_only_by_whoever_asked(chat):
    """Before it began, and when it is done; nobody else's work is told."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    await li.says("导入")
    look = (await li.sends(sent())).buttons[0][0].target

    waiting = await li.taps(look)
    others = await owner.taps(look)
    await worked(chat, li, {"a-file-ref": BOOKS.encode()})
    done = await li.taps(look)

    keys = [waiting.key, others.key, done.key]
    assert keys == ["waiting.text", "waiting.gone", "imports.preview"]


async def test_files_are_kept_once_a_few_for_each_and_not_for_long(chat, clock):
    """The same file is one row; the oldest of many goes; another's cannot be read."""
    owner = await duties.owner(chat)
    li = await duties.appoint(chat, "li", "staff", by=owner)
    asked = await li.sends(sent())
    for number in range(uploads.KEPT_MAX):
        clock.ahead(seconds=1)
        await li.sends(sent(ref=f"file-number-{number}-of-many"))
        await li.sends(sent(ref=f"file-number-{number}-of-many"))

    gone = await li.taps(asked.buttons[0][0].target)
    other = await owner.taps((await li.sends(sent())).buttons[0][0].target)

    assert (gone.key, other.key) == ("imports.send_again", "imports.send_again")
    clock.ahead(days=2)
    async with chat.database.transaction() as db:
        await uploads.purge(db, clock.system())
        assert await uploads.of(db, 1) is None
