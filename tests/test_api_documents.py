"""docs/api.md and docs/signing-in.md say what there is."""

import re
from pathlib import Path
from typing import Final

import click

from outreach.cli import main
from outreach.domain.api_keys import Scope
from outreach.settings.oidc import Oidc
from outreach.web.api.machines import PER_SECOND
from outreach.web.console.access import RETURN
from outreach.web.console.oidc_provider import ALGORITHMS

_DOCS: Final = Path(__file__).parents[1] / "docs"
API: Final = (_DOCS / "api.md").read_text(encoding="utf-8")
SIGNING_IN: Final = (_DOCS / "signing-in.md").read_text(encoding="utf-8")


def test_every_scope_has_its_operation() -> None:
    assert set(re.findall(r"\| `([a-z]+:[a-z]+)` \|", API)) == set(Scope)
    assert PER_SECOND == 10
    assert "ten requests a second" in API


def test_every_command_about_keys_is_shown() -> None:
    group = main.get_command(click.Context(main), "keys")
    assert isinstance(group, click.Group)
    assert set(re.findall(r"^\$ outreach keys (\S+)", API, re.MULTILINE)) == set(group.commands)


def test_settings_of_the_example_exist() -> None:
    block = SIGNING_IN.split("```toml")[1].split("```")[0].split("[oidc.groups]")[0]
    keys = set(re.findall(r"^(\w+) =", block, re.MULTILINE))
    assert keys
    assert keys <= Oidc.model_fields.keys()
    assert RETURN in SIGNING_IN
    for one in ALGORITHMS[:4]:
        assert one in SIGNING_IN
