"""Pictures and documents as people send them, for tests."""

import io
import random
import zipfile
from collections.abc import Mapping
from typing import Any

from PIL import Image

from bot.papers import Paper, Shown
from tests.conftest import START


def photo(seed: int = 1, size: tuple[int, int] = (400, 300), kind: str = "JPEG") -> bytes:
    """Make a picture as a camera would, each seed another one, with what cameras note of it."""
    noise = random.Random(seed).randbytes(24 * 18 * 3)
    image = Image.frombytes("RGB", (24, 18), noise).resize(size)
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif[0x0112] = 6  # turned by a quarter
    held = io.BytesIO()
    image.save(held, kind, exif=exif)
    return held.getvalue()


def report(
    *, characters: int = 1100, cases: int = 2, pictures: int = 2, chart: bool = True
) -> bytes:
    """Make a report as an organiser might write it on our paper, of so many of each."""
    paper = Paper(title="总结报告", author="朱家角镇", language="zh-CN", at=START)
    paper.title("朱家角镇总结报告", "数据截至今天")
    paper.head("一、总体情况")
    paper.text("书" * (characters - cases))
    paper.table([["项目", "数字"], ["参加人数", "1234567890" * 20]], (1, 1))
    paper.head("典型案例")
    for n in range(1, cases + 1):
        paper.case(f"案例 {n}：古镇书声")
        paper.text("好")
    shown = [Shown(photo(n), 400, 300, "照片", "一张照片") for n in range(1, pictures + 1)]
    paper.pictures(shown)
    if chart:
        paper.picture(Shown(photo(99), 400, 300, "图", "一张图表", name="chart:way"))
    return paper.docx()


def repacked(content: bytes, change: Mapping[str, Any]) -> bytes:
    """Return a document in which parts are others, new, or, by None, gone."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED)
        for name, part in change.items():
            if part is not None:
                new.writestr(name, part, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def part(content: bytes, name: str) -> str:
    """Return a part of a document."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return packed.read(name).decode()
