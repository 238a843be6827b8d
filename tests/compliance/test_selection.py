"""Which packs apply, and why."""

from typing import Any

import pytest

from outreach.compliance import compile_packs, decide, select_packs
from outreach.compliance.pack import Pack, Requires, Rule
from outreach.domain.decisions import Verdict
from tests.compliance.builders import an_action, some_facts


def a_pack(name: str, *, rules: tuple[Rule, ...] = (), **options: Any) -> Pack:
    """Build a pack; texts among the options are what it requires, the rest is the pack's own."""
    requires = {key: frozenset(v.split()) for key, v in options.items() if isinstance(v, str)}
    own = {key: value for key, value in options.items() if key not in requires}
    return Pack(name, "2026.11", rules, Requires(**requires), content_hash=f"hash of {name}", **own)


PACKS = (
    a_pack("us-regf", roles="third_party", countries="US"),
    a_pack("base"),
    a_pack("us-ma", countries="US", regions="US-MA"),
    a_pack("us-nyc", countries="US", regions="US-NY-NYC"),
    a_pack("us-extra", countries="US", opt_in=True),
    a_pack("cn", countries="CN"),
    a_pack("firm", roles="first_party"),
)


def causes(*args: Any, packs: tuple[Pack, ...] = PACKS, **kwargs: Any) -> dict[str, str]:
    selection = select_packs(packs, *args, **kwargs)
    assert [c.pack for c in selection.choices if c.chosen] == [p.id for p in selection.packs]
    return {choice.pack: choice.cause for choice in selection.choices}


@pytest.mark.parametrize(
    ("role", "residence", "extra", "chosen"),
    [
        pytest.param("third_party", "US-IL", (), "base us-regf", id="country and role"),
        pytest.param("third_party", "US-MA", (), "base us-ma us-regf", id="region"),
        pytest.param("third_party", "US", (), "base us-ma us-nyc us-regf", id="region unknown"),
        pytest.param("third_party", "US-NY-NYC", (), "base us-nyc us-regf", id="city"),
        pytest.param("third_party", "US-NY", (), "base us-nyc us-regf", id="city unknown"),
        pytest.param("third_party", "US-NY-XXX", (), "base us-regf", id="elsewhere"),
        pytest.param("first_party", "CN", (), "base cn firm", id="another country"),
        pytest.param("third_party", "US-IL", ("cn",), "base cn us-regf", id="added by hand"),
        pytest.param("third_party", "US-IL", ("us-extra",), "base us-extra us-regf", id="opt in"),
        pytest.param("first_party", "CN", ("us-extra",), "base cn firm", id="opt in elsewhere"),
    ],
)
def test_packs_are_selected(role: str, residence: str, extra: tuple[str, ...], chosen: str) -> None:
    selection = select_packs(PACKS, role, residence, extra)

    assert [pack.id for pack in selection.packs] == chosen.split()
    assert selection.refusal is None
    assert len(selection.choices) == len(PACKS)


@pytest.mark.parametrize(
    ("role", "residence", "extra", "needs"),
    [
        pytest.param("third_party", None, (), "residence", id="unknown"),
        pytest.param("third_party", "FR", (), "pack", id="no pack"),
        pytest.param("first_party", "US-IL", (), "pack", id="none for the role"),
        pytest.param("first_party", "US-IL", ("us-regf",), "pack", id="role counts though named"),
        pytest.param("first_party", "US-IL", ("cn",), "pack", id="another country's law"),
        pytest.param("first_party", "US-IL", ("us-extra",), "pack", id="opt in is no law"),
        pytest.param("third_party", "US-IL", ("typo",), "pack", id="a pack there isn't"),
        pytest.param("third_party", None, ("typo",), "pack", id="both"),
    ],
)
def test_without_the_law_of_the_place_nothing_is_sent(
    role: str, residence: str | None, extra: tuple[str, ...], needs: str
) -> None:
    refusal = select_packs(PACKS, role, residence, extra).refusal

    assert refusal is not None
    assert refusal.verdict is Verdict.BLOCK
    assert [reason.code for reason in refusal.reasons] == ["engine.no_pack"]
    assert refusal.needs == (needs,)
    assert ("base", "hash of base") in refusal.packs


def test_a_pack_that_does_not_suffice_needs_another_beside_it() -> None:
    thin = a_pack("eu", countries="GR IT", sufficient=False)
    greek = a_pack("gr", countries="GR")

    assert select_packs([thin, greek], "first_party", "GR").refusal is None
    assert select_packs([thin, greek], "first_party", "IT").refusal is not None


def test_every_choice_is_explained() -> None:
    assert causes("third_party", "US-IL", extra=["cn", "typo"]) == {
        "base": "everywhere",
        "cn": "added",
        "firm": "role",
        "us-extra": "not_named",
        "us-ma": "region",
        "us-nyc": "region",
        "us-regf": "country",
        "typo": "unknown",
    }
    assert causes("third_party", "US-NY")["us-nyc"] == "region_unknown"
    assert causes("third_party", "US-MA")["us-ma"] == "region"
    assert causes("third_party", "US-MA")["cn"] == "country"
    assert causes("third_party", None)["cn"] == "residence_unknown"
    assert causes("first_party", "CN", extra=["us-extra"])["us-extra"] == "country"


def test_where_somebody_seems_to_be_adds_packs_and_takes_none_away() -> None:
    here = causes("third_party", "US-MA")
    abroad = causes("third_party", "US-MA", whereabouts={"CN"})

    assert here["cn"] == "country"
    assert abroad == {**here, "cn": "whereabouts"}
    # Knowing the law of another place doesn't make up for that of the residence.
    assert select_packs(PACKS, "third_party", "FR", whereabouts={"CN"}).refusal is not None
    assert causes("third_party", "CN", whereabouts={"US"})["us-ma"] == "whereabouts"


@pytest.mark.parametrize(
    ("requires", "asked", "cause"),
    [
        pytest.param({"products": "card"}, {"products": {"card"}}, "country", id="product"),
        pytest.param({"products": "card"}, {"products": {"auto"}}, "product", id="another"),
        pytest.param({"products": "card"}, {}, "country", id="product unknown"),
        pytest.param({"stages": "servicing"}, {"stage": "servicing"}, "country", id="stage"),
        pytest.param({"stages": "servicing"}, {"stage": "legal"}, "stage", id="another stage"),
        pytest.param({"stages": "servicing"}, {}, "country", id="stage unknown"),
    ],
)
def test_product_and_stage_narrow_a_pack(
    requires: dict[str, Any], asked: dict[str, Any], cause: str
) -> None:
    pack = a_pack("x", countries="US", **requires)

    assert causes("first_party", "US", packs=(pack,), **asked) == {"x": cause}


def test_a_region_without_a_country_stands_in_it() -> None:
    pack = a_pack("x", regions="US-MA")

    assert causes("first_party", "CN", packs=(pack,)) == {"x": "country"}
    assert causes("first_party", "US-MA", packs=(pack,)) == {"x": "region"}


def test_a_draft_is_recorded_only_unless_the_lender_names_it() -> None:
    ban = Rule("x.ban", "channel_forbidden")
    draft = a_pack("x", countries="US", draft=True, rules=(ban,))
    law = a_pack("y", countries="US")

    recorded = select_packs([draft, law], "first_party", "US")
    named = select_packs([draft, law], "first_party", "US", ["x"])
    alone = select_packs([draft], "first_party", "US")

    assert [choice.cause for choice in recorded.choices] == ["draft", "country"]
    quiet = decide(an_action(), some_facts(), compile_packs(recorded.packs))
    assert (quiet.verdict, quiet.shadow[0].rule) == (Verdict.ALLOW, "x.ban")
    assert recorded.packs[0].content_hash != named.packs[0].content_hash
    assert decide(an_action(), some_facts(), compile_packs(named.packs)).verdict is Verdict.BLOCK
    assert alone.refusal is not None


def test_the_rules_of_a_pack_keep_to_its_stages() -> None:
    ban = Rule("x.ban", "channel_forbidden")
    narrow = Rule("x.narrow", "channel_forbidden", applies_to={"stage": "legal"})
    packs = compile_packs([a_pack("x", stages="servicing", rules=(ban, narrow))])

    def rules(stage: str) -> frozenset[str]:
        return decide(an_action(), some_facts(stage=stage), packs).rules

    assert [rules(stage) for stage in ("servicing", "legal", "other")] == [
        {"x.ban"},
        {"x.narrow"},
        set(),
    ]


def test_a_pack_expresses_its_rules_scopes_and_duties() -> None:
    pack = Pack("x", "2026.11", (), scopes=("x.scope",), governance={"x.duty": "in the contract"})

    assert pack.ids == {"x.scope", "x.duty"}
