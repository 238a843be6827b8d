"""docs/providers tells how texts by Twilio and the app's inbox are set up, and it is so."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final, get_args

import click
import pytest

from outreach.channels import ADAPTERS, TOKENS
from outreach.channels.capability_page import ELSEWHERE
from outreach.channels.twilio_sms import TwilioSms
from outreach.cli import main
from outreach.cli.check_config import option_models
from outreach.settings.lenders import Lender, Sender
from outreach.usecases.finishing import NOT_REDACTED, WAITS
from outreach.usecases.load_sharing import FAILED, LATE, SHIFTED, TRICKLE, WINDOW
from outreach.web.notifications import PATH

DOCS: Final = Path(__file__).parents[1] / "docs"
VENDORS: Final = ("twilio_sms", "app_inbox")


def text(vendor: str) -> str:
    return (DOCS / f"providers/{vendor}.md").read_text(encoding="utf-8")


def shown(vendor: str) -> dict[str, Any]:
    [block] = re.findall(r"^```toml\n(.*?)^```", text(vendor), re.MULTILINE | re.DOTALL)
    return tomllib.loads(block)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_settings_it_shows_exist_and_none_that_is_needed_is_missing(vendor: str) -> None:
    model = option_models()[vendor]
    [(slug, provider)] = shown(vendor)["providers"].items()
    given = provider.get("options", {}).keys()
    named = {name.lower() for name in re.findall(r"__OPTIONS__([A-Z_]+)", text(vendor))}

    assert provider["adapter"] == vendor
    assert given | named <= model.model_fields.keys()
    assert {name for name, one in model.model_fields.items() if one.is_required()} <= given | named
    for sender in shown(vendor)["lenders"]["harbor"]["senders"].values():
        assert Sender.model_validate(sender).provider == slug


def test_every_adapter_has_its_page() -> None:
    pages = {one.stem for one in (DOCS / "providers").glob("*.md")} - {"README"}

    assert pages == set(ADAPTERS) - ELSEWHERE.keys()


def test_twilio_calls_the_addresses_it_names() -> None:
    [provider] = shown("twilio_sms")["providers"].values()
    options = {**provider["options"], "auth_tokens": ["t"]}
    built = TwilioSms("twilio", options, None, "https://o.example")  # type: ignore[arg-type]

    for path in built.callback_paths:
        assert f"<public address>{path}`" in text("twilio_sms")
    assert f"`{NOT_REDACTED}`" in text("twilio_sms")
    hours = [int(one.total_seconds() // 3600) for one in WAITS[2:]]
    assert "{}, {} and {} hours".format(*hours) in text("twilio_sms")


def test_the_inbox_is_where_it_says_and_takes_its_kind_of_address() -> None:
    assert PATH.replace("{borrower}", "<borrower>") in text("app_inbox")
    [kind] = TOKENS["app_inbox"]
    assert f"with `{kind}`" in text("app_inbox")


def test_how_load_is_shared_is_told_as_it_is() -> None:
    told = (DOCS / "channels.md").read_text(encoding="utf-8")

    assert (FAILED, LATE, TRICKLE, WINDOW.total_seconds()) == (0.2, 0.3, 1 / 16, 900)
    for words in ("a fifth", "three in ten", "a sixteenth", "quarter of an hour", SHIFTED):
        assert words in " ".join(told.split())


def test_the_commands_exist_and_a_new_lender_is_in_test() -> None:
    group = main.get_command(click.Context(main), "providers")
    assert isinstance(group, click.Group)
    told = text("README")
    for name in ("list", "check", "send-test"):
        assert name in group.commands
        assert name in told
    modes = get_args(Lender.model_fields["mode"].annotation)
    assert Lender.model_fields["mode"].default == modes[0] == "test"
