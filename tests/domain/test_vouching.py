"""What a provider of sign-in says about somebody, and what it makes of them."""

from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.domain.vouching import LONGEST_LOGIN, groups_of, login_of, name_of, roles_of

TABLE = {"leads": ["acme:approver", "acme:operator"], "law": ["other:compliance", "gone:admin"]}


@pytest.mark.parametrize(
    ("claims", "claim", "login"),
    [
        ({"preferred_username": " Li.Wei "}, "preferred_username", "li.wei"),
        ({"sub": "248289"}, "sub", "248289"),
        ({"email": "Li@acme.example", "email_verified": True}, "email", "li@acme.example"),
        ({"email": "li@acme.example"}, "email", ""),
        ({"email": "li@acme.example", "email_verified": "true"}, "email", ""),
        ({}, "preferred_username", ""),
        ({"preferred_username": 7}, "preferred_username", ""),
        ({"preferred_username": "li\nwei"}, "preferred_username", ""),
        ({"preferred_username": "x" * (LONGEST_LOGIN + 1)}, "preferred_username", ""),
    ],
)
def test_a_login_is_a_claim_that_can_be_trusted(
    claims: dict[str, Any], claim: str, login: str
) -> None:
    assert login_of(claims, claim) == login


def test_a_name_is_told_or_the_login() -> None:
    assert name_of({"name": " Li \n Wei "}, "li") == "Li Wei"
    assert len(name_of({"name": "x" * 500}, "li")) < 500
    for told in ({}, {"name": ""}, {"name": 3}, {"name": "Li\x00Wei"}):
        assert name_of(told, "li") == "li"


@pytest.mark.parametrize(
    ("claims", "path", "groups"),
    [
        ({"groups": ["a", "b", 3]}, "groups", ("a", "b")),
        ({"groups": "a"}, "groups", ("a",)),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"https://acme.example/roles": ["a"]}, "https://acme.example/roles", ("a",)),
        ({"realm_access": ["a"]}, "realm_access.roles", ()),
        ({"groups": {"a": 1}}, "groups", ()),
        ({"groups": 7}, "groups", ()),
        ({}, "groups", ()),
    ],
)
def test_groups_are_found_by_name_or_down_a_path(
    claims: dict[str, Any], path: str, groups: tuple[str, ...]
) -> None:
    assert groups_of(claims, path) == groups


def test_groups_give_the_roles_of_the_table_and_nothing_else() -> None:
    lenders = ("acme", "other")
    assert roles_of(["leads"], TABLE, lenders) == {
        "acme": frozenset({Role.APPROVER, Role.OPERATOR})
    }
    assert roles_of(["law", "unknown"], TABLE, lenders) == {"other": frozenset({Role.COMPLIANCE})}
    assert roles_of(["leads"], {"leads": ["acme:owner", "acme"]}, lenders) == {}
    assert roles_of([], TABLE, lenders) == {}
