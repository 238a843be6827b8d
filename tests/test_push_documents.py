"""docs/providers tells how to set the push services up, and what it shows is so."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.channels import ADAPTERS
from outreach.channels.web_push_crypto import LARGEST_TEXT
from outreach.cli.check_config import option_models
from outreach.settings.lenders import Lender, Sender
from outreach.sources.schema import TYPES, cloudevent_checker

FOLDER: Final = Path(__file__).parents[1] / "docs/providers"
PUSH: Final = ("fcm", "apns", "web_push")


def text(vendor: str) -> str:
    return (FOLDER / f"{vendor}.md").read_text(encoding="utf-8")


def blocks(vendor: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(vendor), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("vendor", PUSH)
def test_the_settings_it_shows_exist_and_none_that_is_needed_is_missing(vendor: str) -> None:
    [block] = blocks(vendor, "toml")
    shown: dict[str, Any] = tomllib.loads(block)
    model = option_models()[vendor]

    [(slug, provider)] = shown["providers"].items()
    assert provider["adapter"] == vendor
    assert vendor in ADAPTERS
    assert provider.get("options", {}).keys() <= model.model_fields.keys()
    for name, field in model.model_fields.items():
        if field.is_required():
            assert f"`{name}`" in text(vendor) or f"{name} = " in block, name
    for lender in shown["lenders"].values():
        assert lender.keys() <= Lender.model_fields.keys()
        for sender in lender["senders"].values():
            assert Sender.model_validate(sender).provider == slug


@pytest.mark.parametrize("vendor", PUSH)
def test_the_variables_it_names_are_options(vendor: str) -> None:
    names = re.findall(r"OUTREACH_PROVIDERS__[A-Z]+__OPTIONS__([A-Z_]+)", text(vendor))

    assert names
    assert {name.lower() for name in names} <= option_models()[vendor].model_fields.keys()


def test_the_signal_it_shows_is_taken() -> None:
    [block] = blocks("fcm", "json")
    signal = json.loads(block)

    assert cloudevent_checker(signal["type"]).problems(signal, fractions=False) == ()
    assert set(re.findall(r"`((?:app|borrower)\.\w+)`", text("fcm"))) <= set(TYPES)


@pytest.mark.parametrize("vendor", PUSH)
def test_the_files_it_names_exist_and_it_is_short(vendor: str) -> None:
    root = FOLDER.parents[1]

    for name in re.findall(r"`(outreach/[\w/.]+)`", text(vendor)):
        assert (root / name).is_file(), name
    for name in re.findall(r"\]\((\w+\.md)\)", text(vendor)):
        assert (FOLDER / name).is_file(), name
    assert len(text(vendor).splitlines()) <= 80


def test_the_longest_words_it_names_are_the_longest() -> None:
    assert f"{LARGEST_TEXT:,} bytes" in text("web_push")
