"""docs/console-templates.md names pages that there are."""

import re
from pathlib import Path
from typing import Final

from outreach.web.console import (
    templates_draft_page,
    templates_files_page,
    templates_showing,
    templates_version_page,
)

TEXT: Final = (Path(__file__).parents[1] / "docs/console-templates.md").read_text(encoding="utf-8")


def test_every_address_is_one_of_the_pages() -> None:
    named = set(re.findall(r"^\| `(/templates[^`]*)`", TEXT, re.MULTILINE))
    draft = templates_draft_page.DRAFT

    assert named == {
        templates_showing.PATH,
        templates_showing.PATH + "/{key}",
        draft,
        draft + "/borrower",
        draft + "/test",
        templates_version_page.VERSION,
        templates_files_page.FILES,
    }
