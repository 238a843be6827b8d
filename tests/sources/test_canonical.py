"""Our own schema at the door: what is refused is named, what is unknown is kept."""

from decimal import Decimal
from typing import Any

import pytest

from outreach.domain.signals import SIGNAL_TYPES, Signal
from outreach.sources.schema import TYPES, published
from outreach.sources.source import (
    Envelope,
    FieldProblem,
    MappingError,
    SchemaError,
    SourceError,
    UnreadableError,
)
from tests.sources.builders import SECRET, a_request, a_source, an_event, put, signed, stored
from tests.sources.samples import sample

SOURCE = a_source("cloudevents")


def problems(event: Any) -> dict[str, FieldProblem]:
    """Return what is said of a refused event, by field."""
    with pytest.raises(SchemaError) as refused:
        SOURCE.split(a_request(event))
    return {problem.path: problem for problem in refused.value.fields}


def one(event: Any) -> tuple[Envelope, Signal]:
    """Return the one signal of an accepted event."""
    (envelope,) = SOURCE.split(a_request(event))
    mapped = SOURCE.map(stored(envelope, SOURCE))
    assert isinstance(mapped, list)
    (signal,) = mapped
    return envelope, signal


def test_the_schema_and_the_folds_know_the_same_types() -> None:
    assert set(TYPES) == set(SIGNAL_TYPES)
    assert {"signal", "standard-webhook", "cloudevents-batch", *TYPES} == set(published())


@pytest.mark.parametrize(
    ("number", "path", "value", "field"),
    [
        ("062", "data.installment.outstanding", 242.5, "data.installment.outstanding"),
        ("062", "data.installment.outstanding", 242.0, "data.installment.outstanding"),
        ("062", "data.installment.outstanding", "24750", "data.installment.outstanding"),
        ("062", "data.installment.outstanding", -1, "data.installment.outstanding"),
        ("062", "data.installment.outstanding", 2**53, "data.installment.outstanding"),
        ("062", "data.installment.outstanding", None, "data.installment.outstanding"),
        ("062", "data.installment.due_date", "2026-02-30", "data.installment.due_date"),
        ("062", "data.installment.due_date", "24.10.2026", "data.installment.due_date"),
        ("062", "data.installment.number", 0, "data.installment.number"),
        ("062", "data.loan.currency", "usd", "data.loan.currency"),
        ("062", "data.loan.currency", "XXQ", "data.loan.currency"),
        ("062", "data.loan.currency", ..., "data.loan.currency"),
        ("062", "data.loan.status", "gone", "data.loan.status"),
        ("062", "data.loan.id", "a\x00b", "data.loan.id"),
        ("062", "data.loan.note", ["\x00"], "data.loan.note[0]"),
        ("062", "data.lender_timezone", "Mars/Base", "data.lender_timezone"),
        ("062", "data.as_of", "2026-11-23T08:59:57", "data.as_of"),
        ("062", "data.as_of", "2026-11-23T08:59:60Z", "data.as_of"),
        ("062", "data.days_past_due", 0, "data.days_past_due"),
        ("062", "data.borrower", "BR-1", "data.borrower"),
        ("062", "data", [], "data"),
        ("062", "time", "2026-11-23 08:59:57Z", "time"),
        ("062", "time", "0001-01-01T00:00:00+23:59", "time"),
        ("062", "id", "", "id"),
        ("062", "id", 7, "id"),
        ("062", "source", ..., "source"),
        ("062", "specversion", "0.3", "specversion"),
        ("062", "type", "no spaces", "type"),
        ("062", "sequence", "42", "sequence"),
        ("062", "subject", "loan/LN-other", "subject"),
        ("062", "subject", "account/7", "subject"),
        ("068", "subject", "loan/LN-2026-000317", "subject"),
        ("062", "data.past_due.total", 1, "data.past_due.total"),
        ("062", "data.installment.currency", "EUR", "data.installment.currency"),
        ("061", "data.installment.outstanding", 1, "data.installment.outstanding"),
        ("063", "data.payment.allocation.fees", 1, "data.payment.allocation"),
        ("063", "data.payment.allocation.tip", 0, "data.payment.allocation"),
        ("063", "data.payment.installments.0.amount", 1, "data.payment.installments"),
        ("063", "data.payment.currency", "EUR", "data.payment.currency"),
        ("067", "data.restructure.installments.1.number", 1, "data.restructure.installments[1].number"),
        ("067", "data.restructure.installments.1.amounts.total", 1,
         "data.restructure.installments[1].amounts.total"),
        ("068", "data.borrower.phones.0.e164", "0202", "data.borrower.phones[0].e164"),
        ("068", "data.borrower.consents.1.channel", "pigeon", "data.borrower.consents[1].channel"),
        ("068", "data.version", 0, "data.version"),
        ("070", "data.hardship.until", "soon", "data.hardship.until"),
        ("073", "data.risk.score", 0.8125, "data.risk.score"),
    ],
)  # fmt: skip
def test_what_breaks_the_schema_is_named_by_its_path(
    number: str, path: str, value: Any, field: str
) -> None:
    found = problems(put(an_event(number), path, value))

    assert field in found
    assert found[field].wrong
    assert found[field].allowed


def test_every_field_in_the_wrong_is_named_at_once() -> None:
    event = put(an_event(), "data.loan.currency", ...)
    put(event, "data.installment.outstanding", 1.5)
    put(event, "time", "yesterday")

    found = problems(event)

    assert set(found) == {"time", "data.loan.currency", "data.installment.outstanding"}
    assert found["data.loan.currency"].wrong == "is missing"
    assert "minor units" in found["data.installment.outstanding"].allowed


def test_what_is_said_of_a_field_never_repeats_what_was_sent() -> None:
    event = put(an_event("068"), "data.borrower.phones.0.e164", "1-202-555-0143")

    assert "555" not in repr(problems(event))


@pytest.mark.parametrize("number", ["063", "068"])
def test_members_that_are_not_known_are_kept_whatever_they_are(number: str) -> None:
    event = an_event(number)
    for name in ("restructure", "installments", "past_due", "hardship", "note"):
        event["data"].setdefault(name, 17.5)
    event["data"].setdefault("loan", "anything")

    _, signal = one(event)

    assert signal.data["note"] == Decimal("17.5")


def test_an_unknown_type_is_taken_and_refused_only_when_it_is_mapped() -> None:
    (envelope,) = SOURCE.split(a_request(an_event(type="installment.forgiven")))

    assert envelope.type == "installment.forgiven"
    with pytest.raises(MappingError, match="unknown_type"):
        SOURCE.map(stored(envelope, SOURCE))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b"", UnreadableError, id="nothing"),
        pytest.param(b"\xff\xfe", UnreadableError, id="no UTF-8"),
        pytest.param(b'{"a":"\xff"}', UnreadableError, id="no UTF-8 within a text"),
        pytest.param(b'{"a":"\\ud800"}', UnreadableError, id="half a character"),
        pytest.param(b"{", UnreadableError, id="half an object"),
        pytest.param(b"[" * 100_000, UnreadableError, id="nested beyond reason"),
        pytest.param(b'{"a":1e999999999}', UnreadableError, id="exponent beyond reason"),
        pytest.param(b'{"a":' + b"1" * 5000 + b"}", UnreadableError, id="digits beyond reason"),
        pytest.param(b'{"a":1.' + b"1" * 500 + b"}", UnreadableError, id="decimals beyond reason"),
        pytest.param(b"NaN", UnreadableError, id="NaN"),
        pytest.param(b"7", SchemaError, id="a number"),
        pytest.param(b"{}", SchemaError, id="an empty object"),
        pytest.param(b"[]", SchemaError, id="an array in structured mode"),
    ],
)
def test_a_body_that_is_no_signal_is_unreadable_or_breaks_the_schema(
    body: bytes, error: type[SourceError]
) -> None:
    with pytest.raises(error):
        SOURCE.split(a_request(body))


def test_problems_of_a_batch_name_the_item() -> None:
    batch = [an_event(), put(an_event("063"), "data.payment.amount", "1"), 7]
    headers = {"Content-Type": "application/cloudevents-batch+json"}

    with pytest.raises(SchemaError) as refused:
        SOURCE.split(a_request(batch, headers=headers))

    assert [one.path for one in refused.value.fields] == ["[1].data.payment.amount", "[2]"]


def test_numbers_with_a_fraction_arrive_as_decimals_and_never_as_floats() -> None:
    _, signal = one(put(an_event("073"), "data.risk.weight", 0.1))

    assert signal.data["risk"]["weight"] == Decimal("0.1")


def test_a_consent_in_the_new_shape_reads_like_one_in_the_old() -> None:
    new = {
        "channel": "sms",
        "purpose": "collection",
        "endpoint": "ph-1",
        "kind": "express_written",
        "given_to": "creditor",
        "form": "web",
        "scope": "this_debt",
        "at": "2026-11-20T10:00:00Z",
        "expires": "2027-11-20T10:00:00Z",
        "evidence": "consent/9912",
    }
    _, signal = one(put(an_event("068"), "data.borrower.consents.1", new))

    old, told = signal.data["borrower"]["consents"]
    assert (old["address_id"], old["status"]) == ("ph-1", "granted")
    assert (told["address_id"], told["status"]) == ("ph-1", "granted")
    assert told["expires_at"] == "2027-11-20T10:00:00Z"


def test_aliases_of_loan_and_borrower_are_subjects_too() -> None:
    event = put(an_event(), "data.loan.aliases", ["1007"])

    envelope, _ = one(event)

    assert set(envelope.subjects) == {"loan/LN-2026-000317", "loan/1007", "borrower/BR-000042"}


def test_member_order_and_white_space_do_not_change_the_fingerprint() -> None:
    event = an_event()
    (again,) = SOURCE.split(a_request(dict(reversed(event.items()))))
    (first,) = SOURCE.split(a_request(event))
    (other,) = SOURCE.split(a_request(put(an_event(), "data.days_past_due", 31)))

    assert again.fingerprint == first.fingerprint != other.fingerprint


def test_a_whole_cloudevent_in_a_standard_webhook_goes_by_its_own_source_and_id() -> None:
    standard = a_source("standard", secrets=(SECRET,))

    (envelope,) = standard.split(signed(sample("063").body, message_id="msg_9"))
    (structured,) = SOURCE.split(sample("063").request())

    assert envelope.digest("acme") == structured.digest("acme")
    assert envelope.fingerprint == structured.fingerprint


def test_items_of_a_standard_batch_go_by_the_message_and_their_place() -> None:
    item = {
        "type": "risk.changed",
        "timestamp": "2026-11-23T09:00:00Z",
        "data": an_event("073")["data"],
    }
    standard = a_source("standard", secrets=(SECRET,))

    envelopes = standard.split(signed([item, item, an_event("063")], message_id="msg_9"))

    assert [one.id for one in envelopes] == ["msg_9#0", "msg_9#1", an_event("063")["id"]]


def test_a_standard_body_needs_a_message_id_even_at_a_secret_address() -> None:
    body = {
        "type": "risk.changed",
        "timestamp": "2026-11-23T09:00:00Z",
        "data": an_event("073")["data"],
    }

    with pytest.raises(SchemaError) as refused:
        a_source("standard").split(a_request(body))

    assert refused.value.fields[0].path == "webhook-id"
