"""Every recorded payload of our sources is accepted or refused as its index says."""

import hashlib
from typing import Any, Final

import pytest

from outreach.domain.signals import Signal
from outreach.sources.source import (
    ForgedError,
    MediaTypeError,
    NeedsReadBack,
    RawSignal,
    SourceError,
)
from tests.sources.samples import SAMPLES, Sample, sample

REFUSED: Final[dict[str, type[SourceError]]] = {
    "012": MediaTypeError,
    "083": ForgedError,
    "084": ForgedError,
    "085": ForgedError,
}
SAID: Final[dict[str, list[str]]] = {
    "010": ["read back"],
    "011": [],
    "013": ["read back"],
    "014": ["borrower.updated"],
    "020": ["installment.due_soon"],
    "021": ["installment.overdue"],
    "022": ["risk.changed"],
    "023": ["risk.changed"],
    "024": ["installment.overdue", "risk.changed"],
    "025": ["payment.received"],
    "026": ["payment.reversed"],
    "077": ["payment.received"],
    "079": ["payment.received", "installment.overdue", "installment.due_soon"],
    "080": ["installment.overdue"],
    "081": ["installment.overdue"],
    "086": ["payment.reversed"],
}


def told(one: Sample) -> list[Signal | NeedsReadBack]:
    """Do what web and worker do between them."""
    source, request = one.source(), one.request()
    source.authenticate(request)
    found: list[Signal | NeedsReadBack] = []
    for envelope in source.split(request):
        stored = RawSignal.of(envelope, source.options, one.at).pack()
        mapped = source.map(RawSignal.unpack(stored))
        found += [mapped] if isinstance(mapped, NeedsReadBack) else mapped
    return found


def data_of(number: str) -> dict[str, Any]:
    """Return the data of a sample that says one thing."""
    (signal,) = told(sample(number))
    assert isinstance(signal, Signal)
    return dict(signal.data)


@pytest.mark.parametrize("one", SAMPLES.values(), ids=lambda one: one.name)
def test_a_sample_is_the_bytes_its_index_names(one: Sample) -> None:
    assert hashlib.sha256(one.body).hexdigest() == one.said["body_sha256"]
    assert len(one.body) == one.said["bytes"]


@pytest.mark.parametrize("one", SAMPLES.values(), ids=lambda one: one.name)
def test_a_sample_is_accepted_or_refused_as_its_index_says(one: Sample) -> None:
    expected = REFUSED.get(one.name[:3])
    assert (expected is not None) == (
        one.said.get("valid") is False or "415" in one.said["expected"]
    )
    if expected is not None:
        with pytest.raises(expected):
            told(one)
        return

    types = [
        "read back" if isinstance(signal, NeedsReadBack) else signal.type for signal in told(one)
    ]

    assert types == SAID.get(one.name[:3], [one.said.get("canonical")])


def test_a_repayment_hook_says_which_loan_and_transaction_to_read_back() -> None:
    (needs,) = told(sample("010"))

    assert isinstance(needs, NeedsReadBack)
    assert (needs.loan, needs.transaction, needs.instance) == ("1007", "5512", "default")
    assert (needs.not_before - sample("010").at).total_seconds() >= 2


def test_a_failed_command_is_told_apart_from_a_repayment_by_its_missing_response() -> None:
    assert told(sample("011")) == []


def test_a_clients_new_number_comes_unverified_and_without_consent() -> None:
    borrower = data_of("014")["borrower"]

    assert borrower["phones"][0]["e164"] == "+12025550143"
    assert borrower["phones"][0]["status"] == "unverified"
    assert "consents" not in borrower


def test_due_and_overdue_share_a_schema_and_the_type_decides() -> None:
    due, overdue = data_of("020"), data_of("021")

    assert due["installment"]["outstanding"] == 24250
    assert due["days_until_due"] == 1
    assert overdue["installment"]["outstanding"] == 24750
    assert overdue["days_past_due"] == 1
    assert overdue["installment"]["outstanding_parts"]["penalty"] == 500
    assert "amounts" not in overdue["installment"]


def test_a_delinquency_range_of_null_is_a_cure() -> None:
    assert data_of("022")["risk"]["bucket"] == "RANGE_30"
    cured = data_of("023")
    assert cured["cured"] is True
    assert cured["past_due"]["total"] == 0


def test_the_items_of_a_bulk_are_told_apart_by_their_number() -> None:
    one = sample("024")
    key = "e6c2b8c7-2b5e-49a3-9c3d-19c0d9f4f6aa"

    assert [envelope.id for envelope in one.source().split(one.request())] == [
        f"{key}#1",
        f"{key}#2",
    ]


def test_a_repayment_event_is_credited_by_its_external_id_in_minor_units() -> None:
    payment = data_of("025")["payment"]

    assert payment["id"] == "pay-7781"
    assert payment["amount"] == 25000
    assert payment["allocation"] == {
        "principal": 21285,
        "interest": 3215,
        "fees": 0,
        "penalty": 500,
        "unapplied": 0,
    }


def test_an_undone_transaction_reverses_the_payment_that_the_event_credited() -> None:
    reversal = data_of("026")["reversal"]

    assert (reversal["payment_id"], reversal["amount"]) == ("pay-7781", 25000)


@pytest.mark.parametrize("other", ["077", "079"], ids=["binary", "batch"])
def test_one_event_has_one_key_and_one_fingerprint_in_every_mode(other: str) -> None:
    (structured,) = sample("063").source().split(sample("063").request())

    again = sample(other).source().split(sample(other).request())[0]

    assert again.digest("acme") == structured.digest("acme")
    assert again.fingerprint == structured.fingerprint


def test_a_standard_webhook_takes_its_id_and_time_from_header_and_body() -> None:
    (signal,) = told(sample("080"))

    assert isinstance(signal, Signal)
    assert signal.id == "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    assert signal.time.isoformat() == "2026-11-23T08:59:57.250000+00:00"
    assert signal.subject == "loan/LN-2026-000317"
