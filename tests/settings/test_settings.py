"""Settings are closed, frozen, silent about secrets, and wrong ones say how to be mended."""

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from outreach.settings import ClockMode, Settings, SettingsError, load_settings, settings_from
from outreach.settings.checks import gaps
from outreach.settings.installation import ClockSettings
from outreach.settings.lenders import Lender, Provider, ReadBack, Sender, Source
from tests.settings.builders import a_signing_secret, an_installation, changed

SOURCE = "lenders.acme.sources.acme_core"
SENDER = "lenders.acme.senders.acme_sms"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("OUTREACH_")]:  # noqa: TID251 - cleared here
        monkeypatch.delenv(name)


def problem(data: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(SettingsError) as caught:
        settings_from(data)
    assert len(caught.value.problems) == 1, caught.value
    found = caught.value.problems[0]
    assert found.mend
    return found.where, f"{found.what}; {found.mend}"


def test_the_shipped_installation_loads_and_lacks_nothing() -> None:
    settings = load_settings()

    assert {"harbor", "minghe"} <= settings.lenders.keys()
    assert list(gaps(settings)) == []
    assert settings.templates_dir.is_dir()


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        pytest.param("providers.Bolt", {"adapter": "sandbox"}, "providers.Bolt", "small letters", id="capital in a slug"),
        pytest.param(f"{SOURCE}.adaptor", "x", f"{SOURCE}.adaptor", "did you mean `adapter`?", id="unknown key"),
        pytest.param(f"{SOURCE}.secrets", [], f"{SOURCE}.secrets", "has no secret", id="signed without a secret"),
        pytest.param(f"{SOURCE}.secrets", ["abc"], f"{SOURCE}.secrets.0", "`whsec_`", id="secret of another kind"),
        pytest.param(f"{SOURCE}.secrets", ["whsec_!!"], f"{SOURCE}.secrets.0", "base64", id="secret not base64"),
        pytest.param(f"{SOURCE}.secrets", [a_signing_secret("short")], f"{SOURCE}.secrets.0", "24 to 64", id="short secret"),
        pytest.param(f"{SOURCE}.secrets", [a_signing_secret("x" * 65)], f"{SOURCE}.secrets.0", "24 to 64", id="long secret"),
        pytest.param(f"{SOURCE}.secrets", [a_signing_secret(c * 24) for c in "abc"], f"{SOURCE}.secrets", "at most 2", id="three secrets"),
        pytest.param(f"{SOURCE}.adapter", "kafka", f"{SOURCE}.adapter", "standard", id="unknown adapter"),
        pytest.param(f"{SENDER}.provider", "carier", f"{SENDER}.provider", "did you mean `carrier`?", id="provider misspelled"),
        pytest.param(f"{SENDER}.rate_per_second", 0, f"{SENDER}.rate_per_second", "greater than 0", id="no rate"),
        pytest.param(f"{SENDER}.country_prefixes", ["1"], f"{SENDER}.country_prefixes.0", "pattern", id="prefix without a plus"),
        pytest.param(f"{SENDER}.channel", "visit", f"{SENDER}.channel", "sms, push, email, whatsapp, call, letter", id="a channel that nothing is sent by"),
        pytest.param("lenders.acme.timezone", "Mars/Base", "lenders.acme.timezone", "IANA", id="no such zone"),
        pytest.param("lenders.acme.currency", "DOLLAR", "lenders.acme.currency", "ISO 4217", id="no such currency"),
        pytest.param("lenders.acme.currency", "usd", "lenders.acme.currency", "ISO 4217", id="currency in small letters"),
        pytest.param("lenders.acme.country", "XQ", "lenders.acme.country", "ISO 3166", id="no such country"),
        pytest.param("lenders.acme.locale", "xx-YY", "lenders.acme.locale", "locale", id="no such locale"),
        pytest.param("lenders.acme.role", None, "lenders.acme.role", "is missing", id="role missing"),
        pytest.param("lenders.acme.daily_spend_cap", "10", "lenders.acme.daily_spend_cap", "cost_micros_per_part", id="cap without a price"),
        pytest.param("master_key", "c2hvcnQ=", "master_key", "32 bytes", id="short master key"),
        pytest.param("database_url", "mysql://x", "database_url", "postgresql://", id="another database"),
        pytest.param("redis_url", "http://x", "redis_url", "redis://", id="another cache"),
        pytest.param("public_base_url", "localhost", "public_base_url", "http", id="address without a scheme"),
        pytest.param("clock.at", "2026-03-02T10:00:00", "clock.at", "timezone", id="naive time"),
        pytest.param(f"{SOURCE}.silent_after", "soon", f"{SOURCE}.silent_after", "duration", id="no duration"),
        pytest.param("lenders.acme.sources.hook", {"adapter": "cloudevents"}, "lenders.acme.sources.hook", "anybody could post", id="cloudevents without a secret"),
        pytest.param("lenders.acme.sources.hook", {"adapter": "standard", "secrets": [a_signing_secret()]}, "lenders.acme.sources.hook", "shares a secret", id="one secret for two sources"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_to_do(
    path: str, value: Any, where: str, words: str
) -> None:
    found, text = problem(changed(an_installation(), path, value))

    assert found == where
    assert words in text


def test_a_source_slug_belongs_to_one_lender() -> None:
    data = an_installation()
    twin = {**data["lenders"]["acme"]}
    twin["sources"] = {
        "acme_core": {
            "adapter": "standard",
            "secrets": [a_signing_secret("another one, long enough")],
        }
    }
    data["lenders"]["bolt"] = twin

    assert problem(data)[0] == "lenders.bolt.sources.acme_core"


def test_an_unsigned_hook_needs_a_secret_path_and_a_read_back() -> None:
    data = changed(an_installation(), "lenders.acme.sources.hook", {"adapter": "fineract_hook"})
    with pytest.raises(SettingsError) as caught:
        settings_from(data)
    assert [one.where.rpartition(".")[2] for one in caught.value.problems] == [
        "path_secret",
        "read_back",
    ]


@pytest.mark.parametrize("mode", ["frozen", "scaled"])
def test_production_runs_on_the_live_clock(mode: str) -> None:
    data = an_installation(
        profile="production",
        public_base_url="https://outreach.acme.example",
        clock={"mode": mode, "rate": 60},
    )
    assert problem(data)[0] == "clock.mode"
    assert settings_from({**data, "profile": "development"}).clock.mode == mode


def test_production_refuses_the_demos_secrets_and_plain_http() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(profile="production")

    wheres = {one.where for one in caught.value.problems}
    assert "public_base_url" in wheres
    assert "lenders.harbor.sources.harbor_core.secrets" in wheres
    assert "lenders.minghe.sources.minghe_fineract.secrets" in wheres
    assert "lenders.minghe.sources.minghe_fineract.read_back.password" in wheres


def test_settings_are_frozen() -> None:
    settings = settings_from(an_installation())
    with pytest.raises(ValidationError, match="frozen"):
        settings.listen_port = 1  # type: ignore[misc]  # that is the point
    with pytest.raises(ValidationError, match="frozen"):
        settings.lenders["acme"].name = "x"  # type: ignore[misc]  # same


def test_secrets_are_never_shown() -> None:
    data = an_installation(
        master_key=KEY,
        database_url="postgresql://outreach:hidden-password@db/outreach",
        redis_url="redis://:hidden-password@valkey/0",
    )
    data["providers"]["carrier"]["options"] = {"auth_tokens": ["hidden-token"]}
    shown = repr(settings_from(data)) + str(settings_from(data))

    for secret in (KEY, "hidden", a_signing_secret()):
        assert secret not in shown


def test_a_wrong_secret_is_not_repeated() -> None:
    secret = "whsec_bm90IGxvbmc="
    text = " ".join(problem(changed(an_installation(), f"{SOURCE}.secrets", [secret])))
    assert secret not in text


def test_variables_stand_over_the_file_and_name_nested_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('listen_port = 9000\npublic_base_url = "http://file.example"\n')
    monkeypatch.setenv("OUTREACH_CONFIG", str(path))
    monkeypatch.setenv("OUTREACH_PUBLIC_BASE_URL", "https://variable.example/")
    monkeypatch.setenv("OUTREACH_PROVIDERS__CARRIER__ADAPTER", "sandbox")
    monkeypatch.setenv("OUTREACH_PROVIDERS__CARRIER__OPTIONS__SEED", "7")
    monkeypatch.setenv("OUTREACH_PROVIDERS__CARRIER__OPTIONS__AUTH_TOKENS", '["12345"]')
    monkeypatch.setenv("OUTREACH_CLOCK__MODE", "frozen")

    settings = load_settings()

    assert settings.listen_port == 9000
    assert settings.public_base_url == "https://variable.example"
    assert settings.providers["carrier"].options == {"seed": "7", "auth_tokens": ["12345"]}
    assert settings.clock.mode is ClockMode.FROZEN
    assert settings.config_dir == tmp_path
    assert settings.templates_dir == tmp_path.parent / "templates"


def test_an_unknown_variable_is_an_error_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTREACH_MASTERKEY", KEY)
    monkeypatch.setenv("OUTREACH_SERVICE_HOST", "10.0.0.1")  # as Kubernetes sets it
    with pytest.raises(SettingsError, match="did you mean `OUTREACH_MASTER_KEY`") as caught:
        load_settings()
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "there is no", id="missing file"),
        pytest.param("listen_port = ", "no valid TOML", id="broken file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, words: str
) -> None:
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("OUTREACH_CONFIG", str(path))
    with pytest.raises(SettingsError, match=words):
        load_settings()


@pytest.mark.parametrize("text", [KEY, bytes(range(32)).hex(), KEY.replace("+", "-")])
def test_a_master_key_may_be_written_in_several_ways(text: str) -> None:
    assert settings_from({"master_key": text}).require_master_key() == bytes(range(32))


def test_a_master_key_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    assert settings_from({"master_key_file": path}).require_master_key() == bytes(range(32))
    path.write_text("no key")
    with pytest.raises(SettingsError, match="32 bytes"):
        settings_from({"master_key_file": path}).require_master_key()
    path.unlink()
    with pytest.raises(SettingsError, match="No such file"):
        settings_from({"master_key_file": path}).require_master_key()


def test_development_makes_one_master_key_and_keeps_it(tmp_path: Path) -> None:
    settings = settings_from({"data_dir": tmp_path / "data"})

    key = settings.require_master_key()

    assert len(key) == 32
    assert settings.require_master_key() == key
    assert stat.S_IMODE((tmp_path / "data" / "master.key").stat().st_mode) == 0o600


def test_production_without_a_master_key_says_how_to_make_one() -> None:
    settings = settings_from({"profile": "production", "public_base_url": "https://x.example"})
    with pytest.raises(SettingsError, match="openssl rand -base64 32"):
        settings.require_master_key()


def test_servers_that_nobody_named_are_asked_for() -> None:
    settings = settings_from({})
    with pytest.raises(SettingsError, match="OUTREACH_DATABASE_URL"):
        settings.require_database_url()
    with pytest.raises(SettingsError, match="OUTREACH_REDIS_URL"):
        settings.require_redis_url()
    placed = settings.with_servers("postgresql:///x", "redis://y")
    assert (placed.require_database_url(), placed.require_redis_url()) == (
        "postgresql:///x",
        "redis://y",
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        pytest.param({"lenders": {}}, "lenders", id="no lender"),
        pytest.param(changed(an_installation(), "lenders.acme.sources", None), "lenders.acme.sources", id="no source"),
        pytest.param(changed(an_installation(), "lenders.acme.senders", None), "lenders.acme.senders", id="no sender"),
        pytest.param(changed(an_installation(), "lenders.acme.packs", ["us-regff"]), "lenders.acme.packs", id="no such pack"),
        pytest.param(changed(an_installation(), "lenders.acme.scorecard", "mine"), "lenders.acme.scorecard", id="no such scorecard"),
        pytest.param(an_installation(master_key_file="/no/such/key"), "master_key_file", id="no key file"),
        pytest.param(an_installation(profile="production", public_base_url="https://a.example"), "master_key", id="production without a key"),
    ],
)  # fmt: skip
def test_what_is_missing_is_listed(data: dict[str, Any], where: str) -> None:
    assert where in {one.where for one in gaps(settings_from(data))}


def test_every_setting_is_described() -> None:
    for model in (Settings, ClockSettings, Lender, Source, ReadBack, Sender, Provider):
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
