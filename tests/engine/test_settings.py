import json
import logging

import pytest
from pydantic import ValidationError

from bot import log
from bot.settings import Settings, StartError, from_environment


def settings(**given):
    """Make settings without the environment."""
    return Settings(_env_file=None, **given)


def test_without_a_channel_it_is_the_demo():
    """The demo rehearses, hands out the owner's role and keeps its own file."""
    demo = settings()

    assert demo.demo
    assert demo.rehearses
    assert demo.owner_accounts == {("web", "owner")}
    assert demo.database == "sqlite:///data/demo.sqlite3"
    assert demo.starts_at.isoformat() == "2022-06-15T08:30:00+08:00"


def test_with_telegram_it_is_the_real_campaign():
    """A token alone switches the web chat off and the rehearsal, too."""
    real = settings(telegram_token="1:a", owners="telegram:1001, wecom:zhangsan")

    assert (real.demo, real.rehearses, real.chat) == (False, False, "off")
    assert real.owner_accounts == {("telegram", "1001"), ("wecom", "zhangsan")}
    assert real.database == "sqlite:///data/shuxiang.sqlite3"


def test_nobody_owns_a_bot_that_names_no_owner():
    """Only the demo, which stays on its machine, comes with somebody in charge."""
    assert settings(telegram_token="1:a").owner_accounts == set()
    assert settings(**WECOM).owner_accounts == set()
    assert settings(web_chat="on", secret_key="k" * 32).owner_accounts == set()


WECOM = {
    "wecom_corp_id": "ww1",
    "wecom_agent_id": 1_000_002,
    "wecom_secret": "canary",
    "wecom_token": "canary",
    "wecom_aes_key": "canary" + "x" * 37,
}


def test_with_wecom_it_is_the_real_campaign():
    """All five together switch the channel on; ids know no case."""
    real = settings(**WECOM, owners="wecom:ZhangSan")

    assert (real.wecom, real.demo, real.chat) == (True, False, "off")
    assert real.owner_accounts == {("wecom", "zhangsan")}
    assert real.wecom_api_url == "https://qyapi.weixin.qq.com"
    assert set(real.secrets) == {"canary", WECOM["wecom_aes_key"]}
    assert "canary" not in repr(real)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        *(({name: None}, name.upper()) for name in WECOM),
        ({"wecom_token": "x" * 33}, "letters"),
        ({"wecom_token": "a-b"}, "letters"),
        ({"wecom_aes_key": "x" * 42}, "43"),
        ({"wecom_aes_key": "x" * 44}, "43"),
        ({"wecom_api_url": "qyapi"}, "http"),
    ],
)
def test_half_of_wecom_is_refused(wrong, named):
    """What is missing or malformed is said by its name."""
    given = {name: value for name, value in (WECOM | wrong).items() if value is not None}

    with pytest.raises(ValidationError, match=named):
        settings(**given)


def test_secrets_do_not_show():
    """Neither repr nor str of the settings tells a secret."""
    kept = settings(
        telegram_token="1:canary", secret_key="canary", database_url="postgresql://u:canary@h/x"
    )

    assert "canary" not in f"{kept!r} {kept}"


def test_settings_are_frozen():
    """Nobody changes them later."""
    with pytest.raises(ValueError, match="frozen"):
        settings().port = 1


def test_a_wrong_setting_is_one_sentence_with_its_name(monkeypatch, tmp_path):
    """Without the value, which may be a secret put into the wrong place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUXIANG_PORT", "canary")

    with pytest.raises(StartError) as refused:
        from_environment()

    assert "SHUXIANG_PORT" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"public_url": ""}, "TELEGRAM_MODE=webhook needs PUBLIC_URL"),
        ({"public_url": "http://a.example"}, "must begin with https://"),
        ({"public_url": "reading.example"}, "must begin with http:// or https://"),
        ({"telegram_webhook_secret": "a b"}, "letters, digits, hyphens"),
        ({"telegram_webhook_secret": "x" * 257}, "letters, digits, hyphens"),
        ({"telegram_mode": "carrier pigeon"}, "polling"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(given, sentence):
    """Each mistake is one sentence, and shows no secret."""
    asked = {"public_url": "https://a.example", "telegram_mode": "webhook", "telegram_token": "1:a"}
    with pytest.raises(ValidationError, match=sentence) as caught:
        settings(**asked | given)

    assert "a b" not in str(caught.value)


def test_where_telegram_posts_to():
    """The public address with the webhook's path; nowhere when polling."""
    asked = {"public_url": "https://a.example/bot/", "telegram_token": "1:a"}

    assert settings(**asked).telegram_hook == ""
    hooked = settings(**asked, telegram_mode="webhook")
    assert hooked.telegram_hook == "https://a.example/bot/telegram/webhook"


@pytest.fixture
def _root_restored():
    """Put the root logger back as pytest set it up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root_restored")
@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_reaches_the_log(capsys, form):
    """Secrets are masked in messages, arguments and traces, at DEBUG as well."""
    log.set_up("DEBUG", form, ["1:canary-token", "other-canary"])

    logging.getLogger("bot").info("https://x/bot%s/getMe", "1:canary-token")
    try:
        int("https://x/bot1:canary-token/getMe\nother-canary")
    except ValueError:
        logging.getLogger("bot").exception("failed")
    printed = capsys.readouterr().err

    assert "canary" not in printed
    assert "getMe" in printed


@pytest.mark.usefixtures("_root_restored")
def test_a_json_log_keeps_one_object_a_line(capsys):
    """A newline in a name makes no second entry."""
    log.set_up("INFO", "json", [])

    logging.getLogger("bot").info("hello %s", "a\nCRITICAL forged")
    lines = capsys.readouterr().err.splitlines()

    assert [json.loads(line)["level"] for line in lines] == ["INFO"]


@pytest.mark.usefixtures("_root_restored")
def test_a_console_log_keeps_one_line_an_entry(capsys):
    """Neither in the plain form."""
    log.set_up("INFO", "console", [])

    logging.getLogger("bot").info("hello %s", "a\nCRITICAL forged")

    assert len(capsys.readouterr().err.splitlines()) == 1
