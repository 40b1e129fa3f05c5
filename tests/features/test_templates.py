import io

import openpyxl
import pytest

from bot import importing
from bot.importing import KINDS
from tests import duties
from tests.worker import worked


@pytest.mark.parametrize("kind", KINDS)
async def test_an_empty_file_is_a_file_of_its_kind(chat, kind):
    """Its header is the one that is read; each column is explained on the second sheet."""
    staff = await duties.appoint(chat, "li", "staff")
    ask = await staff.says("/import")

    begun = await staff.taps(f"templates:{kind}")
    _, rendered = await worked(chat, staff)

    assert ask.files
    assert begun.key == "templates.making"
    content = rendered.document.content
    book = openpyxl.load_workbook(io.BytesIO(content))
    [head] = book.worksheets[0].iter_rows(values_only=True)
    means = list(book.worksheets[1].iter_rows(values_only=True))
    assert head == importing.COLUMNS[kind]
    assert [row[0] for row in means] == list(head)
    assert all(row[1] for row in means)
    place = importing.Place(chat.database, chat.campaign, chat.campaign_id)
    assert (await importing.offer(place, content)).kind == kind


async def test_only_staff_get_one_and_only_of_the_kinds_there_are(chat):
    """A forged kind, and somebody without the right."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)

    assert (await owner.taps("templates:secrets")).key == "waiting.gone"
    assert (await zhu.taps("templates:units")).key == "errors.not_allowed"
    assert (await zhu.taps("templates.look:1")).key == "errors.not_allowed"
