"""A hold may name who may be spoken to all the same."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from outreach.compliance import compile_packs, decide
from outreach.compliance.pack import Pack, Rule
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Facts, Hold

NOON: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        pytest.param("executor", Verdict.ALLOW, id="named"),
        pytest.param("debtor", Verdict.BLOCK, id="the person held"),
        pytest.param("relative", Verdict.BLOCK, id="anybody else"),
    ],
)
def test_only_the_roles_that_a_hold_names_are_let_through(role: str, verdict: Verdict) -> None:
    rule = Rule("x.deceased", "moratorium", {"kinds": ["deceased"]})
    held: dict[str, Any] = {"allowed_recipients": frozenset({"executor"})}
    facts = Facts("first_party", holds=(Hold("deceased", NOON, **held),))
    action = ProposedAction(NOON, "call", "collection", ("1",), recipient_role=role)

    decision = decide(action, facts, compile_packs([Pack("x", "1", (rule,))]))

    assert decision.verdict is verdict
