"""A script is one text of named pieces; what isn't one is refused without showing its words."""

import pytest

from outreach.domain.call_scripts import (
    ON_A_MACHINE,
    Piece,
    ScriptError,
    parse_script,
    split_script,
    without,
)

SCRIPT = """[identify] This is Harbor.

[right_party] Are you Ada?
Press 1.

[message] A payment is due.

[menu] Press 9 to stop.

[dial]

[goodbye]
Goodbye."""


def test_a_script_is_its_pieces_in_order_and_empty_ones_are_none() -> None:
    pieces = split_script(SCRIPT)

    assert list(pieces) == [
        Piece.IDENTIFY,
        Piece.RIGHT_PARTY,
        Piece.MESSAGE,
        Piece.MENU,
        Piece.GOODBYE,
    ]
    assert pieces[Piece.GOODBYE] == "Goodbye."
    assert pieces[Piece.RIGHT_PARTY] == "Are you Ada?\nPress 1."


def test_only_pieces_with_words_are_said() -> None:
    script = parse_script(SCRIPT, "en-US")

    assert script.words(Piece.IDENTIFY, Piece.RECORDING, Piece.MESSAGE) == (
        "This is Harbor.",
        "A payment is due.",
    )
    assert "Harbor" not in repr(script)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("Hello.", "begin with the name", id="no name"),
        pytest.param(SCRIPT + "\n\n[sales] Buy!", "no piece", id="an unknown name"),
        pytest.param(SCRIPT + "\n\n[menu] Again.", "twice", id="twice"),
        pytest.param("[identify] Hello.", r"right_party.*message.*menu", id="not enough"),
        pytest.param("", "begin with the name", id="nothing"),
    ],
)
def test_what_is_no_script_is_refused(text: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why) as caught:
        parse_script(text, "en-US")

    assert "Hello" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "dialed"),
    [
        ("+1 (614) 555-0199", "+16145550199"),
        ("+442079460000", "+442079460000"),
        ("028-5550-0142", ""),
        ("ask reception", ""),
    ],
)
def test_a_number_is_dialed_only_as_it_is_dialed_from_anywhere(told: str, dialed: str) -> None:
    script = parse_script(SCRIPT.replace("[dial]", f"[dial] {told}"), "en-US")

    assert script.dials == dialed


def test_a_machine_is_left_what_there_is_for_it() -> None:
    assert parse_script(SCRIPT, "en-US").on_a_machine is None
    for piece in ON_A_MACHINE:
        left = f"{SCRIPT}\n\n[{piece}] Please call."
        assert parse_script(left, "en-US").on_a_machine is piece
        assert piece not in split_script(without(left, ON_A_MACHINE))
        assert split_script(without(left, set())) == split_script(left)
