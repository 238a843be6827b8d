"""What the repository promises about itself: set-up, documents, containers."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from outreach import channels, sources
from outreach.cli import SUBJECTS
from outreach.cli.check_config import option_models
from outreach.settings.reference import as_markdown

ROOT = Path(__file__).parents[1]
TARGETS = ("install", "demo", "test", "check", "bench", "clean", "help")
# Put together, so that this file doesn't name what it looks for.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "regis" + "try.npm",
    "https://" + "index",
]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name
)
def test_a_lock_pins_every_package_by_hash_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    requirements = re.split(r"\n(?=[a-z0-9])", text.strip())

    assert len(requirements) > 3
    assert "://" not in text
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", requirement), requirement[:80]
        assert "--hash=sha256:" in requirement, requirement[:80]


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    def name(requirement: str) -> str:
        return re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")

    settings = project()["project"]
    wanted = {name(one) for one in settings["dependencies"]}
    extras = settings["optional-dependencies"]
    run = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements/run.lock").read_text(), re.MULTILINE)
    )
    dev = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE)
    )

    assert wanted | {name(one) for one in extras["embedded"]} <= run
    assert run | {name(one) for one in extras["dev"]} <= dev


def test_no_file_names_a_package_registry() -> None:
    for path in tracked():
        text = path.read_text(errors="ignore").lower()
        for host in REGISTRIES:
            assert host not in text, path


def tracked() -> list[Path]:
    """Return the files that belong to the project: what git would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [
        ROOT / name
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file() and "tests/data" not in name
    ]


def test_make_help_documents_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    documented = {line.split()[1]: line.split()[2:] for line in shown.splitlines()}
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    assert phony is not None
    assert set(TARGETS) <= documented.keys()
    assert set(phony[1].split()) == documented.keys()
    assert all(documented.values())


@pytest.mark.parametrize("script", ["scripts/install", "scripts/browser", ".ci/run"])
def test_a_script_can_be_run_and_read_by_bash(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_ci_runs_what_developers_run() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_the_reference_of_settings_is_current() -> None:
    assert (ROOT / "docs/settings.md").read_text() == as_markdown(option_models()), (
        "run `make docs`"
    )


def test_compose_starts_what_the_service_needs_and_commands_that_exist() -> None:
    services = compose()["services"]

    assert {"postgres", "valkey", "migrate", "web", "worker"} == services.keys()
    for name in ("migrate", "web", "worker"):
        command = services[name]["command"]
        assert command[0] in SUBJECTS
        assert services[name]["env_file"] == ["outreach.env"]
    for name in ("postgres", "valkey", "worker"):
        assert services[name]["healthcheck"]["test"]
    volumes = compose()["volumes"].keys()
    for name in ("postgres", "valkey"):
        assert services[name]["volumes"][0].split(":")[0] in volumes


@pytest.mark.parametrize(
    ("contract", "package", "adapters"),
    [
        pytest.param("channels-leaves", "channels", channels.ADAPTERS, id="providers"),
        pytest.param("sources-leaves", "sources", sources.ADAPTERS, id="sources"),
    ],
)
def test_every_adapter_is_kept_apart_from_the_others(
    contract: str, package: str, adapters: Iterable[str]
) -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    modules = next(one["modules"] for one in contracts if one["id"] == contract)
    assert set(modules) == {f"outreach.{package}.{name}" for name in adapters}


def test_no_secret_is_written_into_the_compose_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / "outreach.env.example").read_text()
    assert "PASSWORD:" not in text
    assert re.search(r"^POSTGRES_PASSWORD=$", example, re.MULTILINE)
    assert re.search(r"^OUTREACH_MASTER_KEY=$", example, re.MULTILINE)


def test_the_image_runs_without_root_from_the_hash_lock_and_checks_itself() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER outreach$", lines, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", lines, re.MULTILINE)
    for command in re.findall(r"pip install ([^\n\\]*)", lines):
        arguments = shlex.split(command)
        assert "--require-hashes" in arguments or "--no-index" in arguments, command


def test_the_example_environment_is_made_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from outreach.settings import Settings  # noqa: PLC0415 - beside its only use

    names = re.findall(
        r"^(OUTREACH_[A-Z_]+)=", (ROOT / "outreach.env.example").read_text(), re.MULTILINE
    )
    assert {
        name.removeprefix("OUTREACH_").lower() for name in names
    } <= Settings.model_fields.keys()
