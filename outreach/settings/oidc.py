"""How people sign in with an account that another system looks after (OpenID Connect)."""

import re
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from outreach.domain.operators import Role

_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_GRANT: Final = re.compile(r"[a-z][a-z0-9_]*:[a-z]+")


class Oidc(BaseModel):
    """A provider of sign-in for the console: Keycloak, Entra ID, Okta, any that speaks OIDC."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(
        max_length=300,
        description="Address of the provider, exactly as it calls itself; discovery is read from"
        " `<issuer>/.well-known/openid-configuration`. https, but for one on this machine.",
    )
    client_id: str = Field(min_length=1, max_length=200, description="What it calls us.")
    client_secret: SecretStr | None = Field(
        None,
        description="What proves that we are who we say; by OUTREACH_OIDC__CLIENT_SECRET. Without"
        " it we are a public client, which PKCE alone protects.",
    )
    name: str = Field(
        "", max_length=60, description="Its name on the sign-in page, such as `Acme accounts`."
    )
    scopes: list[str] = Field(
        ["openid", "profile", "email"],
        max_length=20,
        description="What is asked for; `openid` must be among them.",
    )
    login_claim: Literal["preferred_username", "email", "sub"] = Field(
        "preferred_username",
        description="Claim that becomes the login of a new account. `email` counts only with"
        " `email_verified`. Afterwards an account is known by issuer and `sub`, whatever it is"
        " called by then.",
    )
    groups_claim: str = Field(
        "groups",
        pattern=r"^[A-Za-z0-9_:/.-]{1,200}$",
        description="Claim of the ID token that lists groups or roles; dots lead inside, as in"
        " `realm_access.roles`, unless a claim has that very name.",
    )
    groups: dict[str, list[str]] = Field(
        default_factory=dict,
        description='Group → roles as `lender:role`, as in `{ dunning-leads = ["acme:approver"] }`.'
        " Roles follow the groups at each sign-in; an unknown group gives nothing, and without any"
        " role nobody gets in.",
    )
    leeway: timedelta = Field(
        timedelta(seconds=60),
        ge=timedelta(0),
        le=timedelta(minutes=5),
        description="How far its clock and ours may be apart.",
    )
    local_accounts: bool = Field(
        default=True,
        description="Whether accounts with a password (`outreach users`) get in as well.",
    )

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        if not allowed or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an https address without a query")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _check_scopes(cls, scopes: list[str]) -> list[str]:
        if "openid" not in scopes:
            raise ValueError("must hold `openid`")
        return scopes

    @field_validator("groups")
    @classmethod
    def _check_groups(cls, groups: dict[str, list[str]]) -> dict[str, list[str]]:
        for group, grants in groups.items():
            for grant in grants:
                if not _GRANT.fullmatch(grant) or grant.partition(":")[2] not in set(Role):
                    raise ValueError(
                        f"`{group}`: `{grant}` is no `lender:role`; roles are {', '.join(Role)}"
                    )
        return groups
