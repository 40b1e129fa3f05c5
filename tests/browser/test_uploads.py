"""A file is chosen in the web chat, posted, previewed, taken over; its result is downloaded."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOOKS = "kind,title,url,minutes\nbook,甲,https://x.example/1,5\nfilm,乙,https://x.example/2,5\n"
WAIT_MS = 60_000


async def chosen(reader, name, content):
    """Choose a file below the newest message, and return the answer."""
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    field = reader.answers.last.locator("input[type=file]")
    return await reader.answer_to(lambda: field.set_input_files(file))


async def test_staff_import_a_file_and_download_an_export(own_address, visit):
    """The button to choose a file stands below /import; the preview and the result come by."""
    owner = await visit("owner", at=own_address)
    asked = await owner.says("/import")
    await expect(asked.get_by_role("button", name="选择文件")).to_be_visible()

    await chosen(owner, "书目.csv", BOOKS.encode("gb18030"))
    await expect(owner.own.last).to_contain_text("书目.csv")
    await expect(owner.answers.last).to_contain_text("可以导入 1 行", timeout=WAIT_MS)
    await owner.taps("确认")
    await expect(owner.answers.last).to_contain_text("新增 1", timeout=WAIT_MS)

    await owner.says("/export units")
    await expect(owner.answers.last).to_contain_text("11 行", timeout=WAIT_MS)
    async with owner.page.expect_download() as download:
        await owner.answers.last.get_by_role("link").click()
    assert (await download.value).suggested_filename.startswith("shuxiang-units-")


async def test_what_is_too_big_is_said_beside_its_name(own_address, visit, tmp_path):
    """It is never sent; the page goes on."""
    owner = await visit("owner", at=own_address)
    await owner.says("/import")
    file = tmp_path / "big.csv"
    file.write_bytes(b"x" * (20 * 1024 * 1024 + 1))

    await owner.answers.last.locator("input[type=file]").set_input_files(file)

    await expect(owner.own.last).to_contain_text("最多 20 MB")
    await owner.says("菜单")
