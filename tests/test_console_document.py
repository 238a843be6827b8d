"""docs/console.md names roles and limits that there are."""

import re
from pathlib import Path
from typing import Final

from outreach.domain.operators import Role
from outreach.usecases.signing_in import LONGEST_PASSWORD, SHORTEST_PASSWORD

TEXT: Final = (Path(__file__).parents[1] / "docs/console.md").read_text(encoding="utf-8")


def test_every_role_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == set(Role)


def test_the_lengths_of_a_password_are_those_that_are_checked() -> None:
    assert f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters" in TEXT
