"""Settings of self-service pages: an address of its own, https in production, keys that rotate."""

from typing import Any

import pytest

from outreach.domain.links import read_token
from outreach.plans import links_of
from outreach.settings.problems import SettingsError
from outreach.store.vault import Vault
from tests.e2e.service import NOON, settings_for


def lender(**page: Any) -> Any:
    own = {"base_url": "https://pay.acme.example", **page}
    settings = settings_for("postgresql:///x", "redis://x", "http://t", self_service=own)
    return settings.lenders["acme"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("base_url", "https://acme.example/pay", id="a path"),
        pytest.param("base_url", "ftp://acme.example", id="another scheme"),
        pytest.param("life", "P91D", id="a link for months"),
        pytest.param("generation", 0, id="no key"),
        pytest.param("session", "PT2H", id="a page left open"),
        pytest.param("colour", "red", id="an unknown key"),
    ],
)
def test_what_a_page_may_not_be_is_refused(key: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"self_service.{key}"):
        lender(**{key: value})


def test_a_generation_reads_its_own_links_and_those_of_the_one_before() -> None:
    vault = Vault(bytes(range(32)))
    makers = {n: links_of("acme", lender(generation=n), vault) for n in (1, 2, 3)}
    first, second, third = makers[1], makers[2], makers[3]
    assert first
    assert second
    assert third
    token = first.link(5, 7, NOON).rpartition("/")[2]

    assert read_token(second.keys, token, NOON) is not None
    assert read_token(third.keys, token, NOON) is None
    other = links_of("harbor", lender(), vault)
    assert other
    assert read_token(other.keys, token, NOON) is None
    assert links_of("acme", lender(), None) is None


@pytest.mark.parametrize(("country", "told", "carries"), [
    ("US", None, True), ("CN", None, False), ("CN", True, True), ("US", False, False),
])  # fmt: skip
def test_a_text_carries_a_link_where_its_law_lets_it(
    country: str, *, told: bool | None, carries: bool
) -> None:
    one = lender(in_texts=told).model_copy(update={"country": country})
    maker = links_of("acme", one, Vault(bytes(32)))

    assert maker
    assert maker.in_texts is carries
