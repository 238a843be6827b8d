"""docs/letters.md says what the code does."""

import re
import tomllib
from pathlib import Path

from outreach.channels.letter_evidence import WORDS
from outreach.channels.letter_files import SIGNATURE, Options
from outreach.channels.letter_spool import COLUMNS
from outreach.cli.letters import letters
from outreach.domain.vocabulary import TaskKind
from outreach.rendering.catalog import load_catalog
from outreach.settings.letters import Letters
from outreach.usecases.letters import APPROVALS, letter_name, parse_letter_name

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/letters.md").read_text("utf-8")


def test_its_settings_are_settings() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    told = tomllib.loads(block)

    Letters.model_validate(told["lenders"]["northwind"]["letters"])
    Options.model_validate(told["providers"]["printer"]["options"])


def test_every_state_word_and_command_is_named() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", TEXT, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == {"state", *WORDS}
    named = [*APPROVALS, SIGNATURE, TaskKind.LETTER_APPROVAL, ", ".join(COLUMNS)]
    assert not [one for one in named if one not in TEXT]
    assert not [one for one in letters.commands if f"outreach letters {one}" not in TEXT]


def test_the_keys_that_ship_are_named() -> None:
    catalog = load_catalog(ROOT / "templates/messages")
    shipped = {one.key for one in catalog if one.channel == "letter"}

    assert not [key for key in shipped if f"`{key}`" not in TEXT]


def test_a_number_is_read_as_it_was_written() -> None:
    for name in (("acme", "live", 17), ("north-wind", "test", 3)):
        assert parse_letter_name(letter_name(*name)) == name
    assert parse_letter_name("acme") is None
    assert parse_letter_name("-12") is None
    assert letter_name("northwind", "live", 17) in TEXT
    assert letter_name("northwind", "test", 3) in TEXT
