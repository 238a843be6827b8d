"""What the engine itself says where it refuses, and what it says when no pack knows the law."""

from datetime import datetime
from typing import Any

import pytest

from outreach.compliance import compile_packs, decide
from outreach.compliance.engine import DUPLICATE, INSUFFICIENT_FACTS, UnknownPrimitiveError
from outreach.compliance.pack import Pack, Rule
from outreach.compliance.selection import NO_PACK, select_packs
from outreach.domain.decisions import Decision, Reason, Verdict
from tests.compliance.builders import a_call, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")


@pytest.mark.parametrize(
    ("given", "code", "parameters"),
    [
        ({"at": datetime(2026, 6, 10)}, INSUFFICIENT_FACTS, {"missing": "time_zone_of_instant"}),  # noqa: DTZ001 - naive on purpose
        ({"key": "K"}, DUPLICATE, {}),
    ],
)
def test_the_engine_refuses_in_words_too(
    given: dict[str, Any], code: str, parameters: dict[str, object]
) -> None:
    packs = compile_packs([Pack("x", "2026.11", (), content_hash="abc")])
    facts = some_facts(ledger=(a_call(NOON, key="K"),))

    decision = decide(an_action(**given), facts, packs)

    assert decision == Decision(
        Verdict.BLOCK, (Reason(code, code, Verdict.BLOCK, parameters),), packs=(("x", "abc"),)
    )


def test_an_unknown_primitive_is_named() -> None:
    with pytest.raises(
        UnknownPrimitiveError, match=r"^rule x.rule: no primitive 'x'; there are \["
    ) as e:
        judge(an_action(), some_facts(), Rule("x.rule", "x", {}))

    assert (e.value.rule, e.value.primitive) == ("x.rule", "x")


@pytest.mark.parametrize(
    ("residence", "named", "parameters", "needs"),
    [
        (None, (), {"residence": None, "missing": "residence"}, "residence"),
        ("US-IL", (), {"residence": "US-IL"}, "pack"),
        ("US-IL", ("y", "x"), {"residence": "US-IL", "unknown": ["x", "y"]}, "pack"),
        (None, ("y",), {"residence": None, "missing": "residence", "unknown": ["y"]}, "pack"),
    ],
)
def test_no_pack_is_said_in_full(
    residence: str | None, named: tuple[str, ...], parameters: dict[str, object], needs: str
) -> None:
    everywhere = Pack("a", "2026.11", (), content_hash="abc")

    refusal = select_packs([everywhere], "creditor", residence, named).refusal

    assert refusal == Decision(
        Verdict.BLOCK,
        (Reason(NO_PACK, NO_PACK, Verdict.BLOCK, {"role": "creditor", **parameters}),),
        needs=(needs,),
        packs=(("a", "abc"),),
    )


def test_a_shadowed_pack_has_another_hash() -> None:
    assert Pack("a", "2026.11", (), content_hash="abc").shadowed().content_hash == "abc-shadow"
