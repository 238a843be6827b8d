"""What the shipped packs say of steps that only people take."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from outreach.compliance import compile_packs, decide
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import Decision, ProposedAction, Verdict
from outreach.domain.known import Debt, Facts, Hold, ZoneEvidence
from outreach.domain.vocabulary import HoldKind, LenderRole

NOON: Final = datetime(2026, 11, 23, 4, tzinfo=UTC)
PACKS: Final = {
    pack.id: pack
    for pack in read_packs(Path(__file__).parents[2] / "config" / "compliance")
    if pack.id in {"outreach-base", "hk-hkab"}
}
# These are about contact alone: a court may be asked whoever it is that must not be written to.
MAY_BE_SUED: Final = {HoldKind.ATTORNEY, HoldKind.CEASE, HoldKind.REVIEW}


def judge(pack: str, action: ProposedAction, *holds: Hold) -> Decision:
    facts = Facts(
        lender_role=LenderRole.FIRST_PARTY,
        zones=(ZoneEvidence("Asia/Hong_Kong", "declared"),),
        residence="HK",
        holds=holds,
        debts={"1": Debt(dpd=150)},
    )
    return decide(action, facts, compile_packs([PACKS[pack]]))


def an_action(channel: str, purpose: str, *content: str) -> ProposedAction:
    return ProposedAction(
        at=NOON, channel=channel, purpose=purpose, debts=("1",), content=frozenset(content)
    )


def test_nobody_is_taken_to_court_who_is_protected() -> None:
    suit = an_action("records", "legal_notice")
    judged = {
        kind: judge("outreach-base", suit, Hold(kind=kind, at=NOON, policy="pause_collection"))
        for kind in HoldKind
    }
    stopped = {kind for kind, one in judged.items() if one.verdict is Verdict.BLOCK}

    assert judge("outreach-base", suit).verdict is Verdict.ALLOW
    assert stopped == set(HoldKind) - MAY_BE_SUED


def test_an_operator_who_keeps_legal_notices_keeps_the_suit() -> None:
    hold = Hold(kind="operator", at=NOON, policy="stop_collection_keep_legal_notices")
    suit = an_action("records", "legal_notice")

    assert judge("outreach-base", suit, hold).verdict is Verdict.ALLOW


def test_a_hold_on_a_suit_is_none_on_purging_records() -> None:
    hold = Hold(kind="dispute", at=NOON, policy="stop_all")

    assert judge("outreach-base", an_action("records", "purge"), hold).verdict is Verdict.ALLOW


def test_a_referees_data_is_for_no_agency_in_hong_kong() -> None:
    given = an_action("agency_handoff", "collection", "data_contact_persons", "referee_data")

    assert judge("hk-hkab", given).verdict is Verdict.BLOCK
    assert judge("hk-hkab", an_action("agency_handoff", "collection")).verdict is Verdict.ALLOW
