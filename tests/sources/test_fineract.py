"""Fineract's hooks and events beyond the recorded samples: other payloads in the same shapes."""

import json
from typing import Any

import pytest

from outreach.domain.signals import Signal
from outreach.sources.source import MappingError, MediaTypeError, NeedsReadBack
from tests.sources.builders import a_request, a_source, put, stored
from tests.sources.samples import sample

EVENTS = a_source("fineract_events")
HOOKS = a_source("fineract_hook")
JSON = {"Content-Type": "application/json"}


def event(number: str, *changes: tuple[str, Any]) -> list[Signal] | NeedsReadBack:
    """Return what a recorded event means once members of it are replaced."""
    content = json.loads(sample(number).body)
    for path, value in changes:
        put(content, path, value)
    (envelope,) = EVENTS.split(a_request(content, headers=JSON))
    return EVENTS.map(stored(envelope, EVENTS))


def said(number: str, *changes: tuple[str, Any]) -> list[Signal]:
    """Return the signals of an event."""
    mapped = event(number, *changes)
    assert isinstance(mapped, list)
    return mapped


def hook(number: str, *changes: tuple[str, Any], **headers: str) -> list[Signal] | NeedsReadBack:
    """Return what a recorded hook means once members of it are replaced."""
    content = json.loads(sample(number).body)
    for path, value in changes:
        put(content, path, value)
    request = a_request(content, headers={**sample(number).headers, **headers})
    (envelope,) = HOOKS.split(request)
    return HOOKS.map(stored(envelope, HOOKS))


@pytest.mark.parametrize(
    ("currency", "places", "amount", "minor"),
    [
        ("USD", 2, "242.50000000", 24250),
        ("USD", 2, "242.50500000", 24251),
        ("USD", 2, "242.50499999", 24250),
        ("JPY", 0, "24250.00000000", 24250),
        ("JPY", 0, "24250.50000000", 24251),
        ("KWD", 3, "242.50000000", 242500),
        ("CNY", 2, "0.00500000", 1),
    ],
    ids=str,
)
def test_amounts_become_minor_units_of_the_currency_rounded_half_up(
    currency: str, places: int, amount: str, minor: int
) -> None:
    zero = "0.00000000"
    (signal,) = said(
        "020",
        ("data.currency.code", currency),
        ("data.currency.decimalPlaces", places),
        ("data.installment.principalAmountDue", amount),
        ("data.installment.interestAmountDue", zero),
        ("data.installment.totalAmountDue", amount),
    )

    assert signal.data["installment"]["outstanding"] == minor
    assert isinstance(signal.data["installment"]["outstanding"], int)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([("data.currency.decimalPlaces", 0)], id="other decimals than ISO"),
        pytest.param([("data.currency.code", "XXQ")], id="no currency"),
        pytest.param([("data.installment.totalAmountDue", "300.00")], id="parts of something else"),
        pytest.param([("data.installment.principalAmountDue", "-1.00")], id="negative"),
        pytest.param([("data.installment.principalAmountDue", "1,242.50")], id="formatted"),
        pytest.param([("data.installment.principalAmountDue", "1e99")], id="beyond all amounts"),
        pytest.param([("data.installment.installmentDueDate", "soon")], id="no date"),
        pytest.param([("data.installment.installmentNumber", True)], id="no number"),
        pytest.param([("data.installment", None)], id="no installment"),
        pytest.param([("data", [])], id="data is an array"),
        pytest.param([("data.loanId", None), ("data.loanExternalId", None)], id="no loan"),
        pytest.param([("createdAt", "whenever")], id="no time"),
        pytest.param([("type", "SomethingElseBusinessEvent")], id="an unknown event"),
        pytest.param([("type", None)], id="no type"),
        pytest.param([("data.note", "a\x00b")], id="a NUL"),
    ],
)
def test_an_event_that_cannot_be_mapped_is_taken_and_refused_by_the_worker(
    changes: list[tuple[str, Any]],
) -> None:
    with pytest.raises(MappingError):
        event("020", *changes)


@pytest.mark.parametrize(
    ("business_date", "type_", "member", "days"),
    [
        ("2026-11-20", "installment.due_soon", "days_until_due", 4),
        ("2026-11-24", "installment.due", None, None),
        ("2026-11-25", "installment.due", None, None),
    ],
    ids=["four days before", "the day itself", "a platform that lags behind"],
)
def test_a_due_event_is_judged_by_the_platforms_business_date(
    business_date: str, type_: str, member: str | None, days: int | None
) -> None:
    (signal,) = said("020", ("businessDate", business_date))

    assert signal.type == type_
    assert member is None or signal.data[member] == days


def test_an_overdue_event_before_its_due_date_contradicts_itself() -> None:
    with pytest.raises(MappingError, match="business date"):
        event("021", ("businessDate", "2026-10-24"))


def test_a_platforms_restart_does_not_make_a_new_signal_of_an_old_one() -> None:
    content = json.loads(sample("020").body)
    (first,) = EVENTS.split(a_request(content, headers=JSON))
    content |= {"source": "another-uuid", "id": 1}
    (again,) = EVENTS.split(a_request(content, headers=JSON))

    assert again.digest("acme") == first.digest("acme")
    assert again.fingerprint == first.fingerprint


def test_an_array_of_events_is_cut_into_events() -> None:
    bodies = [json.loads(sample(number).body) for number in ("020", "024", "025")]

    assert len(EVENTS.split(a_request(bodies, headers=JSON))) == 4


@pytest.mark.parametrize("data", [None, {}, {"datas": []}, {"datas": [1]}, {"datas": "x"}], ids=str)
def test_a_bulk_that_is_none_is_one_unmapped_signal(data: Any) -> None:
    content = json.loads(sample("024").body) | {"data": data}

    (envelope,) = EVENTS.split(a_request(content, headers=JSON))

    with pytest.raises(MappingError):
        EVENTS.map(stored(envelope, EVENTS))


@pytest.mark.parametrize("content", [7, "text", None, [], [7], {}], ids=str)
def test_json_that_is_no_event_is_kept(content: Any) -> None:
    (envelope,) = EVENTS.split(a_request(content, headers=JSON))

    assert envelope.type == "unmapped"
    with pytest.raises(MappingError):
        EVENTS.map(stored(envelope, EVENTS))


def test_a_replaced_transaction_is_reversed_and_received_again_under_its_own_number() -> None:
    new = json.loads(sample("026").body)["data"]["transactionToAdjust"]
    new |= {"id": 5513, "amount": "240.00000000", "principalPortion": "202.85000000",
            "manuallyReversed": False, "reversedOnDate": None}  # fmt: skip

    undone, again = said("026", ("data.newTransactionDetail", new))

    assert (undone.type, undone.data["reversal"]["reason"]) == ("payment.reversed", "reallocation")
    assert undone.data["reversal"]["payment_id"] == "pay-7781"
    assert again.data["payment"]["id"] == "fineract:default:tx:5513"
    assert again.data["payment"]["amount"] == 24000
    assert undone.id != again.id


def test_rounding_never_changes_what_was_paid() -> None:
    third = "3.33333333"
    (signal,) = said(
        "025",
        ("data.amount", "10.00000000"),
        ("data.principalPortion", third),
        ("data.interestPortion", third),
        ("data.penaltyChargesPortion", "3.33333334"),
    )

    payment = signal.data["payment"]
    assert payment["amount"] == 1000
    assert sum(payment["allocation"].values()) == 1000


def test_a_payment_without_an_external_id_goes_by_its_number() -> None:
    (signal,) = said("025", ("data.externalId", None))

    assert signal.data["payment"]["id"] == "fineract:default:tx:5512"


ACCOUNT = {
    "id": 1007,
    "accountNo": "000001007",
    "externalId": "LN-2026-000317",
    "clientId": 42,
    "currency": {"code": "USD", "decimalPlaces": 2},
    "status": {"id": 600, "code": "loanStatusType.closed.obligations.met"},
}


def account(type_: str, **changes: Any) -> list[Signal] | NeedsReadBack:
    """Return what an event about a whole loan account means."""
    return event("020", ("type", type_ + "BusinessEvent"), ("data", ACCOUNT | changes))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("closed.obligations.met", "matured"),
        ("closed.written.off", "written_off"),
        ("overpaid", "matured"),
    ],
)
def test_a_closed_account_is_paid_off_and_says_why(code: str, reason: str) -> None:
    mapped = account("LoanStatusChanged", status={"code": f"loanStatusType.{code}"})

    assert isinstance(mapped, list)
    (signal,) = mapped
    assert (signal.type, signal.data["reason"]) == ("loan.paid_off", reason)
    assert signal.data["closed_on"] == "2026-11-23"


@pytest.mark.parametrize("type_", ["LoanStatusChanged", "LoanBalanceChanged", "LoanDisbursal"])
def test_an_account_that_only_looks_different_is_read_back(type_: str) -> None:
    mapped = account(type_, status={"code": "loanStatusType.active"})

    assert isinstance(mapped, NeedsReadBack)
    assert (mapped.loan, mapped.transaction) == ("1007", None)


def test_a_delinquency_pause_holds_this_loan_and_its_end_releases_it() -> None:
    period = {"active": True, "pausePeriodStart": "2026-11-20", "pausePeriodEnd": "2026-12-20"}
    placed = account(
        "LoanAccountDelinquencyPauseChanged", delinquent={"delinquencyPausePeriods": [period]}
    )
    freed = account(
        "LoanAccountDelinquencyPauseChanged", delinquent={"delinquencyPausePeriods": []}
    )

    assert isinstance(placed, list)
    assert isinstance(freed, list)
    assert placed[0].type == "hold.placed"
    assert placed[0].data["hold"]["until"] == "2026-12-20"
    assert placed[0].data["hold"]["loans"] == ["LN-2026-000317"]
    assert freed[0].type == "hold.released"
    assert freed[0].data["hold"]["id"] == placed[0].data["hold"]["id"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([("response", ...)], id="no response"),
        pytest.param([("response", None)], id="response is null"),
        pytest.param([("response", "error")], id="response is a text"),
    ],
)
def test_a_hook_without_a_response_is_recorded_and_credits_nothing(
    changes: list[tuple[str, Any]],
) -> None:
    assert hook("010", *changes) == []


@pytest.mark.parametrize("action", ["DISBURSE", "WAIVEINTERESTPORTION", "CHARGEOFF", "FORECLOSURE"])
def test_any_other_command_on_a_loan_is_read_back(action: str) -> None:
    assert isinstance(hook("010", **{"X-Fineract-Action": action}), NeedsReadBack)


def test_entity_and_action_are_taken_from_the_body_where_a_proxy_dropped_the_headers() -> None:
    content = json.loads(sample("010").body)

    (envelope,) = HOOKS.split(a_request(content, headers=JSON))

    assert envelope.type == "LOAN/REPAYMENT"


@pytest.mark.parametrize(
    ("number", "e164"),
    [("(202) 555-0143", "+12025550143"), ("+8613800138000", "+8613800138000")],
)
def test_a_clients_number_is_read_in_the_lenders_country(number: str, e164: str) -> None:
    mapped = hook("014", ("response.changes.mobileNo", number))

    assert isinstance(mapped, list)
    assert mapped[0].data["borrower"]["phones"][0]["e164"] == e164


def test_a_number_that_was_removed_leaves_none() -> None:
    mapped = hook("014", ("response.changes.mobileNo", ""))

    assert isinstance(mapped, list)
    assert mapped[0].data["borrower"]["phones"] == []


def test_two_changes_of_a_number_never_share_an_endpoint_so_consent_cannot_move() -> None:
    first, second = hook("014"), hook("014", ("timestamp", "2026-11-23T07:02:00Z"))

    assert isinstance(first, list)
    assert isinstance(second, list)
    ids = [one[0].data["borrower"]["phones"][0]["id"] for one in (first, second)]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([("response.changes.mobileNo", "call me")], id="no number"),
        pytest.param([("response.clientId", None), ("response.resourceId", None)], id="no client"),
        pytest.param([("timestamp", "later")], id="no time"),
    ],
)
def test_a_client_hook_that_cannot_be_mapped_is_refused_by_the_worker(
    changes: list[tuple[str, Any]],
) -> None:
    with pytest.raises(MappingError):
        hook("014", *changes)


def test_a_change_that_concerns_nobody_is_recorded() -> None:
    assert hook("014", ("response.changes", {"legalFormId": 1})) == []


def test_hooks_on_other_things_are_kept_as_unmapped() -> None:
    with pytest.raises(MappingError):
        hook("010", ("response.loanId", ...), **{"X-Fineract-Entity": "OFFICE"})


def test_the_same_hook_through_two_configurations_is_one() -> None:
    (first,) = HOOKS.split(sample("010").request())
    headers = {**sample("010").headers, "X-Fineract-Endpoint": "https://other.example/api/v1"}
    (again,) = HOOKS.split(a_request(sample("010").body, headers=headers))

    assert again.digest("acme") == first.digest("acme")


@pytest.mark.parametrize(
    "media",
    ["application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data; boundary=x"],
)
def test_hooks_in_any_other_form_than_json_are_refused_with_the_way_out(media: str) -> None:
    with pytest.raises(MediaTypeError, match="Content Type"):
        HOOKS.split(a_request(sample("012").body, headers={"Content-Type": media}))
