"""The installation's settings as one frozen, closed model."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from outreach.settings.brakes import ErrorBrake
from outreach.settings.checks import NO_MASTER_KEY, contradictions
from outreach.settings.credentials import MasterKey, make_master_key, master_key
from outreach.settings.lenders import Lender, Provider, Section, Slug
from outreach.settings.oidc import Oidc
from outreach.settings.problems import Problem, SettingsError

PREFIX: Final = "OUTREACH_"
CONFIG_VARIABLE: Final = "OUTREACH_CONFIG"
_ROOT: Final = Path(__file__).resolve().parents[2]
_DATABASE_SCHEMES: Final = ("postgresql", "postgres")
_REDIS_SCHEMES: Final = ("redis", "rediss", "unix")


class Profile(StrEnum):
    """How strict the installation is."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ClockMode(StrEnum):
    """How business time runs against the machine's."""

    LIVE = "live"
    FROZEN = "frozen"
    SCALED = "scaled"


class ClockSettings(Section):
    """Business time; anything but live is for development.

    The first process on a database without a clock of its own starts it; all follow it from then.
    """

    mode: ClockMode = Field(
        ClockMode.LIVE,
        description="`live`, `frozen` or `scaled`. The first process on a database that has no"
        " clock yet starts it, all processes follow it; production is always live.",
    )
    at: AwareDatetime | None = Field(
        None, description="Business time that it starts or stands at, with its zone; now if unset."
    )
    rate: float = Field(
        1.0, gt=0, le=1_000_000, description="Business seconds per second, when scaled."
    )


def _default_data_dir() -> Path:
    """Return `/var/lib/outreach` for root, else `~/.local/share/outreach`.

    Root's home is closed to the user that the embedded servers run as, and stays closed.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/outreach")
    return Path.home() / ".local" / "share" / "outreach"


class Settings(BaseSettings):
    """The installation. Make it with `load_settings`, or `settings_from` a mapping."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
    )

    profile: Profile = Field(
        Profile.DEVELOPMENT,
        description="`production` refuses demo secrets, a plain-http public address and any clock"
        " but the live one.",
    )
    database_url: str | None = Field(
        None,
        repr=False,
        description="PostgreSQL 15 or newer, `postgresql://user:password@host/name`; without it"
        " the embedded server is used.",
    )
    redis_url: str | None = Field(
        None,
        repr=False,
        description="Redis or Valkey, `redis://host:6379/0`; without it the embedded server is"
        " used.",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Where the embedded servers and a development master key live. Root's default"
        " is `/var/lib/outreach`, anybody else's `~/.local/share/outreach`.",
    )
    partitions: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Hash partitions per large table, fixed by the first `outreach migrate`:"
        " 4 in development, 64 in production when left out.",
    )
    master_key: MasterKey | None = Field(
        None,
        description="32 bytes as base64 that wrap every borrower's key. Without it no personal"
        " data can be read: back it up apart from the database.",
    )
    master_key_file: Path | None = Field(
        None, description="File that holds the master key, instead of `master_key`."
    )
    public_base_url: str = Field(
        "http://127.0.0.1:8080",
        description="Address under which lenders and providers reach us; providers' callbacks and"
        " their signatures are built on it.",
    )
    listen_host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    listen_port: int = Field(8080, ge=0, le=65535, description="Its port; 0 picks a free one.")
    client_address_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]{0,60}$",
        description="Header in which your proxy tells a visitor's address, such as"
        " `X-Forwarded-For`; its last value counts. Without it the connection's own address is"
        " taken, for the limits of self-service pages and of signing in.",
    )
    log_format: str = Field(
        "json", pattern="^(json|text)$", description="`json`, one object a line, or `text`."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Least level that is logged."
    )
    clock: ClockSettings = Field(
        default_factory=ClockSettings, description="Business time, for demos and rehearsals."
    )
    config_dir: Path = Field(
        Path("config"),
        description="Folder of compliance packs, treatments and schemas; the TOML file's own by"
        " default.",
    )
    templates_dir: Path = Field(
        Path("templates"),
        description="Folder of message templates; `templates` beside `config_dir` by default.",
    )
    hand_off_dir: Path | None = Field(
        None,
        description="Folder that packages for courts and agencies are written to, one folder each;"
        " `hand-offs` in `data_dir` when left out. What is in it is personal data: nobody but this"
        " user may read it.",
    )
    export_dir: Path | None = Field(
        None,
        description="Folder that exports of the contact log are written to by workers and read from"
        " by web servers, one folder each, for seven days; `exports` in `data_dir` when left out."
        " On several machines it is one shared folder. Nobody but this user may read it.",
    )
    error_brake: ErrorBrake = Field(
        default_factory=ErrorBrake,
        description="When a template or sender is paused for what becomes of its contacts.",
    )
    oidc: Oidc | None = Field(
        None,
        description="Sign-in to the console by accounts of another system; see docs/signing-in.md.",
    )
    providers: dict[Slug, Provider] = Field(
        default_factory=dict, description="Accounts at vendors, by slug."
    )
    lenders: dict[Slug, Lender] = Field(
        default_factory=dict, description="Lenders of this installation, by slug."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments first, then variables, then the TOML file."""
        del dotenv_settings, file_secret_settings
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @model_validator(mode="before")
    @classmethod
    def _place_folders(cls, data: Any) -> Any:
        """Resolve the folders against the TOML file's, wherever the command was started."""
        if not isinstance(data, dict):
            return data
        home = (config_file() or _ROOT / "config" / "outreach.toml").parent
        config_dir = (home / data.get("config_dir", ".")).resolve()
        templates = (config_dir / data.get("templates_dir", "../templates")).resolve()
        return {**data, "config_dir": config_dir, "templates_dir": templates}

    @field_validator("public_base_url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must be an http or https address without a query")
        return url.rstrip("/")

    @field_validator("database_url", "redis_url")
    @classmethod
    def _check_scheme(cls, url: str | None, info: Any) -> str | None:
        schemes = _DATABASE_SCHEMES if info.field_name == "database_url" else _REDIS_SCHEMES
        if url is not None and urlsplit(url).scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(f'`{one}://`' for one in schemes)}")
        return url

    @model_validator(mode="after")
    def _check_as_a_whole(self) -> Self:
        if problems := contradictions(self):
            raise SettingsError(problems)
        return self

    def require_database_url(self) -> str:
        """Return where PostgreSQL is; a command on embedded servers has put it here.

        Raises:
            SettingsError: There is none.
        """
        return self._required("database_url", "PostgreSQL")

    def require_redis_url(self) -> str:
        """Return where Valkey or Redis is.

        Raises:
            SettingsError: There is none.
        """
        return self._required("redis_url", "Valkey")

    def require_master_key(self) -> bytes:
        """Return the 32 bytes that wrap all keys; development makes a file of its own once.

        Raises:
            SettingsError: Production has none, or the file can't be read.
        """
        if self.master_key is not None:
            return master_key(self.master_key.get_secret_value())
        path = self.master_key_file
        if path is None and self.profile is Profile.DEVELOPMENT:
            path = self.data_dir / "master.key"
            make_master_key(path)
        if path is None:
            raise SettingsError([NO_MASTER_KEY])
        try:
            return master_key(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            mend = "write the key there, readable by this user alone"
            raise SettingsError([Problem("master_key_file", f"{path}: {reason}", mend)]) from None

    @property
    def hand_offs_dir(self) -> Path:
        """Where packages for courts and agencies are written."""
        return self.hand_off_dir or self.data_dir / "hand-offs"

    @property
    def exports_dir(self) -> Path:
        """Where exports of the contact log are written."""
        return self.export_dir or self.data_dir / "exports"

    @property
    def modulus(self) -> int:
        """Hash partitions that a first migration makes."""
        return self.partitions or (64 if self.profile is Profile.PRODUCTION else 4)

    def with_servers(self, database_url: str, redis_url: str) -> Self:
        """Return the same settings on these servers."""
        return self.model_copy(update={"database_url": database_url, "redis_url": redis_url})

    def _required(self, key: str, server: str) -> str:
        if (url := getattr(self, key)) is None:
            mend = (
                f"set OUTREACH_{key.upper()}, or start a command that brings the embedded servers"
            )
            raise SettingsError([Problem(key, f"nobody said where {server} is", mend)])
        return str(url)


def choose_config_file(path: Path) -> None:
    """Read this TOML file from now on, in this process and in those that it starts."""
    os.environ[CONFIG_VARIABLE] = str(path.absolute())


def config_file() -> Path | None:
    """Return the TOML file: OUTREACH_CONFIG, else `config/outreach.toml` here or in the project."""
    if chosen := os.environ.get(CONFIG_VARIABLE):
        return Path(chosen).absolute()
    for folder in (Path.cwd(), _ROOT):
        path = folder / "config" / "outreach.toml"
        if path.is_file():
            return path
    return None
