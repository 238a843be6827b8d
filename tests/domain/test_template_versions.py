"""Words go live only when somebody else has let them through, whatever anybody tries."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.domain import template_lifecycle as lifecycle
from outreach.domain.operators import Operator, Role
from outreach.domain.template_lifecycle import ALONE, Findings, Standing, Trial
from outreach.domain.template_versions import (
    Actor,
    Approval,
    NewWords,
    Place,
    Refusal,
    RefusedError,
    State,
    Verdict,
    Version,
    actor_of,
    missing,
)
from outreach.domain.template_way import may, steps
from outreach.domain.vocabulary import Channel

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PLACE = Place("acme", "pre_due", "en-US", Channel.SMS)
ANN = Actor("ann", "Ann", frozenset({Role.OPERATOR}))
BEN = Actor("ben", "Ben", frozenset({Role.APPROVER}))
CEM = Actor("cem", "Cem", frozenset({Role.COMPLIANCE}))
DEE = Actor("dee", "Dee", frozenset({Role.OPERATOR, Role.APPROVER, Role.COMPLIANCE}))
EVE = Actor("eve", "Eve", frozenset({Role.ADMIN}))
VISITOR = Actor("visitor", "visitor", frozenset(Role), is_only_one=True)
CLEAN = Findings()
STANDS = Standing("base", "file", "new")


def a_version(state: State = State.DRAFT, **changes: Any) -> Version:
    values: dict[str, Any] = {
        "source": "new\n",
        "subject": "",
        "authors": ("ann",),
        "based_hash": "base",
        "based_source": "old\n",
        "file_hash": "file",
        "content_hash": "new",
        **changes,
    }
    return Version(1, PLACE, 3, state, 1, created_at=NOW, changed_at=NOW, **values)


def an_approval(actor: Actor, role: Role, **changes: Any) -> Approval:
    return Approval(actor.login, actor.name, role, NOW, **{"content_hash": "new", **changes})


def refused(step: Callable[..., Any], *arguments: Any) -> Refusal | None:
    try:
        step(*arguments)
    except RefusedError as error:
        return error.why
    return None


def test_a_version_goes_from_draft_to_live_and_is_retired() -> None:
    written = lifecycle.change(a_version(), NewWords("newer\n", "", "shorter"), ANN, LATER)
    sent = lifecycle.submit(replace(written, content_hash="new"), CLEAN, ANN, LATER)
    approved, added = lifecycle.approve(sent, [], CLEAN, {}, BEN, LATER)
    live = lifecycle.publish(approved, added, CLEAN, STANDS, ANN, LATER)
    gone = lifecycle.retire(live, "ben", LATER)

    assert (written.revision, written.note, written.authors) == (2, "shorter", ("ann",))
    assert (sent.state, sent.submitted_by) == (State.REVIEW, "ann")
    assert approved.state is State.APPROVED
    assert (live.state, live.percent, live.live_by, live.hashes) == (
        State.LIVE, 100, "ann", ("new",),
    )  # fmt: skip
    assert (gone.state, gone.percent, gone.ended_by) == (State.RETIRED, 0, "ben")
    assert (live.ref, str(PLACE)) == ("pre_due@new", "pre_due/en-US/sms")


def test_each_step_is_refused_with_its_reason() -> None:
    draft, sent = a_version(), a_version(State.REVIEW)
    ready = a_version(State.APPROVED)
    legal = a_version(State.REVIEW, needs_compliance=True)
    was = a_version(State.RETIRED, live_at=NOW)
    ok = [an_approval(BEN, Role.APPROVER)]
    odd = Findings(consider=frozenset({"long"}))
    bad = Findings(must_fix=1)
    due = replace(ready, go_live_at=NOW, go_live_by="ann")
    rows: list[tuple[Refusal | None, Callable[..., Any], tuple[Any, ...]]] = [
        (Refusal.NOT_OPEN, lifecycle.change, (was, NewWords("x", ""), ANN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.change, (draft, NewWords("x", ""), BEN, NOW)),
        (Refusal.NOT_OPEN, lifecycle.submit, (sent, CLEAN, ANN, NOW)),
        (Refusal.UNCHANGED, lifecycle.submit, (a_version(source="old\n"), CLEAN, ANN, NOW)),
        (Refusal.MUST_FIX, lifecycle.submit, (draft, bad, ANN, NOW)),
        (Refusal.NOT_OPEN, lifecycle.approve, (draft, [], CLEAN, {}, BEN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.approve, (sent, [], CLEAN, {}, ANN, NOW)),
        (Refusal.OWN_WORDS, lifecycle.approve, (a_version(State.REVIEW, authors=("ann", "dee")),
                                                [], CLEAN, {}, DEE, NOW)),
        (Refusal.ALREADY_APPROVED, lifecycle.approve, (sent, [], CLEAN, {}, CEM, NOW)),
        (Refusal.ALREADY_APPROVED, lifecycle.approve, (legal, ok, CLEAN, {}, BEN, NOW)),
        (Refusal.MUST_FIX, lifecycle.approve, (sent, [], bad, {}, BEN, NOW)),
        (Refusal.SENTENCE_MISSING, lifecycle.approve, (sent, [], odd, {"long": " "}, BEN, NOW)),
        (None, lifecycle.approve, (sent, [], CLEAN, {}, DEE, NOW)),
        (Refusal.NOT_OPEN, lifecycle.send_back, (draft, "no", BEN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.send_back, (sent, "no", ANN, NOW)),
        (Refusal.NO_REASON, lifecycle.send_back, (sent, " ", BEN, NOW)),
        (Refusal.NO_REASON, lifecycle.withdraw, (sent, "", ANN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.withdraw, (draft, "", EVE, NOW)),
        (Refusal.NOT_OPEN, lifecycle.withdraw, (was, "no", ANN, NOW)),
        (Refusal.NOT_OPEN, lifecycle.schedule, (sent, LATER, BEN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.schedule, (ready, LATER, CEM, NOW)),
        (Refusal.IN_THE_PAST, lifecycle.schedule, (ready, NOW, BEN, NOW)),
        (Refusal.NOT_OPEN, lifecycle.publish, (sent, ok, CLEAN, STANDS, ANN, NOW)),
        (Refusal.NOT_YOURS, lifecycle.publish, (ready, ok, CLEAN, STANDS, CEM, NOW)),
        (Refusal.NOT_APPROVED, lifecycle.publish, (ready, [], CLEAN, STANDS, ANN, NOW)),
        (Refusal.COMPLIANCE_MISSING, lifecycle.publish,
         (replace(ready, needs_compliance=True), ok, CLEAN, STANDS, ANN, NOW)),
        (Refusal.MUST_FIX, lifecycle.publish, (ready, ok, bad, STANDS, ANN, NOW)),
        (Refusal.SENTENCE_MISSING, lifecycle.publish, (ready, ok, odd, STANDS, ANN, NOW)),
        (Refusal.OUTDATED, lifecycle.publish,
         (ready, ok, CLEAN, Standing("other", "file", "new"), ANN, NOW)),
        (Refusal.OUTDATED, lifecycle.publish,
         (ready, ok, CLEAN, Standing("base", "newer", "new"), ANN, NOW)),
        (Refusal.OUTDATED, lifecycle.publish,
         (ready, ok, CLEAN, Standing("base", "file", "phrased"), ANN, NOW)),
        (Refusal.BAD_SHARE, lifecycle.publish,
         (ready, ok, CLEAN, STANDS, ANN, NOW, Trial(0))),
        (Refusal.BAD_SHARE, lifecycle.publish,
         (ready, ok, CLEAN, STANDS, ANN, NOW, Trial(60, 40))),
        (Refusal.NOT_OPEN, lifecycle.publish, (ready, ok, CLEAN, STANDS, "ann", NOW)),
        (Refusal.NOT_OPEN, lifecycle.publish,
         (replace(due, go_live_at=LATER), ok, CLEAN, STANDS, "ann", NOW)),
        (None, lifecycle.publish, (due, ok, CLEAN, STANDS, "ann", NOW)),
        (Refusal.NEVER_LIVE, lifecycle.restore, (ready, CLEAN, "why", BEN)),
        (Refusal.NOT_YOURS, lifecycle.restore, (was, CLEAN, "why", ANN)),
        (Refusal.NO_REASON, lifecycle.restore, (was, CLEAN, "", BEN)),
        (Refusal.MUST_FIX, lifecycle.restore, (was, bad, "why", BEN)),
    ]  # fmt: skip

    wrong = [
        (number, expected, found)
        for number, (expected, step, arguments) in enumerate(rows)
        if (found := refused(step, *arguments)) != expected
    ]

    assert wrong == []


def test_legal_text_takes_two_approvals_which_one_person_may_give() -> None:
    legal = a_version(State.REVIEW, needs_compliance=True)

    waiting, first = lifecycle.approve(legal, [], CLEAN, {}, BEN, NOW)
    ready, second = lifecycle.approve(waiting, first, CLEAN, {}, CEM, NOW)
    at_once, both = lifecycle.approve(legal, [], CLEAN, {}, DEE, NOW)

    assert (waiting.state, missing(waiting, first)) == (State.REVIEW, (Role.COMPLIANCE,))
    assert (ready.state, [one.role for one in second]) == (State.APPROVED, [Role.COMPLIANCE])
    assert (at_once.state, len(both)) == (State.APPROVED, 2)


def test_what_is_let_through_says_why_and_a_second_person_neednt_repeat_it() -> None:
    odd = Findings(consider=frozenset({"long"}))
    legal = a_version(State.REVIEW, needs_compliance=True)

    waiting, first = lifecycle.approve(legal, [], odd, {"long": "the law", "x": "y"}, BEN, NOW)
    ready, second = lifecycle.approve(waiting, first, odd, {}, CEM, NOW)
    live = lifecycle.publish(ready, first + second, odd, STANDS, ANN, NOW)

    assert [dict(one.sentences) for one in (*first, *second)] == [{"long": "the law"}, {}]
    assert live.state is State.LIVE


def test_a_changed_draft_asks_for_new_approvals() -> None:
    ready = replace(a_version(State.APPROVED), go_live_at=LATER, go_live_by="ann")
    given = [an_approval(BEN, Role.APPROVER)]

    changed = lifecycle.change(ready, NewWords("other\n", ""), DEE, NOW)
    voided = lifecycle.void(given, NOW)

    assert (changed.state, changed.go_live_at, changed.authors) == (
        State.DRAFT, None, ("ann", "dee"),
    )  # fmt: skip
    assert missing(ready, voided) == (Role.APPROVER,)
    assert missing(replace(ready, content_hash="other"), given) == (Role.APPROVER,)
    assert lifecycle.void(voided, LATER) == voided
    sent_back = replace(given[0], verdict=Verdict.SENT_BACK)
    assert missing(ready, [sent_back]) == (Role.APPROVER,)


def test_sending_back_and_giving_up_keep_who_and_why() -> None:
    planned = replace(a_version(State.APPROVED), go_live_at=LATER)
    back, said = lifecycle.send_back(planned, " too long ", CEM, NOW)
    ended = lifecycle.withdraw(a_version(), "", ANN, NOW)

    assert (back.state, back.revision, back.go_live_at) == (State.DRAFT, 2, None)
    assert (said.role, said.verdict, said.reason) == (
        Role.COMPLIANCE, Verdict.SENT_BACK, "too long",
    )  # fmt: skip
    assert (ended.state, ended.ended_by) == (State.WITHDRAWN, "ann")


def test_a_plan_can_be_made_and_taken_back_and_an_older_version_restored() -> None:
    planned = lifecycle.schedule(a_version(State.APPROVED), LATER, BEN, NOW)
    free = lifecycle.schedule(planned, None, ANN, NOW)
    older = a_version(State.RETIRED, live_at=NOW, ended_at=NOW, ended_by="x")
    restored = lifecycle.restore(older, CLEAN, "it was better", BEN)

    assert (planned.go_live_at, planned.go_live_by) == (LATER, "ben")
    assert free.go_live_at is None
    assert (restored.state, restored.percent, restored.ended_at) == (State.LIVE, 100, None)


def test_the_visitor_of_a_development_installation_is_alone_and_may() -> None:
    sent = a_version(State.REVIEW, authors=("visitor",))

    approved, _ = lifecycle.approve(sent, [], CLEAN, {}, VISITOR, NOW)

    assert approved.state is State.APPROVED
    assert may("approve", sent, [], VISITOR) is None


def test_an_actor_is_what_an_operator_is_to_the_lender() -> None:
    roles = {"acme": frozenset({Role.OPERATOR})}
    ann = Operator(7, "ann", "Ann", roles)

    assert actor_of(ann, "acme") == ANN
    assert actor_of(ann, "other").roles == frozenset()
    assert actor_of(replace(ann, disabled=True), "acme").roles == frozenset()
    assert actor_of(replace(ann, operator_id=0), "acme").is_only_one
    assert str(RefusedError(Refusal.GONE)) == "gone"


def test_buttons_know_why_they_cannot_be_pressed() -> None:
    sent = a_version(State.REVIEW)
    given = [an_approval(BEN, Role.APPROVER)]

    assert may("submit", sent, [], ANN) is Refusal.NOT_OPEN
    assert may("submit", a_version(source="old\n"), [], ANN) is Refusal.UNCHANGED
    assert may("submit", a_version(), [], ANN) is None
    assert may("save", sent, [], BEN) is Refusal.NOT_YOURS
    assert may("approve", sent, [], BEN) is None
    assert may("approve", replace(sent, authors=("ben",)), [], BEN) is Refusal.OWN_WORDS
    assert may("approve", sent, given, BEN) is Refusal.ALREADY_APPROVED
    assert may("approve", sent, [], CEM) is Refusal.ALREADY_APPROVED


def test_the_way_shows_who_did_what_and_what_comes_next() -> None:
    legal = a_version(State.REVIEW, needs_compliance=True, submitted_at=NOW)
    given = [an_approval(BEN, Role.APPROVER)]
    planned = replace(a_version(State.APPROVED), go_live_at=LATER, go_live_by="ann")

    shown = [(one.name, one.state, one.by) for one in steps(legal, given)]

    assert shown == [
        ("written", "done", "ann"),
        ("approver", "done", "Ben"),
        ("compliance", "current", ""),
        ("live", "todo", ""),
    ]
    assert [one.state for one in steps(a_version(), [])] == ["current", "todo", "todo"]
    assert (steps(planned, given)[-1].state, steps(planned, given)[-1].at) == ("current", LATER)
    live = a_version(State.LIVE, live_at=NOW, live_by="ann")
    assert steps(live, given)[-1].state == "done"


ACTORS = (ANN, BEN, CEM, DEE, EVE, Actor("fay", "Fay", frozenset({Role.OPERATOR, Role.APPROVER})))
WORDS = ("old\n", "a\n", "b\n")
STEP = st.tuples(
    st.sampled_from(["change", "submit", "approve", "send_back", "withdraw", "schedule",
                     "publish", "due", "retire", "restore"]),
    st.sampled_from(ACTORS),
    st.sampled_from(WORDS),
)  # fmt: skip


class Desk:
    """A version and its approvals, and what people try with them."""

    def __init__(self, *, is_legal: bool) -> None:
        self.version = a_version(
            authors=(), source="old\n", content_hash="old\n", needs_compliance=is_legal
        )
        self.approvals: list[Approval] = []

    def change(self, actor: Actor, words: str) -> None:
        changed = lifecycle.change(self.version, NewWords(words, ""), actor, NOW)
        self.version = replace(changed, content_hash=words)
        self.approvals = lifecycle.void(self.approvals, NOW)

    def submit(self, actor: Actor, _: str) -> None:
        self.version = lifecycle.submit(self.version, CLEAN, actor, NOW)

    def approve(self, actor: Actor, _: str) -> None:
        before = self.approvals
        self.version, added = lifecycle.approve(self.version, before, CLEAN, {}, actor, NOW)
        self.approvals = [*before, *added]

    def send_back(self, actor: Actor, _: str) -> None:
        self.version, _said = lifecycle.send_back(self.version, "why", actor, NOW)
        self.approvals = lifecycle.void(self.approvals, NOW)

    def withdraw(self, actor: Actor, _: str) -> None:
        self.version = lifecycle.withdraw(self.version, "why", actor, NOW)

    def schedule(self, actor: Actor, _: str) -> None:
        self.version = lifecycle.schedule(self.version, LATER, actor, NOW)

    def publish(self, actor: Actor | str, _: str) -> None:
        stands = Standing("base", "file", self.version.content_hash)
        self.version = lifecycle.publish(
            self.version, self.approvals, CLEAN, stands, actor, LATER, ALONE
        )

    def due(self, _: Actor, words: str) -> None:
        self.publish(self.version.go_live_by, words)

    def retire(self, actor: Actor, _: str) -> None:
        if self.version.state is State.LIVE:
            self.version = lifecycle.retire(self.version, actor.login, NOW)

    def restore(self, actor: Actor, _: str) -> None:
        self.version = lifecycle.restore(self.version, CLEAN, "why", actor)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=25), st.booleans())
def test_nothing_that_anybody_does_lets_an_authors_words_through_by_the_author_alone(
    tried: list[tuple[str, Actor, str]], is_legal: bool
) -> None:
    desk = Desk(is_legal=is_legal)
    for name, actor, words in tried:
        with suppress(RefusedError):
            getattr(desk, name)(actor, words)
        if desk.version.state is State.LIVE:
            held = [one for one in desk.approvals if one.voided_at is None]
            others = {one.role for one in held if one.login not in desk.version.authors}
            assert Role.APPROVER in others
            assert Role.COMPLIANCE in others or not is_legal
            assert all(one.content_hash == desk.version.content_hash for one in held)


def test_a_role_is_asked_for_before_anything_else_is_said() -> None:
    with pytest.raises(RefusedError, match="operator"):
        lifecycle.change(a_version(), NewWords("x", ""), EVE, NOW)
