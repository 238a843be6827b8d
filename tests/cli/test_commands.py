"""The command's own behavior: quick help, errors in words, exit statuses."""

import subprocess
import sys
from pathlib import Path

import asyncpg
import click
import pytest
from click.testing import CliRunner, Result

from outreach.cli import SUBJECTS, main
from outreach.cli.errors import said_for_people
from outreach.store.migrate import shipped

SECRET = "whsec_aGlkZGVuIGhpZGRlbiBoaWRkZW4gaGlkZGVu"


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give each test an installation of its own, without the demo's lenders."""
    path = tmp_path / "config" / "outreach.toml"
    path.parent.mkdir()
    path.write_text("")
    monkeypatch.setenv("OUTREACH_CONFIG", str(path))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_every_command_of_the_registry_can_be_loaded() -> None:
    group = main
    context = click.Context(group)
    for name in group.list_commands(context):
        assert group.get_command(context, name) is not None, name


def test_help_lists_the_commands_and_loads_none_of_them() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from outreach.cli import main;"
        "result = CliRunner().invoke(main, ['--help']); print(result.output);"
        "assert not {'asyncpg', 'pydantic', 'twilio', 'aiohttp'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    for name in ("check-config", "migrate", "version"):
        assert SUBJECTS[name] in done.stdout


def test_a_command_that_nobody_knows_is_a_usage_error() -> None:
    assert run("frobnicate").exit_code == 2


def test_version_names_the_release() -> None:
    assert run("version").output.startswith("outreach ")


def test_check_config_shows_the_shipped_installation_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OUTREACH_CONFIG")
    result = run("check-config")

    assert result.exit_code == 0, result.output
    assert "Harbor Credit" in result.output
    assert "nothing is missing" in result.output
    assert "whsec_" not in result.output
    assert "demo-only-minghe" not in result.output


def test_check_config_says_what_is_missing_and_fails() -> None:
    result = run("check-config")

    assert result.exit_code == 1
    assert "there is no lender" in result.output
    assert "there is no provider" in result.output


def test_check_config_names_a_wrong_key_and_the_nearest_right_one(no_configuration: Path) -> None:
    no_configuration.write_text(f'[lenders.acme.sources.core]\nsecrts = ["{SECRET}"]\n')
    result = run("check-config")

    assert result.exit_code == 1
    assert "did you mean `secrets`?" in result.output.replace("\n", "")
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param('adapter = "twillio_sms"', "twilio_sms", id="adapter misspelled"),
        pytest.param('adapter = "sandbox"\noptions = {sed = 1}', "seed", id="option misspelled"),
    ],
)
def test_check_config_checks_the_providers_own_options(
    no_configuration: Path, options: str, words: str
) -> None:
    no_configuration.write_text(f"[providers.carrier]\n{options}\n")
    result = run("check-config")

    assert result.exit_code == 1
    assert f"did you mean `{words}`?" in result.output.replace("\n", "")


def test_check_config_says_what_is_wrong_with_a_gateways_description(
    no_configuration: Path,
) -> None:
    no_configuration.write_text('[providers.acme]\nadapter = "http_gateway"\n')
    missing = run("check-config")
    folder = no_configuration.parent / "providers"
    folder.mkdir()
    (folder / "acme.yaml").write_text("gateway: acme\nchanels: [sms]\n")
    wrong = run("check-config")

    assert missing.exit_code == wrong.exit_code == 1
    assert "providers.acme.options.file" in missing.output.replace("\n", "")
    assert "did you mean `channels`?" in wrong.output.replace("\n", "")


def test_the_schema_of_gateways_can_be_printed() -> None:
    assert '"$id": "provider.schema.json"' in run("providers", "schema").output


def test_check_config_hides_passwords_in_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_DATABASE_URL", "postgresql://outreach:hidden@db/outreach")
    output = run("check-config").output
    assert "hidden" not in output
    assert "outreach:…@db" in output


def test_migrate_brings_a_fresh_database_forward_and_then_has_nothing_to_do(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_DATABASE_URL", database_url)
    monkeypatch.setenv("OUTREACH_REDIS_URL", redis_url)
    result = run("migrate")
    assert result.exit_code == 0, result.output
    assert "the schema is current" in result.output


def test_an_error_that_people_can_mend_is_said_without_a_traceback(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_DATABASE_URL", database_url.replace("/t_", "/no_such_"))
    monkeypatch.setenv("OUTREACH_REDIS_URL", redis_url)
    result = run("migrate")

    assert result.exit_code == 1
    assert "there is no such database" in result.output
    assert "Traceback" not in result.output
    assert isinstance(run("--debug", "migrate").exception, asyncpg.InvalidCatalogNameError)


def test_a_config_file_may_be_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    result = run("--config", str(path), "migrate")
    assert result.exit_code == 1
    assert f"there is no {path}" in result.output


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(asyncpg.UndefinedTableError("x"), "outreach migrate", id="no schema"),
        pytest.param(asyncpg.InvalidPasswordError("x"), "OUTREACH_DATABASE_URL", id="password"),
        pytest.param(ConnectionRefusedError("db:5432"), "db:5432", id="nobody answers"),
        pytest.param(ZeroDivisionError("x"), None, id="a defect keeps its traceback"),
        pytest.param(asyncpg.DivisionByZeroError("x"), None, id="so does one in SQL"),
    ],
)
def test_errors_in_words(error: Exception, words: str | None) -> None:
    said = said_for_people(error)
    assert said is None if words is None else words in (said or "")


def test_there_is_something_to_migrate() -> None:
    assert shipped()
