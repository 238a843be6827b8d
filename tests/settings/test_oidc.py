"""Settings of sign-in by another system: closed, and clear about what is wrong."""

from typing import Any

import pytest

from outreach.settings import SettingsError, settings_from
from tests.settings.builders import an_installation, changed

OIDC: dict[str, Any] = {
    "issuer": "https://login.acme.example/realms/acme",
    "client_id": "outreach",
    "client_secret": "never shown",
    "groups": {"leads": ["acme:approver"]},
}


def test_a_whole_one_is_taken_and_keeps_its_secret() -> None:
    settings = settings_from(changed(an_installation(), "oidc", OIDC))
    assert settings.oidc is not None
    assert settings.oidc.local_accounts
    assert "never shown" not in repr(settings)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("issuer", "http://login.acme.example", "https"),
        ("issuer", "https://login.acme.example/?a=b", "https"),
        ("issuer", "login", "https"),
        ("scopes", ["profile"], "openid"),
        ("groups", {"leads": ["acme:owner"]}, "operator"),
        ("groups", {"leads": ["approver"]}, "lender:role"),
        ("groups", {"leads": ["acne:approver"]}, "acme"),
        ("login_claim", "upn", "preferred_username"),
        ("leeway", 900, "less than or equal"),
        ("realm", "acme", "no setting"),
    ],
)
def test_what_is_wrong_is_said(key: str, value: Any, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(changed(an_installation(), "oidc", {**OIDC, key: value}))
    assert words in str(caught.value)
    assert "never shown" not in str(caught.value)
