"""Consents, opt-outs and proof that a number is still the person's."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Effective
from outreach.domain.decisions import Verdict
from outreach.domain.known import Approval, Consent, Endpoint, InboundMessage, OptOut
from tests.compliance.builders import a_call, a_rule, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
LAST_WEEK = chicago("2026-06-03")


def a_demand(**given: Any) -> Any:
    return a_rule("consent_required", **{"kinds": ["sms_consent"], **given})


@pytest.mark.parametrize(
    ("consent", "rule", "code"),
    [
        pytest.param({}, {}, None, id="a consent that stands"),
        pytest.param(None, {}, "missing", id="none"),
        pytest.param({"kind": "marketing_sms"}, {}, "missing", id="another kind"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, {}, "missing", id="given later"),
        pytest.param({"channel": "email"}, {}, "missing", id="another channel"),
        pytest.param({"endpoint": "P2"}, {}, "missing", id="another address"),
        pytest.param({"purpose": "marketing"}, {}, "missing", id="another purpose"),
        pytest.param({"debts": frozenset({"D2"})}, {}, "missing", id="another debt"),
        pytest.param({"given_to": "creditor"}, {}, "given_to_other", id="does not transfer"),
        pytest.param({"given_to": "creditor"}, {"given_to": ["creditor"]}, None, id="suffices"),
        pytest.param({"given_to": "creditor"}, {"transferable": True}, None, id="transfers"),
        pytest.param({}, {"transferable": True}, None, id="given to this sender all the same"),
        pytest.param({"expires": NOON}, {}, "expired", id="expired now"),
        pytest.param({"expires": NOON + timedelta(seconds=1)}, {}, None, id="expires soon"),
        pytest.param({}, {"ttl": {"n": 7, "unit": "days"}}, "expired", id="its eighth date"),
        pytest.param({}, {"ttl": {"n": 8, "unit": "days"}}, None, id="its eighth and last date"),
        pytest.param({}, {"evidence_required": True}, "unproven", id="no evidence"),
        pytest.param({"evidence": "form 7"}, {"evidence_required": True}, None, id="evidence"),
        pytest.param({"starts": NOON + timedelta(hours=1)}, {}, "not_yet", id="begins later"),
    ],
)
def test_consent(consent: dict[str, Any] | None, rule: dict[str, Any], code: str | None) -> None:
    given = {"kind": "sms_consent", "at": LAST_WEEK, "channel": "sms", "endpoint": "P1"}
    consents = () if consent is None else (Consent(**{**given, **consent}),)
    action = an_action(channel="sms", endpoint="P1")

    decision = judge(action, some_facts(consents=consents), a_demand(**rule))

    assert codes(decision) == ([f"consent_required.{code}"] if code else [])


def test_a_consent_that_begins_later_defers_to_its_beginning() -> None:
    begins = NOON + timedelta(hours=1)
    consents = (
        Consent("sms_consent", LAST_WEEK, starts=begins),
        Consent("sms_consent", LAST_WEEK, starts=begins + timedelta(hours=1)),
    )

    decision = judge(an_action(channel="sms"), some_facts(consents=consents), a_demand())

    assert decision.until == begins


@pytest.mark.parametrize(
    ("opt_out", "code"),
    [
        pytest.param(OptOut(chicago("2026-06-05"), "sms", "P1"), "revoked", id="stopped later"),
        pytest.param(OptOut(LAST_WEEK, "sms", "P1"), "revoked", id="stopped in the same instant"),
        pytest.param(OptOut(chicago("2026-06-01"), "sms"), None, id="stopped before"),
        pytest.param(OptOut(chicago("2026-06-12"), "sms"), None, id="not known yet"),
        pytest.param(OptOut(chicago("2026-06-05"), "email"), None, id="another medium"),
        pytest.param(
            OptOut(chicago("2026-06-05"), "sms", scope="marketing"), None, id="marketing only"
        ),
    ],
)
def test_an_opt_out_ends_a_consent(opt_out: OptOut, code: str | None) -> None:
    consents = (Consent("sms_consent", LAST_WEEK, "sms", "P1"),)
    facts = some_facts(consents=consents, opt_outs=(opt_out,))

    decision = judge(an_action(channel="sms", endpoint="P1"), facts, a_demand())

    assert codes(decision) == ([f"consent_required.{code}"] if code else [])


def test_an_opt_out_of_marketing_ends_a_consent_to_marketing() -> None:
    facts = some_facts(
        consents=(Consent("marketing_sms", LAST_WEEK),),
        opt_outs=(OptOut(chicago("2026-06-05"), "sms", scope="marketing"),),
    )

    decision = judge(an_action(channel="sms"), facts, a_demand(kinds=["marketing_sms"]))

    assert codes(decision) == ["consent_required.revoked"]


@pytest.mark.parametrize(
    ("claimed", "consents", "code"),
    [
        pytest.param("financial_alert", (), "exemption_void", id="claimed"),
        pytest.param("financial_alert", (Consent("sms_consent", LAST_WEEK),), None, id="needless"),
        pytest.param(False, (), "missing", id="not claimed"),
    ],
)
def test_an_exemption_excuses_no_contact_about_a_debt(
    claimed: Any, consents: tuple[Consent, ...], code: str | None
) -> None:
    action = an_action(channel="sms", sender_attributes={"claimed_exemption": claimed})

    decision = judge(action, some_facts(consents=consents), a_demand())

    assert codes(decision) == ([f"consent_required.{code}"] if code else [])


STOPPED = chicago("2026-06-10", "11:59")


@pytest.mark.parametrize(
    ("action", "opt_out", "stops"),
    [
        pytest.param({}, {}, True, id="the same medium and address"),
        pytest.param({}, {"endpoint": None}, True, id="the whole medium"),
        pytest.param({"endpoint": "P2"}, {}, False, id="another address"),
        pytest.param({"endpoint": None}, {}, True, id="no address yet: it may be the one"),
        pytest.param({"channel": "email"}, {}, False, id="another medium"),
        pytest.param({"channel": "email"}, {"medium": "all", "endpoint": None}, True, id="all"),
        pytest.param({"channel": "call"}, {"medium": "phone"}, True, id="phone binds calls"),
        pytest.param({"channel": "voicemail"}, {"medium": "call"}, True, id="call binds voicemail"),
        pytest.param({"channel": "push"}, {"medium": "phone"}, False, id="phone leaves push"),
        pytest.param({}, {"at": NOON + timedelta(seconds=1)}, False, id="not known yet"),
        pytest.param({}, {"scope": "marketing"}, False, id="marketing only"),
        pytest.param({"purpose": "marketing"}, {"scope": "marketing"}, True, id="is marketing"),
        pytest.param(
            {"content_tags": frozenset({"marketing"})}, {"scope": "marketing"}, True, id="tagged"
        ),
        pytest.param({}, {"topic": "D2"}, True, id="topics are ignored"),
    ],
)
def test_opt_out(action: dict[str, Any], opt_out: dict[str, Any], stops: bool) -> None:
    given: dict[str, Any] = {"at": STOPPED, "medium": "sms", "endpoint": "P1", **opt_out}
    proposed = an_action(**{"channel": "sms", "endpoint": "P1", **action})

    decision = judge(proposed, some_facts(opt_outs=(OptOut(**given),)), a_rule("opt_out"))

    assert (decision.verdict is Verdict.BLOCK) is stops


@pytest.mark.parametrize(
    ("topic", "stops"), [pytest.param("D2", False, id="other"), pytest.param("D1", True, id="this")]
)
def test_a_rule_may_let_topics_narrow(topic: str, stops: bool) -> None:
    facts = some_facts(opt_outs=(OptOut(STOPPED, "sms", topic=topic),))

    decision = judge(an_action(channel="sms"), facts, a_rule("opt_out", scope="topic"))

    assert (decision.verdict is Verdict.BLOCK) is stops


@pytest.mark.parametrize(
    ("scope", "opt_out", "stops"),
    [
        pytest.param("endpoint", {"endpoint": "P2"}, False, id="another address"),
        pytest.param("medium", {"endpoint": "P2"}, True, id="the medium, whatever the address"),
        pytest.param("medium", {"medium": "email"}, False, id="another medium"),
        pytest.param("topic", {"topic": "D2", "endpoint": "P1"}, False, id="another topic"),
        pytest.param("topic", {"endpoint": "P2"}, False, id="another address, no topic"),
        pytest.param("telephone", {"medium": "call"}, True, id="calls stop texts too"),
        pytest.param("telephone", {"medium": "email"}, False, id="e-mail is no telephone"),
        pytest.param("telephone", {"medium": "call", "endpoint": "P2"}, False, id="other number"),
        pytest.param("all", {"medium": "email", "topic": "D2"}, True, id="everything"),
        pytest.param("all", {"scope": "marketing"}, False, id="marketing stays marketing"),
    ],
)
def test_how_far_a_request_reaches(scope: str, opt_out: dict[str, Any], stops: bool) -> None:
    facts = some_facts(opt_outs=(OptOut(**{"at": STOPPED, "medium": "sms", **opt_out}),))

    decision = judge(an_action(channel="sms", endpoint="P1"), facts, a_rule("opt_out", scope=scope))

    assert (decision.verdict is Verdict.BLOCK) is stops


def test_revoking_all_is_a_warning_until_its_waiver_ends() -> None:
    stop = OptOut(chicago("2026-12-01"), "sms", topic="D2")
    rule = a_rule(
        "opt_out", scope="all", effective=Effective(waived_until=chicago("2027-01-31").date())
    )

    before = judge(
        an_action(at=chicago("2027-01-30"), channel="sms"), some_facts(opt_outs=(stop,)), rule
    )
    after = judge(
        an_action(at=chicago("2027-01-31"), channel="sms"), some_facts(opt_outs=(stop,)), rule
    )

    assert (before.verdict, [warning.rule for warning in before.warnings]) == ("allow", [rule.id])
    assert after.verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    ("triggers", "source", "stops"),
    [
        pytest.param({"keywords": ["stop"]}, "keyword", True, id="a keyword"),
        pytest.param({"keywords": ["stop"]}, "agent_note", False, id="a note is no keyword"),
        pytest.param({"keywords": ["stop"]}, "", True, id="nobody kept how"),
        pytest.param({"agent_note": True, "voice": False}, "agent_note", True, id="a note"),
        pytest.param({"agent_note": True, "voice": False}, "voice", False, id="not by voice"),
        pytest.param({}, "inbound_email", True, id="anything"),
    ],
)
def test_what_counts_as_a_request(triggers: dict[str, Any], source: str, stops: bool) -> None:
    facts = some_facts(opt_outs=(OptOut(STOPPED, "sms", source=source),))

    decision = judge(an_action(channel="sms"), facts, a_rule("opt_out", triggers=triggers))

    assert (decision.verdict is Verdict.BLOCK) is stops


@pytest.mark.parametrize(
    ("entry", "late"),
    [
        pytest.param({"at": chicago("2026-06-09")}, 1, id="after ten business days"),
        pytest.param({"at": chicago("2026-06-08")}, 0, id="on the tenth"),
        pytest.param({"at": chicago("2026-06-09"), "channel": "email"}, 0, id="another medium"),
        pytest.param({"at": chicago("2026-06-09"), "direction": "in"}, 0, id="theirs"),
        pytest.param({"at": chicago("2026-06-09"), "outcome": "released"}, 0, id="never placed"),
        pytest.param(
            {"at": chicago("2026-06-09"), "purpose": "opt_out_confirmation"}, 0, id="confirmation"
        ),
        pytest.param({"at": chicago("2026-06-12")}, 0, id="not known yet"),
    ],
)
def test_a_contact_after_the_outer_limit_is_an_alarm(entry: dict[str, Any], late: int) -> None:
    given: dict[str, Any] = {"outcome": "sent", "channel": "sms", "purpose": "collection", **entry}
    facts = some_facts(
        opt_outs=(OptOut(chicago("2026-05-22"), "sms"), OptOut(STOPPED, "sms")),
        ledger=(a_call(**given),),
        holidays=frozenset({chicago("2026-05-25").date()}),
    )
    rule = a_rule("opt_out", outer_limit={"n": 10, "unit": "business_days"})

    (reason,) = judge(an_action(channel="sms"), facts, rule).reasons

    assert reason.parameters["honor_by"] == "2026-06-09T05:00:00+00:00"
    assert reason.parameters["late_contacts"] == late


def test_without_a_calendar_the_outer_limit_is_the_earlier_one() -> None:
    facts = some_facts(opt_outs=(OptOut(chicago("2026-05-22"), "sms"),), holidays=None)
    rule = a_rule("opt_out", outer_limit={"n": 10, "unit": "business_days"})

    (reason,) = judge(an_action(channel="sms"), facts, rule).reasons

    assert reason.parameters["honor_by"] == "2026-06-06T05:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "lifts"),
    [pytest.param("opt_in", True, id="START"), pytest.param("express", False, id="another")],
)
def test_a_rule_may_say_which_consent_lifts_a_request(kind: str, lifts: bool) -> None:
    facts = some_facts(opt_outs=(OptOut(LAST_WEEK, "sms"),), consents=(Consent(kind, STOPPED),))

    decision = judge(an_action(channel="sms"), facts, a_rule("opt_out", re_opt_in=["opt_in"]))

    assert (decision.verdict is Verdict.ALLOW) is lifts


def test_a_rule_may_be_about_some_scopes_only() -> None:
    facts = some_facts(opt_outs=(OptOut(STOPPED, "sms"),))

    decision = judge(an_action(channel="sms"), facts, a_rule("opt_out", scopes=["marketing"]))

    assert decision.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("message", "stops"),
    [
        pytest.param(InboundMessage(STOPPED, "sms", opt_out=True), True, id="STOP"),
        pytest.param(InboundMessage(STOPPED, "sms"), False, id="something else"),
        pytest.param(
            InboundMessage(NOON + timedelta(seconds=1), "sms", opt_out=True), False, id="too late"
        ),
    ],
)
def test_a_text_that_says_stop_is_an_opt_out(message: InboundMessage, stops: bool) -> None:
    decision = judge(an_action(channel="sms"), some_facts(inbound=(message,)), a_rule("opt_out"))

    assert (decision.verdict is Verdict.BLOCK) is stops


@pytest.mark.parametrize(
    ("consent", "lifted"),
    [
        pytest.param({}, True, id="START later"),
        pytest.param({"at": STOPPED}, False, id="in the same instant"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, False, id="not known yet"),
        pytest.param({"channel": "email"}, False, id="for another medium"),
        pytest.param({"endpoint": "P2"}, False, id="from another address"),
        pytest.param({"expires": NOON}, False, id="expired"),
        pytest.param({"expires": NOON + timedelta(days=1)}, True, id="not expired"),
        pytest.param({"kind": "marketing_sms"}, False, id="to marketing only"),
        pytest.param({"kind": "consumer_text"}, False, id="a mere text"),
        pytest.param({"debts": frozenset({"D2"})}, False, id="about another debt"),
    ],
)
def test_a_later_consent_lifts_an_opt_out(consent: dict[str, Any], lifted: bool) -> None:
    given: dict[str, Any] = {
        "kind": "opt_in",
        "at": STOPPED + timedelta(seconds=1),
        "channel": "sms",
        "endpoint": "P1",
    }
    facts = some_facts(
        opt_outs=(OptOut(STOPPED, "sms", "P1"),), consents=(Consent(**{**given, **consent}),)
    )

    decision = judge(an_action(channel="sms", endpoint="P1"), facts, a_rule("opt_out"))

    assert (decision.verdict is Verdict.ALLOW) is lifted


@pytest.mark.parametrize(
    ("rule", "content", "ledger", "code"),
    [
        pytest.param({"max": 1}, {"opt_out_confirmed"}, (), None, id="one confirmation"),
        pytest.param(None, {"opt_out_confirmed"}, (), "opted_out", id="a rule that allows none"),
        pytest.param(
            {"max": 1}, {"opt_out_confirmed", "payment_link"}, (), "confirmation_content", id="more"
        ),
        pytest.param(
            {"max": 1, "extra_content": ["signature"]},
            {"opt_out_confirmed", "signature"},
            (),
            None,
            id="what it may contain besides",
        ),
        pytest.param(
            {"max": 1},
            {"opt_out_confirmed"},
            (a_call(STOPPED, "sent", channel="sms", purpose="opt_out_confirmation"),),
            "confirmation_repeated",
            id="a second one",
        ),
        pytest.param(
            {"max": 1},
            {"opt_out_confirmed"},
            (
                a_call(STOPPED, "released", channel="sms", purpose="opt_out_confirmation"),
                a_call(LAST_WEEK, "sent", channel="sms", purpose="opt_out_confirmation"),
                a_call(STOPPED, "sent", channel="sms", purpose="collection"),
            ),
            None,
            id="released, older and other ones are none",
        ),
        pytest.param(
            {"max": 1, "within": {"n": 59, "unit": "seconds"}},
            {"opt_out_confirmed"},
            (),
            "confirmation_late",
            id="late",
        ),
        pytest.param(
            {"max": 1, "within": {"n": 60, "unit": "seconds"}},
            {"opt_out_confirmed"},
            (),
            None,
            id="just in time",
        ),
    ],
)
def test_confirmation(
    rule: dict[str, Any] | None, content: set[str], ledger: Any, code: str | None
) -> None:
    facts = some_facts(opt_outs=(OptOut(STOPPED, "sms"),), ledger=ledger)
    action = an_action(channel="sms", purpose="opt_out_confirmation", content=frozenset(content))

    decision = judge(action, facts, a_rule("opt_out", **({"confirmation": rule} if rule else {})))

    assert codes(decision) == ([f"opt_out.{code}"] if code else [])


SIXTY_DAYS_AGO = chicago("2026-04-11", "23:00")


@pytest.mark.parametrize(
    ("endpoint", "consent_at", "code"),
    [
        pytest.param(None, None, "unproven", id="nothing known of the number"),
        pytest.param(Endpoint(), None, "unproven", id="nothing proves it"),
        pytest.param(
            Endpoint(checked_at=SIXTY_DAYS_AGO, checked_result="no"), None, None, id="60 dates old"
        ),
        pytest.param(
            Endpoint(checked_at=chicago("2026-04-10"), checked_result="no"), None, "stale", id="61"
        ),
        pytest.param(
            Endpoint(checked_at=LAST_WEEK, checked_result="yes"), LAST_WEEK, "reassigned", id="yes"
        ),
        pytest.param(
            Endpoint(checked_at=LAST_WEEK, checked_result="no_data"), None, "unproven", id="no data"
        ),
        pytest.param(
            Endpoint(checked_at=NOON + timedelta(days=1), checked_result="yes"),
            LAST_WEEK,
            None,
            id="a check of the future",
        ),
        pytest.param(Endpoint(last_text_at=LAST_WEEK), None, None, id="the person texted"),
        pytest.param(
            Endpoint(last_text_at=NOON + timedelta(days=1)), None, "unproven", id="a future text"
        ),
        pytest.param(None, LAST_WEEK, None, id="a renewed consent"),
    ],
)
def test_number_freshness(endpoint: Endpoint | None, consent_at: Any, code: str | None) -> None:
    facts = some_facts(
        endpoints={"P1": endpoint} if endpoint else {},
        consents=(Consent("sms_consent", consent_at),) if consent_at else (),
    )
    rule = a_rule("number_freshness", max_age={"n": 60, "unit": "days"}, renewed_by=["sms_consent"])

    decision = judge(an_action(channel="sms", endpoint="P1"), facts, rule)

    assert codes(decision) == ([f"number_freshness.{code}"] if code else [])


def test_a_consent_to_the_creditor_proves_nothing_to_the_collector() -> None:
    consents = (Consent("sms_consent", LAST_WEEK, given_to="creditor"),)
    rule = a_rule("number_freshness", max_age={"n": 60, "unit": "days"}, renewed_by=["sms_consent"])

    decision = judge(an_action(channel="sms"), some_facts(consents=consents), rule)

    assert codes(decision) == ["number_freshness.unproven"]


@pytest.mark.parametrize(
    ("result", "policy", "code"),
    [
        pytest.param("yes", {}, "reassigned", id="reassigned"),
        pytest.param("no", {}, None, id="not reassigned"),
        pytest.param("no_data", {}, None, id="no data says nothing"),
        pytest.param(None, {}, None, id="never checked"),
        pytest.param("no_data", {"no_data": "block"}, "inconclusive", id="no data blocks"),
        pytest.param("no_data", {"no_data": "human_approval"}, "inconclusive", id="asks a person"),
        pytest.param("no", {"no_data": "block"}, None, id="another answer"),
    ],
)
def test_a_rule_may_look_at_the_check_alone(
    result: str | None, policy: dict[str, str], code: str | None
) -> None:
    endpoint = Endpoint(checked_at=LAST_WEEK if result else None, checked_result=result)
    rule = a_rule("number_freshness", result_policy=policy)

    decision = judge(
        an_action(channel="sms", endpoint="P1"), some_facts(endpoints={"P1": endpoint}), rule
    )

    assert codes(decision) == ([f"number_freshness.{code}"] if code else [])


@pytest.mark.parametrize(
    ("max_age", "code"),
    [
        pytest.param(None, None, id="approved"),
        pytest.param({"n": 60, "unit": "days"}, None, id="an approved check is a proof"),
        pytest.param({"n": 2, "unit": "days"}, "stale", id="and may be stale"),
    ],
)
def test_a_person_may_approve_where_there_is_no_data(max_age: Any, code: str | None) -> None:
    facts = some_facts(
        endpoints={"P1": Endpoint(checked_at=LAST_WEEK, checked_result="no_data")},
        approvals=(Approval("number_freshness", LAST_WEEK, "compliance"),),
    )
    rule = a_rule(
        "number_freshness",
        result_policy={"no_data": "human_approval"},
        **({"max_age": max_age} if max_age else {}),
    )

    decision = judge(an_action(channel="sms", endpoint="P1"), facts, rule)

    assert codes(decision) == ([f"number_freshness.{code}"] if code else [])
