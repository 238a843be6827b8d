"""docs/packs.md: its commands run, its examples can be read, its words are those of the code."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner

from outreach.cli import main
from outreach.config_files.golden import Bench, parse_case
from outreach.config_files.pack_schema import pack_schema
from outreach.config_files.packs import parse_pack

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs/packs.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^ *```(\w+)\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS: Final = [
    line.strip().removeprefix("$ outreach ")
    for kind, block in BLOCKS
    if kind == "console"
    for line in block.splitlines()
]
PACK, CASES = [block for kind, block in BLOCKS if kind == "yaml"]


@pytest.mark.parametrize("command", [one for one in COMMANDS if "--portfolio" not in one])
def test_a_command_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # `new` writes files: the repository is looked at through links, and written to elsewhere.
    for name in ("config/compliance", "config/schemas", "tests/golden"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        for file in (ROOT / name).rglob("*.yaml"):
            link = folder / file.relative_to(ROOT / name)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, shlex.split(command))

    assert result.exit_code == 0, result.output


def test_the_command_on_a_portfolio_has_options_that_there_are() -> None:
    [command] = [one for one in COMMANDS if "--portfolio" in one]
    words = shlex.split(command)

    said = CliRunner().invoke(main, [*words[:2], "--help"]).output

    assert [word for word in words if word.startswith("--") and word not in said] == []
    assert all((ROOT / word).exists() for word in words if word.endswith(".yaml"))


def test_the_example_of_a_pack_stops_the_fifth_call() -> None:
    bench = Bench([parse_pack(PACK.replace("enforce: false", "enforce: true"))])
    [case] = yaml.safe_load(CASES)["cases"]
    often = {**case, "prior_contacts": case["prior_contacts"] * 4}

    assert bench.run(parse_case(case)).state == "passed"
    [difference, *_] = bench.run(parse_case(often)).differences
    assert "got defer (us.me.cap_4in7)" in difference


def test_every_key_that_it_names_is_one_of_a_pack() -> None:
    schema = str(pack_schema())

    named = set(re.findall(r"`([a-z_]+)(?::[^`]*)?`", TEXT))
    keys = {
        "applies_to",
        "draft",
        "effective",
        "governance",
        "id",
        "on_fail",
        "opt_in",
        "primitive",
    }
    keys |= {"requires", "sufficient", "unless", "version"}
    assert keys <= named
    assert [key for key in keys if f"'{key}'" not in schema] == []


def test_every_command_about_packs_is_explained() -> None:
    from outreach.cli.packs import packs  # noqa: PLC0415 - loaded like any other subject

    assert [name for name in packs.commands if f"packs {name}" not in TEXT] == []
