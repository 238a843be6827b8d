"""What borrowers type is read as people write it, and every word of the page is there twice."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from outreach.usecases.selfservice_sessions import begin, form_token, is_form_token, seal, unseal
from outreach.usecases.selfservice_telling import SHUNNED, STOPS
from outreach.web.selfservice.actions import ACTIONS, COMPLAINTS, DISPUTES, HARDSHIPS
from outreach.web.selfservice.forms import Form, plain_amount, read_amount, read_day
from outreach.web.selfservice.guarding import Limits
from outreach.web.selfservice.words import WORDS, language_of, say

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "selfservice"
KEY: Final = bytes(32)
NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_amounts_are_read_as_people_write_them() -> None:
    for text, currency, minor in (
        ("247.50", "USD", 24750), ("$1,234.5", "USD", 123450), ("１２３４．５元", "CNY", 123450),
        (" 500 ", "JPY", 500), ("500.5", "JPY", None), ("1.005", "USD", None), ("", "USD", None),
        ("abc", "USD", None), ("1e3", "USD", 100000), ("NaN", "USD", None), ("-5", "USD", -500),
        ("9" * 30, "USD", None), ("五百", "CNY", None),
    ):  # fmt: skip
        assert read_amount(text, currency) == minor, text
    assert (plain_amount(24750, "USD"), plain_amount(500, "JPY")) == ("247.50", "500")


def test_days_are_read_with_every_usual_mark() -> None:
    for text in ("2026-11-27", "2026/11/27", "2026.11.27", "2026年11月27日", "２０２６-１１-２７"):
        assert read_day(text) == date(2026, 11, 27), text
    for text in ("", "27 Nov", "2026-13-01", "2026-02-30", "11/27/2026"):
        assert read_day(text) is None, text


def test_what_is_wrong_with_a_form_is_named_by_field() -> None:
    first, last = date(2026, 11, 23), date(2026, 12, 23)
    form = Form(
        {"amount": ["0"], "day": ["2026-11-22"], "kind": ["none"], "note": ["x" * 1001],
         "from": ["09:00"], "to": ["09:00"], "digits": ["12a4"], "key": ["<script>"]}
    )  # fmt: skip

    form.amount("amount", "USD", 100)
    form.day("day", first, last)
    form.choice("kind", DISPUTES)
    form.note()
    form.digits()

    assert form.hours() is None
    assert form.key == ""
    assert [one.name for one in form.errors] == ["amount", "day", "kind", "note", "digits", "from"]


def test_a_form_filled_in_well_has_no_errors() -> None:
    form = Form({"amount": ["1.00"], "from": ["09:00"], "to": ["12:00"], "digits": ["０１４３"]})

    assert form.amount("amount", "USD", 100) == 100
    assert form.hours() == ("09:00", "12:00")
    assert form.digits() == "0143"
    assert Form({}).hours() is None
    assert Form({"note": ["a\x00b\nc"]}).note() == "ab\nc"
    assert form.errors == []


def test_a_session_is_read_back_until_it_ends_and_by_nobody_else() -> None:
    session = begin(5, 7, passed=True, life=timedelta(minutes=20), wall_now=NOW)
    cookie = seal(KEY, session)

    assert unseal(KEY, cookie, NOW) == session
    assert unseal(KEY, cookie, NOW + timedelta(minutes=20)) is None
    assert unseal(bytes(31) + b"1", cookie, NOW) is None
    forged = cookie.replace(".1.", ".0.", 1)
    for text in ("", "a.b", forged, f"6{cookie[1:]}", cookie + "0", "x" * 400, cookie[:-1] + "é"):
        assert unseal(KEY, text, NOW) is None, text
    assert is_form_token(KEY, cookie, form_token(KEY, cookie))
    assert not is_form_token(KEY, forged, form_token(KEY, cookie))


def test_the_page_is_told_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese)), key
        assert not re.search(r"[一-鿿][,.!?;:]|！", chinese), key
        assert "!" not in english, key
    assert say("zh", "call", phone="95000") == "如有疑问，请致电95000。"
    assert language_of(None, "fr", "zh-Hans-CN") == "zh"
    assert language_of("de") == "en"


def test_every_key_that_pages_name_has_words() -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    for path in sorted(TEMPLATES.glob("*.html")):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            first = call.args[0] if call.args else None
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                assert not isinstance(first, nodes.Const) or first.value in WORDS, (path, first)
    for name in ACTIONS:
        for part in ("title", "short", "text", "send"):
            assert f"{name}.{part}" in WORDS, name
        assert f"done.{name}" in WORDS
    kinds = (("hardship", HARDSHIPS), ("dispute", DISPUTES), ("complaint", COMPLAINTS))
    for name, values in (*kinds, ("channel", (*STOPS, *SHUNNED, "voicemail"))):
        for value in values:
            assert f"{name}.{value}" in WORDS, value


def test_style_and_pages_hold_nothing_that_the_policy_blocks() -> None:
    for path in TEMPLATES.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|style=|\son\w+=|@import|url\(|https?://", text), path
    assert (TEMPLATES / "static" / "selfservice.css").stat().st_size < 25_000


@pytest.mark.parametrize(("header", "last"), [("X-Forwarded-For", True), ("", False)])
def test_visitors_are_told_apart_by_the_header_only_where_one_is_set(
    header: str, *, last: bool
) -> None:
    class Request:
        def __init__(self, address: str, token: str) -> None:
            self.match_info = {"token": token}
            self.remote = "10.0.0.1"
            self.headers = Headers({"X-Forwarded-For": [f"203.0.113.9, {address}"]})

    class Headers(dict[str, list[str]]):
        def getall(self, name: str, default: list[str]) -> list[str]:
            return self.get(name, default)

    limits = Limits(header, 1.0)
    waits = [limits.wait(Request("198.51.100.7", f"a{n}"), 0.0) for n in range(12)]  # type: ignore[arg-type]
    other = limits.wait(Request("198.51.100.8", "b"), 0.0)  # type: ignore[arg-type]

    assert waits[:10] == [0.0] * 10
    assert waits[11] > 0
    assert (other == 0) is last
    assert limits.wait(Request("198.51.100.9", "c"), 60.0) == 0.0  # type: ignore[arg-type]
