"""Which of a person's addresses each channel may use, and in which order."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from outreach.domain.borrowers import Endpoint, PersonState, Profile
from outreach.domain.vocabulary import Channel, EndpointStatus
from outreach.facts.addresses import addresses_of

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def an_endpoint(
    ref: str,
    medium: str = "phone",
    kind: str = "mobile",
    status: EndpointStatus = EndpointStatus.ACTIVE,
    *,
    primary: bool = False,
    verified_at: datetime | None = None,
) -> Endpoint:
    return Endpoint(ref, medium, kind, f"address of {ref}", status, primary, verified_at)


def of(*endpoints: Endpoint) -> dict[Channel, tuple[str, ...]]:
    return addresses_of(PersonState(Profile(endpoints=endpoints)))


def test_each_medium_serves_its_channels() -> None:
    found = of(
        an_endpoint("ph"),
        an_endpoint("dev", "push", "fcm"),
        an_endpoint("mail", "email", "email"),
        an_endpoint("home", "postal", "home"),
    )

    assert found == {
        Channel.SMS: ("ph",),
        Channel.WHATSAPP: ("ph",),
        Channel.CALL: ("ph",),
        Channel.PUSH: ("dev",),
        Channel.EMAIL: ("mail",),
        Channel.LETTER: ("home",),
        Channel.VISIT: ("home",),
    }


@pytest.mark.parametrize("kind", ["landline", "landline_residential", "work_phone"])
def test_a_number_that_takes_no_texts_is_called_only(kind: str) -> None:
    assert of(an_endpoint("ph", kind=kind)) == {Channel.CALL: ("ph",)}


@pytest.mark.parametrize(
    "status", [one for one in EndpointStatus if one is not EndpointStatus.ACTIVE]
)
@pytest.mark.parametrize("medium", ["phone", "push", "email"])
def test_what_is_not_active_is_no_address(medium: str, status: EndpointStatus) -> None:
    assert of(an_endpoint("x", medium, status=status)) == {}


def test_the_primary_comes_first_then_the_latest_verified() -> None:
    endpoints = (
        an_endpoint("old", verified_at=MONDAY),
        an_endpoint("new", verified_at=TUESDAY),
        an_endpoint("main", primary=True),
        an_endpoint("a-never"),
        an_endpoint("b-never"),
    )

    for order in permutations(endpoints):
        assert of(*order)[Channel.SMS] == ("main", "new", "old", "a-never", "b-never")


def test_nobody_has_no_addresses() -> None:
    assert of() == {}
