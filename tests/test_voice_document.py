"""docs/providers/twilio_voice.md shows settings, pieces and keys as they are."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from outreach.channels.twilio_calls import CALL_KINDS
from outreach.channels.twilio_voice import Options
from outreach.domain.call_scripts import Piece
from outreach.domain.spoken_days import HORIZON
from outreach.domain.vocabulary import TaskKind
from outreach.settings.lenders import Lender, Sender

TEXT: Final = (Path(__file__).parents[1] / "docs/providers/twilio_voice.md").read_text("utf-8")


def test_the_settings_it_shows_exist() -> None:
    [block] = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    shown: dict[str, Any] = tomllib.loads(block)

    options = shown["providers"]["calls"]["options"]
    Options.model_validate({**options, "auth_tokens": ["t"]})
    [lender] = shown["lenders"].values()
    assert lender.keys() <= Lender.model_fields.keys()
    [sender] = lender["senders"].values()
    assert Sender.model_validate(sender).provider == "calls"
    names = re.findall(r"OUTREACH_PROVIDERS__CALLS__OPTIONS__([A-Z_]+)", TEXT)
    assert {name.lower() for name in names} <= Options.model_fields.keys()


def test_it_names_every_piece_and_every_address() -> None:
    assert set(re.findall(r"`\[([a-z_]+)\]`", TEXT)) == set(Piece)
    for kind in CALL_KINDS:
        assert f"{kind.removeprefix('voice/')}`" in TEXT
    assert f"{HORIZON.days} days" in TEXT
    assert f"`{TaskKind.PAYMENT_LINK}`" in TEXT
