"""A whole day of a citizen in the web chat: reading, the cap, searching, keeping, ranking."""

import re

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIDEOS = 6


async def ahead(reader, minutes):
    """Move the rehearsal's clock as its owner does, over the panel's own line."""
    step = reader.panel.get_by_role("button", name="+1 小时")
    told = reader.panel.get_by_role("status")
    for _ in range(minutes // 60 or 1):
        hour = re.search(r"\d+(?=:\d\d)", await told.text_content() or "")
        await step.click()
        # A minute may pass by itself: only another hour says that the clock was moved.
        moved = re.compile(rf"\b{(int(hour[0]) + 1) % 24:02}:\d\d") if hour else re.compile(":")
        await expect(told).to_contain_text(moved)


async def test_two_books_and_the_video_cap(own_address, visit):
    """Open two books, wait, finish them; watch six videos: the sixth says why it pays nothing."""
    reader = await visit("visitor", at=own_address)
    await reader.joins("朱家角镇")

    for number in ("1", "2"):
        await reader.says("看书")
        await expect(await reader.says(number)).to_contain_text("至少 5 分钟")
        await expect(await reader.taps("我读完了")).to_contain_text("才能算完成")
        await ahead(reader, 60)
        paid = await reader.says("书房")
        await expect(paid).to_contain_text(f"经典品阅 {2 * (int(number) - 1)}/10")
        await reader.taps("接着看（1）")
        await reader.says("1")
        await expect(await reader.taps("我读完了")).to_contain_text(re.compile(r"\+2 .*/10"))

    for number in range(VIDEOS):
        await reader.says("视频")
        await reader.says(str(number + 1))
    await ahead(reader, 60)
    for number in range(VIDEOS):
        await reader.says("视频")
        await reader.says(str(number + 1))
        answer = await reader.taps("我看完了")
        full = "已经拿满（今日 10/10）" if number == VIDEOS - 1 else f"今日 {2 * number + 2}/10"
        await expect(answer).to_contain_text(full)

    await expect(await reader.says("明细")).to_contain_text("当日已满 10/10")


async def test_search_keep_rank_and_language(own_address, visit):
    """Find by initials, keep, look at the own place, and go on in English."""
    reader = await visit("visitor", at=own_address)
    await reader.joins("朱家角镇")
    await reader.says("签到")

    found = await reader.says("搜索 hlm")
    await expect(found).to_contain_text("红楼梦")
    await reader.says("1")
    await expect(await reader.taps("收藏")).to_contain_text("收藏好了")
    await expect(await reader.says("书架")).to_contain_text("收藏 1 个")
    await expect(await reader.says("排行")).to_contain_text(re.compile("全区排第 [0-9]+ 名"))
    await expect(await reader.says("我的")).to_contain_text("可用积分：5")

    await reader.page.get_by_role("button", name="English").click()
    await expect(await reader.says("rank")).to_contain_text("You are number")
    await expect(await reader.says("shelf")).to_contain_text("Your shelf in the cloud")


async def test_the_own_data_arrives_as_a_file(own_address, visit):
    """我的数据 is prepared, arrives by itself, and can be downloaded from the page."""
    reader = await visit("visitor", at=own_address)
    await reader.joins("朱家角镇")

    await reader.says("我的数据")
    file = reader.log.get_by_role("link", name=re.compile("下载文件")).first
    await expect(file).to_be_visible(timeout=60_000)
    answer = await reader.page.request.get(await file.get_attribute("href"))

    assert answer.status == 200
    assert (await answer.json())["held"]["citizens"]["rows"][0]["town"] == "zhujiajiao"
