"""Profiles are told whole and by version; consents are joined word by word."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from outreach.domain.borrowers import Consent, PersonState, merge_profile
from outreach.domain.folding import fold_person
from outreach.domain.people import read_person
from outreach.domain.signals import OrderBy, Signal, SignalError
from outreach.domain.vocabulary import Effect, EndpointStatus
from tests.domain.loan_words import T0, a_signal


def updated(version: int, hours: int = 0, **borrower: Any) -> Signal:
    data = {"version": version, "changed": ["x"], "borrower": {"id": "BR-1", **borrower}}
    time = T0 + timedelta(hours=hours)
    return a_signal("borrower.updated", data, sequence=None, time=time)


def fold(*signals: Signal) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, _ = fold_person(
            person, signal, source="crm", order=OrderBy.TIME, loan_ids={}, zone="UTC"
        )
    return person


def phone(status: str = "active", ref: str = "ph", **more: Any) -> dict[str, Any]:
    return {"id": ref, "e164": "+12025550143", "status": status, **more}


def consent(status: str, day: int, channel: str = "sms", **more: Any) -> dict[str, Any]:
    at = datetime(2026, 11, day, tzinfo=UTC).isoformat()
    return {"channel": channel, "purpose": "collection", "status": status, "at": at, **more}


def statuses(person: PersonState) -> dict[str, str]:
    return {one.endpoint_id: one.status for one in person.profile.endpoints}


def permitted(person: PersonState) -> dict[str, str]:
    return {one.channel: one.status for one in person.consents.values()}


def test_a_profile_applies_only_if_its_version_rises() -> None:
    newer, older = updated(2, locale="en-US"), updated(1, 5, locale="fr")

    for order in permutations([newer, older]):
        person = fold(*order)
        assert (person.profile.locale, person.profile.version) == ("en-US", 2)
    _, effect = fold_person(
        fold(newer), older, source="crm", order=OrderBy.TIME, loan_ids={}, zone="UTC"
    )
    assert effect is Effect.STALE


def test_two_profiles_of_one_version_are_ordered_by_time_then_content() -> None:
    for one, other in ((updated(1, 0, locale="a"), updated(1, 1, locale="b")),):
        assert fold(one, other) == fold(other, one)
        assert fold(one, other).profile.locale == "b"


@pytest.mark.parametrize("status", ["reassigned", "invalid", "wrong_party", "removed"])
def test_a_bad_number_is_lifted_by_a_newer_version_alone(status: str) -> None:
    bad = updated(5, phones=[phone(status)])

    assert statuses(fold(bad, updated(4, 9, phones=[phone()]))) == {"ph": status}
    assert statuses(fold(bad, updated(6, phones=[phone()]))) == {"ph": EndpointStatus.ACTIVE}


def test_a_full_profile_drops_what_it_doesnt_list() -> None:
    person = fold(updated(1, phones=[phone(), phone(ref="old")]), updated(2, phones=[phone()]))

    assert statuses(person) == {"ph": "active"}


def test_a_partial_profile_leaves_the_rest_as_it_was() -> None:
    full = updated(
        1,
        timezone="America/Chicago",
        address={"country": "US", "region": "US-IL"},
        phones=[phone()],
        push=[{"id": "dev", "provider": "fcm", "token": "t", "app": "a"}],
        emails=[{"id": "mail", "address": "Ada@Example.com"}],
    )
    part = updated(7, partial=True, phones=[phone("unverified", "new")])

    for order in permutations([full, part]):
        person = fold(*order)
        assert statuses(person) == {
            "new": "unverified",
            "dev": "active",
            "mail": "active",
            "postal": "active",
        }
        assert person.profile.timezone == "America/Chicago"
        assert person.profile.residence == "US-IL"
        addresses = {one.endpoint_id: one.address for one in person.profile.endpoints}
        assert addresses["mail"] == "ada@example.com"


def test_a_country_is_residence_where_no_region_is_told() -> None:
    assert fold(updated(1, address={"country": "CN"})).profile.residence == "CN"
    assert fold(updated(1)).profile.residence is None


def test_who_is_represented_says_so_until_a_newer_version() -> None:
    person = fold(updated(2, represented_by={"name": "A"}), updated(1))

    assert person.profile.represented
    assert not fold(updated(2, represented_by={"name": "A"}), updated(3)).profile.represented


def test_a_number_may_be_verified_and_primary() -> None:
    verified = "2026-11-20T10:00:00Z"
    person = fold(updated(1, phones=[phone(primary=True, verified_at=verified)]))

    (endpoint,) = person.profile.endpoints
    assert endpoint.is_primary
    assert endpoint.verified_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert "+1202" not in repr(person)


@pytest.mark.parametrize(
    ("words", "now"),
    [
        pytest.param([(1, "granted", 1)], "granted", id="granted"),
        pytest.param([(1, "granted", 1), (1, "revoked", 1)], "revoked", id="revoked at once"),
        pytest.param([(2, "granted", 5), (1, "revoked", 3)], "granted", id="granted after it"),
        pytest.param([(2, "granted", 3), (1, "revoked", 5)], "revoked", id="from an older version"),
        pytest.param([(1, "granted", 1), (2, None, 0)], None, id="no longer stated"),
        pytest.param(
            [(1, "revoked", 1), (2, "granted", 5), (3, None, 0)],
            "revoked",
            id="the revocation remains",
        ),
        pytest.param(
            [(1, "revoked", 4), (2, "granted", 5), (3, "granted", 3)],
            "revoked",
            id="a newer version goes back behind it",
        ),
        pytest.param(
            [(1, "revoked", 2), (1, "revoked", 4), (2, "granted", 3)],
            "revoked",
            id="the newest revocation counts",
        ),
        pytest.param([(1, "granted", 2), (2, "unknown", 3)], "unknown", id="unknown now"),
    ],
)
def test_consents_in_any_order(words: list[tuple[int, str | None, int]], now: str | None) -> None:
    by_version: dict[int, list[dict[str, Any]]] = {}
    for version, status, day in words:
        told = by_version.setdefault(version, [])
        if status:
            told.append(consent(status, day))
    signals = [updated(version, consents=each) for version, each in by_version.items()]

    for order in permutations(signals):
        assert permitted(fold(*order)).get("sms") == now


def test_a_grant_recorded_elsewhere_outlives_profiles_that_are_older() -> None:
    start = Consent("sms", "collection", "", "granted", T0, kind="opt_in")
    known = PersonState(consents={start.key: start})

    def after(*told: dict[str, Any]) -> PersonState:
        read = read_person(updated(9, consents=list(told)), "UTC")
        assert read is not None
        assert read[0] is not None
        return merge_profile(known, read[0])

    assert after().consents == known.consents
    assert after(consent("granted", 1)).consents == known.consents
    assert after(consent("revoked", 1)).consents[start.key].status == "granted"
    assert after(consent("revoked", 30)).consents[start.key].status == "revoked"
    both = after(consent("revoked", 2), consent("granted", 1)).consents[start.key]
    assert (both.kind, both.status) == ("opt_in", "granted")


def test_platforms_words_become_ours() -> None:
    person = fold(
        updated(
            1,
            consents=[
                consent("granted", 1, "voice", purpose="account_servicing", endpoint="ph"),
                consent("granted", 1, "sms", expires="2027-01-01T00:00:00Z"),
            ],
        )
    )

    assert set(person.consents) == {("call", "servicing_reminder", "ph"), ("sms", "collection", "")}
    expiring = person.consents["sms", "collection", ""]
    assert expiring.expires_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("borrower", "member"),
    [
        ({"phones": [phone("gone")]}, "status"),
        ({"phones": [phone(), phone()]}, "borrower.phones.id"),
        ({"timezone": "Mars/Olympus"}, "borrower.timezone"),
        ({"consents": [consent("maybe", 1)]}, "consents.status"),
        ({"phones": "none"}, "phones"),
        ({"phones": ["+1"]}, "phones"),
        ({"phones": [phone(primary="yes")]}, "primary"),
    ],
)
def test_a_profile_that_is_malformed_is_refused_by_name(
    borrower: dict[str, Any], member: str
) -> None:
    with pytest.raises(SignalError) as caught:
        fold(updated(1, **borrower))

    assert (caught.value.reason, caught.value.detail) == ("malformed", member)


@pytest.mark.parametrize("version", [None, 0, True, 2**63, "7"])
def test_a_profile_needs_a_version(version: Any) -> None:
    with pytest.raises(SignalError, match="version"):
        fold(updated(version))


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        pytest.param({}, "express", id="nobody told how"),
        pytest.param({"form": "recorded_call"}, "express", id="said"),
        pytest.param({"form": "web"}, "express_written", id="written"),
        pytest.param({"source": "app"}, "express_written", id="in the app"),
        pytest.param({"source": "app", "form": "recorded_call"}, "express", id="said in the app"),
        pytest.param({"kind": "implied", "form": "paper"}, "implied", id="its kind stands"),
    ],
)
def test_how_strong_a_consent_is(told: dict[str, str], kind: str) -> None:
    person = fold(updated(1, consents=[consent("granted", 20, **told)]))

    assert [one.kind for one in person.consents.values()] == [kind]
