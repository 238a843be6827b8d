"""Which packs apply, and why."""

import pytest

from outreach.compliance import select_packs
from outreach.compliance.pack import Pack, Requires
from outreach.domain.decisions import Verdict


def a_pack(name: str, **requires: str) -> Pack:
    return Pack(
        name,
        "2026.11",
        (),
        Requires(**{key: frozenset(value.split()) for key, value in requires.items()}),
        content_hash=f"hash of {name}",
    )


PACKS = (
    a_pack("us-regf", roles="third_party", countries="US"),
    a_pack("base"),
    a_pack("us-ma", countries="US", regions="US-MA"),
    a_pack("cn", countries="CN"),
    a_pack("firm", roles="first_party"),
)


@pytest.mark.parametrize(
    ("role", "residence", "extra", "chosen"),
    [
        pytest.param("third_party", "US-IL", (), ["base", "us-regf"], id="country and role"),
        pytest.param("third_party", "US-MA", (), ["base", "us-ma", "us-regf"], id="region"),
        pytest.param("third_party", "US", (), ["base", "us-ma", "us-regf"], id="region unknown"),
        pytest.param("first_party", "CN", (), ["base", "cn", "firm"], id="another country"),
        pytest.param("first_party", "US-IL", ("cn",), ["base", "cn", "firm"], id="added by hand"),
        pytest.param(
            "first_party", "US-IL", ("us-regf",), ["base", "firm"], id="role still counts"
        ),
        pytest.param("third_party", None, (), ["base"], id="residence unknown"),
        pytest.param("third_party", "FR", (), ["base"], id="no law known"),
    ],
)
def test_packs_are_selected(
    role: str, residence: str | None, extra: tuple[str, ...], chosen: list[str]
) -> None:
    selection = select_packs(PACKS, role, residence, extra)

    assert [pack.id for pack in selection.packs] == chosen
    assert (selection.refusal is None) is any(p.requires.countries for p in selection.packs)
    assert len(selection.choices) == len(PACKS)


@pytest.mark.parametrize(
    ("residence", "needs"),
    [pytest.param(None, "residence", id="unknown"), pytest.param("FR", "pack", id="no pack")],
)
def test_without_the_law_of_the_place_nothing_is_sent(residence: str | None, needs: str) -> None:
    refusal = select_packs(PACKS, "third_party", residence).refusal

    assert refusal is not None
    assert refusal.verdict is Verdict.BLOCK
    assert [reason.code for reason in refusal.reasons] == ["engine.no_pack"]
    assert refusal.needs == (needs,)
    assert refusal.packs == (("base", "hash of base"),)


def test_every_choice_is_explained() -> None:
    selection = select_packs(PACKS, "third_party", "US-IL", extra=["cn"])

    assert {choice.pack: (choice.chosen, choice.cause) for choice in selection.choices} == {
        "base": (True, "everywhere"),
        "cn": (True, "added"),
        "firm": (False, "role"),
        "us-ma": (False, "region"),
        "us-regf": (True, "country"),
    }


def test_a_region_and_an_unknown_residence_are_causes_too() -> None:
    causes = {c.pack: c.cause for c in select_packs(PACKS, "third_party", "US-MA").choices}
    unknown = {c.pack: c.cause for c in select_packs(PACKS, "third_party", None).choices}

    assert (causes["us-ma"], causes["cn"]) == ("region", "country")
    assert unknown["cn"] == "residence_unknown"


def test_a_pack_expresses_its_rules_and_scopes() -> None:
    assert Pack("x", "2026.11", (), scopes=("x.scope",)).ids == {"x.scope"}
