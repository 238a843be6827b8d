"""Parts are counted as carriers cut them: against a splitter that tries every cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rendering.segments import (
    GSM_BASIC,
    GSM_EXTENSION,
    Encoding,
    count_segments,
    split_segments,
    ucs2_characters,
)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        pytest.param("", Encoding.GSM_7, 0, 1, id="nothing is one part"),
        pytest.param("a" * 160, Encoding.GSM_7, 160, 1, id="160 septets"),
        pytest.param("a" * 161, Encoding.GSM_7, 161, 2, id="161 septets"),
        pytest.param("a" * 306, Encoding.GSM_7, 306, 2, id="306 septets"),
        pytest.param("a" * 307, Encoding.GSM_7, 307, 3, id="307 septets"),
        pytest.param("a" * 158 + "€", Encoding.GSM_7, 160, 1, id="an extension counts two"),
        pytest.param("a" * 159 + "€", Encoding.GSM_7, 161, 2, id="and so may need a part"),
        pytest.param(
            "a" * 152 + "€" + "a" * 152, Encoding.GSM_7, 306, 3, id="an extension isn't cut in two"
        ),
        pytest.param("中" * 70, Encoding.UCS_2, 70, 1, id="70 units"),
        pytest.param("中" * 71, Encoding.UCS_2, 71, 2, id="71 units"),
        pytest.param("中" * 134, Encoding.UCS_2, 134, 2, id="134 units"),
        pytest.param("中" * 135, Encoding.UCS_2, 135, 3, id="135 units"),
        pytest.param("a" * 69 + "“", Encoding.UCS_2, 70, 1, id="one curly quote flips it"),
        pytest.param("😀" * 35, Encoding.UCS_2, 70, 1, id="an emoji is two units"),
        pytest.param("中" * 66 + "😀" + "中" * 66, Encoding.UCS_2, 134, 3, id="nor is a pair cut"),
    ],
)
def test_count(text: str, encoding: Encoding, units: int, parts: int) -> None:
    found = count_segments(text)

    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)
    assert len(split_segments(text)) == parts


def test_the_alphabet_has_127_characters_of_one_septet_and_nine_printable_of_two() -> None:
    assert len(set(GSM_BASIC)) == len(GSM_BASIC) == 127
    assert len(set(GSM_EXTENSION)) == len(GSM_EXTENSION) == 10


def test_the_characters_that_force_ucs2_are_named_once_in_order() -> None:
    assert ucs2_characters("Pay “now” – it’s €5") == ("“", "”", "–", "’")
    assert ucs2_characters("plain") == ()


def cost(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if character in GSM_EXTENSION else 1
    return len(character.encode("utf-16-be")) // 2


def fewest_parts(text: str, encoding: Encoding) -> int:
    """Try every place to cut, the longest parts included: the fewest that hold the text."""
    one, many = (160, 153) if encoding is Encoding.GSM_7 else (70, 67)
    costs = [cost(character, encoding) for character in text]
    if sum(costs) <= one:
        return 1
    best = [0] + [len(text) + 1] * len(text)
    for end in range(1, len(text) + 1):
        used = 0
        for start in range(end - 1, -1, -1):
            used += costs[start]
            if used > many:
                break
            best[end] = min(best[end], best[start] + 1)
    return best[-1]


TEXTS = st.one_of(
    st.text(alphabet=GSM_BASIC + GSM_EXTENSION, max_size=700),
    st.text(alphabet="ab€中😀", max_size=300),
    st.builds(lambda a, b, n: a * n + b, st.sampled_from("a€中😀"), st.text(), st.integers(0, 320)),
)


@given(text=TEXTS)
def test_parts_are_the_fewest_and_none_overflows(text: str) -> None:
    found = count_segments(text)
    parts = split_segments(text)

    one, many = (160, 153) if found.encoding is Encoding.GSM_7 else (70, 67)
    assert "".join(parts) == text
    assert found.parts == len(parts) == fewest_parts(text, found.encoding)
    assert found.units == sum(cost(character, found.encoding) for character in text)
    limit = one if len(parts) == 1 else many
    assert all(sum(cost(c, found.encoding) for c in part) <= limit for part in parts)
    assert (found.encoding is Encoding.UCS_2) == bool(ucs2_characters(text))
