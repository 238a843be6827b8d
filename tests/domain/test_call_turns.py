"""What an answer means and what is said next: nothing of a debt before somebody said who they are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.call_scripts import CallScript, Piece, parse_script
from outreach.domain.call_turns import (
    ENDED,
    Given,
    Question,
    Turn,
    after_transfer,
    following,
    opening,
    understand,
)
from outreach.domain.vocabulary import CallAnswer

TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)
FULL = "\n\n".join(
    f"[{piece}] {'by *' if piece is Piece.CONFIRM else piece.value}"
    for piece in Piece
    if piece is not Piece.DIAL
)
SCRIPT = parse_script(f"{FULL}\n\n[dial] +16145550199", "en-US")
BARE = CallScript(
    "en-US",
    {
        piece: piece.value
        for piece in (
            Piece.IDENTIFY, Piece.RIGHT_PARTY, Piece.MESSAGE, Piece.MENU, Piece.GOODBYE, Piece.DAY,
            Piece.CALL_US,
        )
    },
)  # fmt: skip
A = CallAnswer


def write_day(day: date) -> str:
    return day.isoformat()


@pytest.mark.parametrize(
    ("asked", "digits", "answer"),
    [
        ("party", "1", A.RIGHT_PARTY),
        ("party", "2", A.WRONG_PARTY),
        ("party", "9", A.OPT_OUT),
        ("party", "7", A.UNCLEAR),
        ("menu", "1", A.PROMISE),
        ("menu", "2", A.LINK),
        ("menu", "3", A.PERSON),
        ("menu", "8", A.WRONG_PARTY),
        ("menu", "9", A.OPT_OUT),
        ("menu", "0", A.UNCLEAR),
        ("day", "27", A.DAY),
        ("confirm", "1", A.PROMISED),
        ("confirm", "2", A.PROMISE),
        ("confirm", "3", A.UNCLEAR),
    ],
)
def test_keys_mean_what_they_say(asked: str, digits: str, answer: CallAnswer) -> None:
    understood = understand(Question(asked), digits, "stop calling me")

    assert (understood.answer, understood.is_reply) == (answer, False)


@pytest.mark.parametrize(
    ("asked", "speech", "answer", "is_reply"),
    [
        ("party", "Yes.", A.RIGHT_PARTY, False),
        ("party", "this is she", A.RIGHT_PARTY, False),
        ("party", "我是", A.RIGHT_PARTY, False),
        ("party", "是的，本人", A.RIGHT_PARTY, False),
        ("party", "You have the wrong number", A.WRONG_PARTY, False),
        ("party", "yes but you have the wrong number", A.WRONG_PARTY, False),
        ("party", "there is no one here by that name", A.WRONG_PARTY, False),
        ("party", "打错了", A.WRONG_PARTY, False),
        ("party", "there is no such person", A.WRONG_PARTY, False),
        ("party", "No", A.SOMEBODY_ELSE, False),
        ("party", "she is not home", A.SOMEBODY_ELSE, False),
        ("party", "他不在", A.SOMEBODY_ELSE, False),
        ("party", "stop calling me", A.OPT_OUT, True),
        ("party", "who is this", A.UNCLEAR, True),
        ("party", "   ", A.SILENCE, False),
        ("menu", "I will pay on Friday", A.PROMISE, False),
        ("menu", "还款", A.PROMISE, False),
        ("menu", "let me talk to a person", A.PERSON, False),
        ("menu", "转人工", A.PERSON, False),
        ("menu", "send me the link", A.LINK, False),
        ("menu", "发链接", A.LINK, False),
        ("menu", "I won't pay", A.REFUSED, False),
        ("menu", "I already paid yesterday", A.UNCLEAR, True),
        ("menu", "never call me again", A.OPT_OUT, True),
        ("menu", "别再打电话了", A.OPT_OUT, True),
        ("menu", "blue", A.UNCLEAR, True),
        ("menu", "I have filed for bankruptcy, call my attorney", A.UNCLEAR, True),
        ("day", "friday", A.DAY, False),
        ("day", "don't call me any more", A.OPT_OUT, True),
        ("confirm", "yes", A.PROMISED, False),
        ("confirm", "no", A.PROMISE, False),
        ("confirm", "banana", A.UNCLEAR, True),
    ],
)
def test_words_mean_what_they_say(
    asked: str, speech: str, answer: CallAnswer, is_reply: bool
) -> None:
    understood = understand(Question(asked), "", speech)

    assert (understood.answer, understood.is_reply) == (answer, is_reply)


def test_a_promise_is_heard_without_a_word_of_paying() -> None:
    assert understand(Question.MENU, "", "you will have it by friday").answer is A.PROMISE


def test_whoever_picks_up_hears_who_calls_and_is_asked_who_they_are() -> None:
    assert opening(SCRIPT) == Turn(("identify", "recording", "right_party"), asks=Question.PARTY)
    assert opening(BARE).says == ("identify", "right_party")


@pytest.mark.parametrize(
    ("given", "turn"),
    [
        (Given(Question.PARTY, "1"), Turn(("message", "menu"), Question.MENU)),
        (Given(Question.PARTY, "2"), Turn(("wrong_party", "goodbye"))),
        (Given(Question.PARTY, "9"), Turn(("opted_out", "goodbye"))),
        (Given(Question.PARTY, "", "no"), Turn(("goodbye",))),
        (Given(Question.PARTY), Turn(("goodbye",))),
        (Given(Question.PARTY, "5"), Turn(("again", "right_party"), Question.PARTY, again=True)),
        (Given(Question.PARTY, "5", again=True), Turn(("goodbye",))),
        (Given(Question.MENU, "1"), Turn(("day",), Question.DAY)),
        (Given(Question.MENU, "2"), Turn(("link", "goodbye"))),
        (Given(Question.MENU, "3"), Turn(("transfer",), dials="+16145550199")),
        (Given(Question.MENU, "8"), Turn(("wrong_party", "goodbye"))),
        (Given(Question.MENU, "", "I won't pay"), Turn(("goodbye",))),
        (Given(Question.DAY, "27"), Turn(("by 2026-11-27",), Question.CONFIRM, FRIDAY)),
        (Given(Question.DAY, "", "friday"), Turn(("by 2026-11-27",), Question.CONFIRM, FRIDAY)),
        (Given(Question.DAY, "99"), Turn(("again", "day"), Question.DAY, again=True)),
        (Given(Question.CONFIRM, "1", day=FRIDAY), Turn(("promised", "goodbye"))),
        (Given(Question.CONFIRM, "2", day=FRIDAY), Turn(("day",), Question.DAY)),
        (Given(Question.CONFIRM, "7", day=FRIDAY), Turn(("goodbye",))),
    ],
)
def test_each_answer_has_its_turn(given: Given, turn: Turn) -> None:
    assert following(SCRIPT, given, TODAY, write_day) == turn


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(Given(Question.MENU, "1"), ("goodbye",), id="no day can be confirmed"),
        pytest.param(Given(Question.MENU, "3"), ("call_us", "goodbye"), id="nobody to put through"),
        pytest.param(Given(Question.DAY, "27"), ("day",), id="a day that isn't asked for"),
    ],
)
def test_what_a_script_lacks_is_not_offered(given: Given, says: tuple[str, ...]) -> None:
    turn = following(BARE, given, TODAY, write_day)

    assert turn.says == says
    assert not turn.dials


def test_a_talk_that_did_not_come_about_ends_with_a_number() -> None:
    assert after_transfer(SCRIPT, connected=True) == ENDED
    assert after_transfer(SCRIPT, connected=False).says == ("call_us", "goodbye")


@given(
    st.sampled_from(Question),
    st.sampled_from(["", "1", "2", "3", "8", "9", "27", "#"]),
    st.text(max_size=30),
    st.booleans(),
)
def test_the_message_is_for_the_right_party_alone(
    asked: Question, digits: str, speech: str, again: bool
) -> None:
    given = Given(asked, digits, speech, FRIDAY, again)

    turn = following(SCRIPT, given, TODAY, write_day)

    if "message" in turn.says:
        assert understand(asked, digits, speech).answer is A.RIGHT_PARTY
    assert turn.asks is None or not turn.dials
