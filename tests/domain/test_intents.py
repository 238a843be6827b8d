"""What an answer wants, its sum and its day, and how well labeled answers are read."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from outreach.config_files.reply_labels import LabelsError, load_labels
from outreach.domain.amounts_said import AmountSaid, read_amount
from outreach.domain.intents import promised_day, read_wanted
from outreach.domain.replies import read_reply
from outreach.domain.reply_accuracy import Labeled, Score, half_of, score
from outreach.domain.vocabulary import Intent, ReplyKind

MONDAY = date(2026, 11, 23)
LABELED = Path(__file__).parents[1] / "data/replies.yaml"
DOCS = Path(__file__).parents[2] / "docs/replies.md"


@pytest.mark.parametrize(
    ("text", "intents", "whole"),
    [
        ("I'll pay Friday", {Intent.PROMISE}, True),
        ("I'll pay Friday morning", {Intent.PROMISE}, True),
        ("puedo pagar el viernes", {Intent.PROMISE}, True),
        ("can I pay Friday?", {Intent.PROMISE, Intent.HELP}, False),
        ("I'll pay it off on Friday", {Intent.PROMISE}, True),
        ("I already paid", {Intent.PAID}, True),
        ("lost my job", {Intent.HARDSHIP}, True),
        ("can you send me the payoff amount?", {Intent.PAYOFF}, True),
        ("Spanish please", {Intent.LANGUAGE}, True),
        ("in Spanish or in English", {Intent.LANGUAGE}, False),
        ("my lawyer says this isn't my debt", {Intent.DISPUTE}, False),
        ("HELP", {Intent.HELP}, True),
        ("START", {Intent.OPT_IN}, True),
        ("stop texting me, I'll pay Friday", {Intent.OPT_OUT}, False),
        ("thanks", set(), True),
        ("qwerty", set(), False),
    ],
)
def test_what_an_answer_wants(text: str, intents: set[Intent], whole: bool) -> None:
    wanted = read_wanted(text, read_reply(text))

    assert (set(wanted.intents), wanted.is_whole) == (intents, whole)


@pytest.mark.parametrize(
    ("text", "language"),
    [("换成英文", "en-US"), ("en español", "es-US"), ("请说普通话", "zh-CN"), ("ok", "")],
)
def test_which_language_is_meant(text: str, language: str) -> None:
    assert read_wanted(text, read_reply(text)).language == language


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I'll pay $1,200.50 Friday", AmountSaid(Decimal("1200.50"))),
        ("200 dollars", AmountSaid(Decimal("200.0"))),
        ("I can pay 75 on the 5th", AmountSaid(Decimal("75.0"))),
        ("I'll pay on the 15th", AmountSaid()),
        ("pay 5th", AmountSaid()),
        ("周五还500元", AmountSaid(Decimal("500.0"))),
        ("还两千块", AmountSaid(Decimal(2000))),
        ("还一千二百五十元", AmountSaid(Decimal(1250))),
        ("还一千二块", AmountSaid(Decimal(1200))),
        ("还一千零二块", AmountSaid(Decimal(1002))),
        ("还十五元", AmountSaid(Decimal(15))),
        ("还三万五千元", AmountSaid(Decimal(35_000))),
        ("还万元", AmountSaid(Decimal(10_000))),
        ("$50 now and $60 later", AmountSaid()),
        ("half on Friday", AmountSaid(half=True)),
        ("in full on Friday", AmountSaid(whole=True)),
        ("on Friday", AmountSaid()),
    ],
)
def test_how_much_is_said(text: str, said: AmountSaid) -> None:
    assert read_amount(text)[0] == said


@pytest.mark.parametrize(
    ("said", "minor"),
    [
        (AmountSaid(Decimal("10.505")), 1051),
        (AmountSaid(Decimal(999)), 24_751),
        (AmountSaid(half=True), 12_376),
        (AmountSaid(whole=True), 24_751),
        (AmountSaid(), 24_751),
    ],
)
def test_a_sum_is_bounded_by_what_is_owed(said: AmountSaid, minor: int) -> None:
    assert said.minor(24_751, 2) == minor


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I'll pay Friday", date(2026, 11, 27)),
        ("周五还", date(2026, 11, 27)),
        ("$50 on the 15th", date(2026, 12, 15)),
        ("pay 50 on Nov 28", date(2026, 11, 28)),
        ("soon", None),
    ],
)
def test_the_day_of_a_promise_is_read_beside_its_sum(text: str, day: date | None) -> None:
    assert promised_day(text, MONDAY) == day


def test_a_reply_that_asks_to_stop_is_never_read_as_something_else() -> None:
    rows = [one for one in load_labels(LABELED) if Intent.OPT_OUT in one.intents]

    assert len(rows) >= 30
    assert [one.text for one in rows if one.read != {Intent.OPT_OUT}] == []
    for other in ("I'll pay Friday", "I already paid", "wrong number", "周五还", "ya pagué"):
        for stop in ("stop texting me", "不要再发短信", "no me manden mensajes"):
            text = f"{stop}. {other}"
            assert read_reply(text).kind is ReplyKind.OPT_OUT, text
            assert read_wanted(text, read_reply(text)).intents == {Intent.OPT_OUT}, text


def test_the_set_is_large_enough_and_read_well_enough() -> None:
    rows = load_labels(LABELED)
    languages = {one.language for one in rows}

    assert len(rows) >= 300
    assert len({(one.text, one.language) for one in rows}) == len(rows)
    assert min(sum(one.language == name for one in rows) for name in languages) >= 70
    kept = half_of(rows, "kept aside")
    assert 0.4 < len(kept) / len(rows) < 0.6
    assert len(kept) + len(half_of(rows, "development")) == len(half_of(rows, "all"))
    poor = [
        one.intent
        for one in score(kept)
        if one.precision < 0.9 or one.recall < 0.75 or not one.labeled
    ]
    assert poor == []


def test_the_documented_figures_are_these() -> None:
    words, rows = DOCS.read_text(encoding="utf-8"), load_labels(LABELED)

    for half in ("development", "kept aside"):
        for one in score(half_of(rows, half)):
            shares = f"{float(one.precision):.2f} | {float(one.recall):.2f}"
            row = f"| `{one.intent}` | {half} | {one.labeled} | {shares} |"
            assert row in words, f"docs/replies.md should say: {row}"
    assert f"holds {len(rows)} replies" in words


def test_an_intent_that_nobody_has_is_read_perfectly() -> None:
    found = score([Labeled("ok", "en", frozenset())])

    assert found[0] == Score(Intent.OPT_OUT, 0, 0, 0)
    assert found[0].precision == found[0].recall == 1


@pytest.mark.parametrize("told", ["[]", "en: []", "en: {none: ok}", "en: {joy: [ok]}", "en: {"])
def test_a_file_that_cant_be_read_says_which(tmp_path: Path, told: str) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(told)

    with pytest.raises(LabelsError, match=r"labels\.yaml"):
        load_labels(path)
