"""Frozen settings from the environment or `.env`, validated, read once."""

import ipaddress
import re
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PUBLIC_TELEGRAM = "https://api.telegram.org"
ABROAD = ("telegram",)  # the channels whose servers are in another country
PUBLIC_WECOM = "https://qyapi.weixin.qq.com"
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
WECOM_TOKEN, WECOM_AES_KEY = re.compile("[A-Za-z0-9]{1,32}"), re.compile("[A-Za-z0-9]{43}")
DEMO_START = "2022-06-15T08:30:00+08:00"


class StartError(Exception):
    """The program cannot start; the text is one sentence for the person who starts it."""


class Settings(BaseSettings):
    """Everything a deployment may set, prefix SHUXIANG_."""

    model_config = SettingsConfigDict(
        env_prefix="SHUXIANG_",
        env_file=".env",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    database_url: SecretStr = SecretStr("")
    data_dir: Path = Path("data")
    campaign: str = "qingpu_2022"
    secret_key: SecretStr = SecretStr("")
    owners: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = PUBLIC_TELEGRAM
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_rate: float = Field(default=28, ge=0)
    wecom_corp_id: str = ""
    wecom_agent_id: int = Field(default=0, ge=0)
    wecom_secret: SecretStr = SecretStr("")
    wecom_token: SecretStr = SecretStr("")
    wecom_aes_key: SecretStr = SecretStr("")
    wecom_api_url: str = PUBLIC_WECOM
    wecom_accounts: int = Field(default=0, ge=0)
    flood_limit: int = Field(default=20, ge=0)
    web_chat: Literal["demo", "on", "off", ""] = ""
    rehearsal: bool = False
    rehearsal_start: datetime | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("owners")
    @classmethod
    def _named(cls, value: str) -> str:
        for owner in filter(None, (part.strip() for part in value.split(","))):
            channel, _, sender = owner.partition(":")
            if channel not in {"telegram", "wecom", "web"} or not sender:
                raise ValueError(
                    f"{owner!r} is not like telegram:1001, wecom:zhangsan or web:owner"
                )
        return value

    @field_validator("rehearsal_start")
    @classmethod
    def _with_offset(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("needs an offset, like 2022-06-15T08:30:00+08:00")
        return value

    @field_validator("telegram_api_url", "wecom_api_url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _as_telegram_takes_it(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be 1 to 256 letters, digits, hyphens and underscores")
        return value

    @field_validator("wecom_token")
    @classmethod
    def _a_token_of_wecom(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not WECOM_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must be 1 to 32 letters and digits")
        return value

    @field_validator("wecom_aes_key")
    @classmethod
    def _a_key_of_wecom(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not WECOM_AES_KEY.fullmatch(value.get_secret_value()):
            raise ValueError("must be the 43 letters and digits of EncodingAESKey")
        return value

    @model_validator(mode="after")
    def _wecom_is_whole(self) -> Self:
        given = {
            "WECOM_CORP_ID": self.wecom_corp_id,
            "WECOM_AGENT_ID": self.wecom_agent_id,
            "WECOM_SECRET": self.wecom_secret.get_secret_value(),
            "WECOM_TOKEN": self.wecom_token.get_secret_value(),
            "WECOM_AES_KEY": self.wecom_aes_key.get_secret_value(),
        }
        missing = [name for name, value in given.items() if not value]
        if missing and len(missing) < len(given):
            raise ValueError(f"WeCom needs all five of its settings; missing: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _webhook_can_be_reached(self) -> Self:
        if self.telegram_mode == "webhook" and self.telegram_token.get_secret_value():
            if not self.public_url:
                raise ValueError("TELEGRAM_MODE=webhook needs PUBLIC_URL, where Telegram posts to")
            if self.telegram_api_url == PUBLIC_TELEGRAM and self.public_url.startswith("http:"):
                raise ValueError("PUBLIC_URL must begin with https://, or Telegram posts nothing")
        return self

    @model_validator(mode="after")
    def _demo_stays_at_home(self) -> Self:
        if self.demo and not self._host_is_loopback:
            raise ValueError(
                "HOST must be a loopback address in the demo, which hands out the owner's role;"
                " set WEB_CHAT=on or a channel to serve other machines"
            )
        return self

    @property
    def _host_is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def demo(self) -> bool:
        """Say whether this is the demo: asked for, or no channel is configured."""
        return self.chat == "demo"

    @property
    def chat(self) -> Literal["demo", "on", "off"]:
        """Return how the web chat is served."""
        if self.web_chat:
            return self.web_chat
        return "off" if self.telegram_token.get_secret_value() or self.wecom else "demo"

    @property
    def wecom(self) -> bool:
        """Say whether WeCom is configured: with all of its settings, or with none."""
        return bool(self.wecom_corp_id)

    @property
    def site(self) -> str:
        """Return where people find the web page; the demo's is on this machine alone."""
        here = f"http://{self.host}:{self.port}" if self.demo and self.port else ""
        return self.public_url or here

    @property
    def telegram_hook(self) -> str:
        """Return the address Telegram is to post updates to, empty when they are polled."""
        hooked = self.telegram_mode == "webhook"
        return f"{self.public_url}/telegram/webhook" if hooked else ""

    @property
    def rehearses(self) -> bool:
        """Say whether campaign time can be moved."""
        return self.rehearsal or self.demo

    @property
    def starts_at(self) -> datetime | None:
        """Return the campaign time a fresh rehearsal begins with, None for the machine's time."""
        if self.rehearsal_start is None and self.demo:
            return datetime.fromisoformat(DEMO_START)
        return self.rehearsal_start

    @property
    def owner_accounts(self) -> frozenset[tuple[str, str]]:
        """Return the owners as pairs of channel and sender."""
        named = self.owners or ("web:owner" if self.demo else "")
        pairs = (part.strip().partition(":") for part in named.split(",") if part.strip())
        return frozenset(
            (channel, sender.lower() if channel == "wecom" else sender)  # WeCom knows no case
            for channel, _, sender in pairs
        )

    @property
    def database(self) -> str:
        """Return the database address, by default a SQLite file in the data directory."""
        file = "demo.sqlite3" if self.demo else "shuxiang.sqlite3"
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir / file}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never stand in a log."""
        kept = (
            *(self.telegram_token, self.telegram_webhook_secret, self.secret_key),
            *(self.wecom_secret, self.wecom_token, self.wecom_aes_key),
        )
        return tuple(filter(None, (secret.get_secret_value() for secret in kept)))


def from_environment() -> Settings:
    """Read the settings once.

    Raises:
        StartError: something is wrong, said in one sentence.

    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "".join(f"SHUXIANG_{str(part).upper()}: " for part in first["loc"])
        raise StartError(f"{name}{first['msg'].removeprefix('Value error, ')}.") from None
