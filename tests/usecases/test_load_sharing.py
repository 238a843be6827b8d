"""How an account's share follows how it fares: halved, doubled, never nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from outreach.domain.vocabulary import Channel
from outreach.store.accounts import Pace
from outreach.usecases.load_sharing import (
    LEAST,
    TRICKLE,
    WINDOW,
    Verdict,
    interchangeable,
    judge,
    usual_pace,
)

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)


def pace(
    share: float = 1.0,
    *,
    contacts: int = 100,
    failed: int = 0,
    late: int = 0,
    changed: timedelta = timedelta(minutes=1),
    usual: float | None = 4.0,
    ended: int = 0,
    median: float | None = None,
) -> Pace:
    return Pace("a", share, usual, NOW - changed, contacts, failed, late, ended, median)


def test_a_share_is_judged_by_failures_and_late_receipts() -> None:
    rows = (
        ("nothing to say", pace(), (1.0, "")),
        ("a fifth may fail", pace(failed=20), (1.0, "")),
        ("more than a fifth failed", pace(failed=21), (0.5, "21 of 100 failed")),
        ("late receipts", pace(late=31), (0.5, "31 of 100 late")),
        ("both", pace(0.5, failed=40, late=40), (0.25, "40 of 100 failed, 40 of 100 late")),
        ("never nothing", pace(TRICKLE, failed=100), (TRICKLE, "100 of 100 failed")),
        ("too few to tell", pace(contacts=LEAST - 1, failed=LEAST - 1), (1.0, "")),
        ("works again", pace(0.25, contacts=LEAST), (0.5, "10 went well")),
        ("all of it", pace(0.5), (1.0, "100 went well")),
        ("few, for a while", pace(0.5, contacts=1), (0.5, "")),
        (
            "few, for long",
            pace(0.5, contacts=1, failed=1, changed=WINDOW),
            (1.0, "too few to tell for a quarter of an hour"),
        ),
    )
    wrong = [
        f"{what}: {found}"
        for what, measured, expected in rows
        if (found := judge(measured, wall_now=NOW)) != Verdict(*expected)
    ]
    assert wrong == []


def test_the_usual_pace_moves_slowly_and_only_while_all_is_well() -> None:
    assert usual_pace(pace(usual=None, ended=20, median=5.0), fares_well=True) == 5.0
    assert usual_pace(pace(usual=None, ended=19, median=5.0), fares_well=True) is None
    assert usual_pace(pace(usual=4.0, ended=50, median=9.0), fares_well=True) == 5.0
    assert usual_pace(pace(usual=4.0, ended=50, median=90.0), fares_well=False) == 4.0
    assert usual_pace(pace(usual=4.0), fares_well=True) == 4.0


@dataclass
class ASender:
    """One sender."""

    channel: Channel
    provider: str


@dataclass
class ALender:
    """One lender."""

    senders: dict[str, ASender] = field(default_factory=dict)


def test_only_accounts_that_another_one_can_stand_in_for_are_looked_at() -> None:
    texts, mails = ASender(Channel.SMS, "a"), ASender(Channel.EMAIL, "mail")
    alone = ALender({"texts": texts, "mails": mails})
    pool = ALender({"one": texts, "two": texts})
    paired = ALender({"one": texts, "two": ASender(Channel.SMS, "b"), "mails": mails})

    assert interchangeable([alone, pool]) == frozenset()
    assert interchangeable([alone, paired]) == {"a", "b"}
