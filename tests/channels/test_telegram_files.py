import pytest

from bot.channels.telegram.api import FILE_BYTES_MAX
from bot.messages import NoFile
from tests.telegram_api import TOKEN
from tests.telegram_bench import Bench
from tests.telegram_chats import BAD_GATEWAY, flood


async def fetched(*, content=b"x", ref="a-file", path="", **faults):
    """Fetch a file that somebody sent, after a fault of a method; return it, or why not."""
    async with Bench.open() as bench:
        channel = await bench.started()
        if content is not None:
            bench.api.files[ref] = content
        if path:
            bench.api.paths[ref] = path
        for method, fault in faults.items():
            bench.api.fail(method, fault)
        try:
            return await channel.fetch("a-file")
        except NoFile as told:
            return told


async def test_a_file_is_fetched_by_its_id():
    """Whatever it holds, to the last byte that is allowed."""
    whole = bytes(range(256)) * (FILE_BYTES_MAX // 256)

    assert await fetched(content=b"") == b""
    assert await fetched(content=whole) == whole


@pytest.mark.parametrize(
    ("faults", "key", "again"),
    [
        ({"content": b"x" * (FILE_BYTES_MAX + 1)}, "files.too_big", False),
        ({"content": None}, "files.gone", True),
        ({"getFile": BAD_GATEWAY}, "files.gone", True),
        ({"getFile": flood(7)}, "files.gone", True),
        ({"file": BAD_GATEWAY}, "files.gone", True),
        ({"ref": "another", "content": b"x"}, "files.gone", True),
    ],
)
async def test_what_cannot_be_fetched_says_whether_it_may_be_later(faults, key, again, caplog):
    """Too large is final, everything else may pass; no log and no error names the token."""
    told = await fetched(**faults)

    assert (told.phrase.key, told.seconds > 0) == (key, again)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(told)


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/var/lib/file", "a//b", "https://e.example/x"]
)
async def test_a_path_that_is_none_is_not_followed(path):
    """A server that answers with another place is not asked for it."""
    assert isinstance(await fetched(path=path), NoFile)
