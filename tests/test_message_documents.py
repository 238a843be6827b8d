"""docs/providers tells how to set e-mail and WhatsApp up, and what it shows is so."""

import re
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.channels import ADAPTERS
from outreach.channels.provider import RawCallback, Rejected
from outreach.channels.registered_words import ApprovedTexts
from outreach.channels.smtp_email import SmtpEmail
from outreach.channels.twilio_whatsapp import ContentTemplate, TwilioWhatsapp
from outreach.cli.check_config import option_models
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import load_catalog
from outreach.rendering.message import render
from outreach.settings.lenders import Sender
from tests.channels.contract import NOW
from tests.channels.push_attempts import Wall
from tests.channels.returned_mail import SECRET, a_bounce

ROOT: Final = Path(__file__).parents[1]
VENDORS: Final = ("smtp_email", "twilio_whatsapp")
PUBLIC: Final = "https://outreach.example"


def text(vendor: str) -> str:
    return (ROOT / f"docs/providers/{vendor}.md").read_text(encoding="utf-8")


def shown(vendor: str) -> dict[str, Any]:
    [block] = re.findall(r"^```toml\n(.*?)^```", text(vendor), re.MULTILINE | re.DOTALL)
    return tomllib.loads(block)


def options(vendor: str, **secrets: Any) -> dict[str, Any]:
    [provider] = shown(vendor)["providers"].values()
    return {**provider["options"], **secrets}


def a_mailer() -> SmtpEmail:
    given = options("smtp_email", password="p", callback_secrets=[SECRET])
    return SmtpEmail("mail", given, PUBLIC, key=b"k" * 32, clock=Wall())


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_settings_it_shows_exist_and_none_that_is_needed_is_missing(vendor: str) -> None:
    model = option_models()[vendor]
    [(slug, provider)] = shown(vendor)["providers"].items()

    assert provider["adapter"] == vendor
    assert vendor in ADAPTERS
    named = {name.lower() for name in re.findall(r"__OPTIONS__([A-Z_]+)", text(vendor))}
    assert provider["options"].keys() | named <= model.model_fields.keys()
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    assert needed <= provider["options"].keys() | named
    for lender in shown(vendor)["lenders"].values():
        for sender in lender["senders"].values():
            assert Sender.model_validate(sender).provider == slug


def test_the_addresses_it_names_are_called() -> None:
    whatsapp = TwilioWhatsapp(
        "whatsapp",
        options("twilio_whatsapp", auth_tokens=["t"]),
        None,  # type: ignore[arg-type]
        PUBLIC,
    )

    for path in whatsapp.callback_paths:
        assert f"<public address>{path}`" in text("twilio_whatsapp")
    for path in a_mailer().callback_paths:
        assert f"<public address>{path.replace('{token}', '<token>')}`" in text("smtp_email")


def test_the_template_it_shows_stands_for_the_words_that_are_shipped() -> None:
    template = load_catalog(ROOT / "templates/messages").pick(
        "overdue_early", Channel.WHATSAPP, ("en-US",)
    )
    sample = template.meta.samples["en-US"]["one loan"]
    facts = replace(
        sample,
        lender_name="Harbor Credit",
        phone="+1 614 555 0142",
        repay_link="https://harborcredit.example/pay",
    )
    words = render(template, facts).text
    [approved] = map(ContentTemplate.model_validate, options("twilio_whatsapp")["templates"])

    filled = ApprovedTexts([approved], re.compile(r"\{\{(\w+)\}\}")).fill(words, "", "")

    assert not isinstance(filled, Rejected)
    assert list(filled.values.values()) == ["$124.50", "Mar 1, 2026"]


def test_the_script_signs_as_it_is_checked() -> None:
    [script] = re.findall(r"^```sh\n(.*?)^```", text("smtp_email"), re.MULTILINE | re.DOTALL)
    # The lines as they stand, with the clock and the sending exchanged for the test's.
    script = script.replace("$(date +%s)", str(int(NOW.timestamp())))
    script = script.partition("curl")[0] + 'printf "%s" "$signature"'
    mail = a_bounce("7-0f0e0d0c0b0a09080706050403020100@harbor.example")

    printed = subprocess.run(
        ["/bin/sh", "-c", script], input=mail, env={"SECRET": SECRET, "PATH": "/usr/bin:/bin"},
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip

    headers = {
        "X-Outreach-Timestamp": str(int(NOW.timestamp())),
        "X-Outreach-Signature": f"sha256={printed}",
    }
    assert a_mailer().parse_callback(RawCallback("bounce", "/providers/mail/bounce", headers, mail))


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_files_it_names_exist_and_it_is_short(vendor: str) -> None:
    for name in re.findall(r"`(outreach/[\w/.]+)`", text(vendor)):
        assert (ROOT / name).is_file(), name
    assert len(text(vendor).splitlines()) <= 80


def test_the_examples_in_the_settings_file_are_taken_once_uncommented() -> None:
    written = (ROOT / "config/outreach.toml").read_text(encoding="utf-8")

    for adapter in VENDORS:
        [block] = re.findall(
            rf"^(# \[providers\.\w+\]\n# adapter = \"{adapter}\"\n(?:# .*\n)*)",
            written,
            re.MULTILINE,
        )
        table = tomllib.loads(block.replace("\n# ", "\n").removeprefix("# "))
        [provider] = table["providers"].values()
        assert provider["options"].keys() <= option_models()[adapter].model_fields.keys()
        [sender] = table["lenders"]["harbor"]["senders"].values()
        assert Sender.model_validate(sender).provider in table["providers"]
