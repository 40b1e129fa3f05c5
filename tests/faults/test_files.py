"""Files over the emulated Bot API, the program as a process: sent, fetched, taken, exported."""

import io

import openpyxl

from tests.faults.test_telegram_season import joined
from tests.processes import serving
from tests.telegram_api import TOKEN

DOCUMENT = {"file_id": "BQACAgUAAxkB", "file_unique_id": "AgAD", "file_name": "书目.csv"}
BOOKS = "kind,title,url,minutes\nbook,甲,https://x.example/1,5\nfilm,乙,https://x.example/2,5\n"


async def imported(owner):
    """Send the file after /import, confirm its preview, and return what is told on the way."""
    await owner.says("/import")
    told = [(await owner.hears()).text]
    await owner.sends(document=DOCUMENT | {"file_size": len(BOOKS)})
    told += [(await owner.hears()).text, (await owner.hears(60)).text]
    await owner.taps("确认")
    await owner.hears()
    return [*told, (await owner.hears(60)).text]


async def test_staff_import_and_export_over_http(api, settings, tmp_path):
    """A GB 18030 file, as Excel saves it, is taken over; then a workbook comes back."""
    owner = api.person(1)
    api.files[DOCUMENT["file_id"]] = BOOKS.encode("gb18030")
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **settings) as process:
        asked, reading, preview, taken = await imported(owner)
        await owner.says("/export units")
        await owner.hears()
        ready, document = (await owner.hears(60)).text, (await owner.hears()).text
        ming = await joined(api, 42)
        await ming.sends(document=DOCUMENT)
        lost = (await ming.hears()).text
        _, errors = await process.stop()

    assert ("XLSX" in asked, "书目.csv" in reading, "新增 1" in taken) == (True, True, True)
    assert ("可以导入 1 行" in preview, "第 3 行" in preview) == (True, True)
    assert ("11 行" in ready, "bytes" in document, "没看懂" in lost) == (True, True, True)
    assert (TOKEN in errors, "Traceback" in errors) == (False, False), errors
    [sent] = api.called("sendDocument")
    content = sent[sent["document"].removeprefix("attach://")]
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)
    assert len(rows) == 12
