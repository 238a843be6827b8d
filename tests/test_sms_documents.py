"""docs/providers tells how to set up gateways and China's vendors, and what it shows is so."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from pydantic import BaseModel

from outreach.channels import ADAPTERS
from outreach.channels.aliyun_sms import AliyunSms
from outreach.channels.gateway_filters import FILTERS
from outreach.channels.gateway_signatures import Signature
from outreach.channels.gateway_templates import FACTS
from outreach.channels.tencent_sms import TencentSms
from outreach.cli.check_config import option_models
from outreach.domain.vocabulary import ErrorClass
from outreach.settings.lenders import Sender

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "docs/providers"
VENDORS: Final = ("http_gateway", "aliyun_sms", "tencent_sms")


def text(vendor: str) -> str:
    return (FOLDER / f"{vendor}.md").read_text(encoding="utf-8")


def shown(vendor: str) -> dict[str, Any]:
    [block] = re.findall(r"^```toml\n(.*?)^```", text(vendor), re.MULTILINE | re.DOTALL)
    return tomllib.loads(block)


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


@pytest.mark.parametrize(
    ("vendor", "adapter", "secrets"),
    [
        ("aliyun_sms", AliyunSms, {"access_key_secret": "s"}),
        ("tencent_sms", TencentSms, {"secret_key": "s"}),
    ],
)
def test_the_options_it_shows_make_a_provider(
    vendor: str, adapter: Any, secrets: dict[str, str]
) -> None:
    [(slug, provider)] = shown(vendor)["providers"].items()
    options = {**provider["options"], **secrets, "path_secrets": ["0f" * 16]}

    paths = adapter(slug, options, None, clock=None).callback_paths

    for path in paths:
        assert path.replace("{secret}", "<secret>") in text(vendor)


def test_every_fact_filter_class_and_kind_of_signature_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", text("http_gateway")))
    kinds = {
        kind
        for model in get_args(get_args(Signature)[0])
        for kind in get_args(model.model_fields["kind"].annotation)
        if issubclass(model, BaseModel)
    }

    assert FACTS.keys() | FILTERS.keys() | set(ErrorClass) | kinds <= named


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_files_it_names_exist_and_it_is_short(vendor: str) -> None:
    for name in re.findall(r"`((?:outreach|config)/[\w/.]+\.\w+)`", text(vendor)):
        assert (ROOT / name).is_file() or name.endswith("/acme.yaml"), name
    for name in re.findall(r"\]\(([\w/.]+)\)", text(vendor)):
        assert (FOLDER / name).is_file(), name
    assert len(text(vendor).splitlines()) <= 80
