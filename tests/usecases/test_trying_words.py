"""Unsaved words: how they come out, what they cost, what is wrong with them, and safe mends."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from outreach.compliance.pack import Pack, Requires, Rule
from outreach.domain.template_versions import Refusal
from outreach.domain.vocabulary import Channel, LenderRole
from outreach.rendering.catalog import load_catalog, make_template
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.expressions import load_expressions
from outreach.rendering.lint import lint_template, unusable
from outreach.rendering.message import MessageTemplate
from outreach.rendering.segments import Encoding
from outreach.rendering.text_changes import count_changes, text_changes
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.mending_words import Check, Force, list_checks
from outreach.usecases.pack_words import lint_by_packs, rules_about
from outreach.usecases.rulebook import Rulebook
from outreach.usecases.send_test import Refused
from outreach.usecases.trying_words import count_text, try_words
from outreach.usecases.word_fixes import Fix, Wording, apply_fix, insert_variable, parse_fix
from outreach.web.console.words import WORDS
from tests.e2e.service import ROOT

CATALOG = load_catalog(ROOT / "templates" / "messages")
"""As shipped."""
ACME = LenderPlan(
    slug="acme",
    name="Acme Lending",
    role=LenderRole.FIRST_PARTY,
    country="US",
    timezone="America/New_York",
    locale="en-US",
    phone="+1 212 555 0199",
    senders=(SenderPlan("main", Channel.SMS, "twilio", "+1", 1.0, cost_micros_per_part=7_900),),
)
AT = datetime(2026, 11, 24, tzinfo=UTC)


def a_pack(name: str, *, regions: str = "", all_of: list[str]) -> Pack:
    """Return a pack that asks for content."""
    rule = Rule(f"x.{name}", "content_required", {"all_of": all_of})
    places = frozenset({regions} - {""})
    return Pack(name, "1", (rule,), Requires(countries=frozenset({"US"}), regions=places))


def a_template(words: str, *, locale: str = "en-US", channel: Channel = Channel.SMS,
               key: str = "overdue_early", subject: str = "") -> MessageTemplate:  # fmt: skip
    """Compile words in place of a shipped template's."""
    shipped = CATALOG.pick(key, channel, (locale,))
    subject = subject or shipped.subject_source
    return make_template(key, channel, (words, subject), shipped.meta, shipped.phrases, path="test")


def checks(words: str, *, locale: str = "en-US", channel: Channel = Channel.SMS,
           subject: str = "") -> list[Check]:  # fmt: skip
    """Return what must be mended or considered."""
    try:
        found = lint_template(a_template(words, locale=locale, channel=channel, subject=subject))
    except TemplateFileError as error:
        found = [unusable(error)]
    every = list_checks(
        channel, Wording(words, subject), ((str(n), f) for n, f in enumerate(found))
    )
    return [one for one in every if one.force is not Force.PASSED]


def test_a_text_is_counted_as_it_is_billed() -> None:
    whole = count_text("a" * 160)
    longer = count_text("a" * 161 + "€")
    broken = count_text("It’s due. " + "a" * 80 + " soon, " + "b" * 40 + "cdefghijklmnopqrst")
    chinese = count_text("您的借款" * 20)

    assert (whole.segments.parts, whole.room, whole.to_save_one) == (1, 160, 0)
    assert (longer.segments.parts, longer.room, longer.to_save_one) == (2, 306, 3)
    assert longer.doubled == ("€",)
    assert broken.segments.encoding is Encoding.UCS_2
    assert (broken.forced_by, broken.segments.parts, broken.without_them) == (("’",), 3, 1)
    assert (chinese.forced_by, chinese.segments.parts, chinese.to_save_one) == ((), 2, 10)


def test_the_longest_the_typical_and_the_missing_case_are_told_as_the_lender_tells_them() -> None:
    words = (
        "{{ lender_name }}: {{ amount }}{% if account_tail %} on {{ account_tail }}{% endif %}."
        " Call {{ phone }}."
    )
    found = try_words(a_template(words), ACME)

    longest, typical, missing = found.cases
    assert (longest.name, typical.sample, missing.lacking) == (
        "longest",
        "one loan",
        ("account_tail",),
    )
    assert typical.rendered is not None
    assert typical.rendered.text == "Acme Lending: $124.50 on 4821. Call +1 212 555 0199."
    assert missing.rendered is not None
    assert missing.rendered.text == "Acme Lending: $124.50. Call +1 212 555 0199."
    assert found.indispensable == ("phone",)
    assert (longest.cost_micros, longest.bubbles) == (
        7_900,
        (longest.rendered and longest.rendered.text,),
    )


def test_packs_ask_for_their_content_of_every_sample() -> None:
    pack = a_pack("us", all_of=["opt_out_instructions"])
    maybe = a_pack("us-ma", regions="US-MA", all_of=["dfpi_license"])
    rulebook = Rulebook((pack, maybe), (), {"acme": ACME})
    template = a_template("{{ lender_name }}: {{ amount }}")

    found = {one.kind: one for one in lint_by_packs(template, ACME, rulebook, AT)}
    good = a_template("{{ lender_name }}: {{ amount }}. {{ opt_out_instructions }}")
    met = [one.rule.id for one in rules_about(good, ACME, rulebook, AT) if not one.code]

    assert found["pack_missing"].is_error
    assert dict(found["pack_missing"].told)["rule"] == "x.us"
    assert not found["pack_missing_maybe"].is_error
    assert met == ["x.us"]
    every = list_checks(Channel.SMS, Wording(template.source), [("1", found["pack_missing"])])
    assert [one.fix for one in every if one.force is Force.MUST] == [Fix("opt_out")]


def test_what_is_unknown_is_named_with_what_was_meant() -> None:
    [found] = checks("{{ lender_name }} {{ amont }}")

    assert (found.force, found.kind, found.line) == (Force.MUST, "unknown_variable_near", 1)
    assert dict(found.told) == {"found": "amont", "nearest": "amount"}
    assert found.fix == Fix("name", "amont", "amount")
    assert apply_fix(Wording("{{ amont }} amont", "{% if amont %}"), found.fix) == Wording(
        "{{ amount }} amont", "{% if amount %}"
    )


def test_syntax_and_constructs_are_placed() -> None:
    [syntax] = checks("one\n{{ amount")
    [loop] = checks("one\n\n{% for a in b %}{% endfor %}")

    assert (syntax.kind, loop.kind, loop.line) == ("syntax", "construct", 3)


def test_one_check_stands_for_what_several_samples_show_and_mends_are_safe() -> None:
    wording = Wording("{{ lender_name }}: {{ amount }}. It’s due. Call {{ phone }}.\n")
    found = {one.kind: one for one in checks(wording.source)}

    missing = next(
        one
        for one in checks(wording.source)
        if dict(one.told).get("element") == "opt_out_instructions"
    )
    assert len(missing.samples) > 1
    assert missing.fix == Fix("opt_out")
    assert found["ucs2"].fix == Fix("plain")
    assert found["ucs2"].line == 1
    mended = apply_fix(apply_fix(wording, Fix("opt_out")), Fix("plain"))
    assert "It's due" in mended.source
    assert mended.source.endswith("{{ opt_out_instructions }}\n")
    assert apply_fix(mended, Fix("opt_out")) == mended


def test_a_chinese_text_begins_with_its_signature_and_threatens_nobody() -> None:
    words = "您好\n{{ signature }}{{ lender_name }}，再不还款将通知你的家人，请点 www.pay.cn"
    found = {one.kind: one for one in checks(words, locale="zh-CN")}

    assert found["signature_first"].fix == Fix("signature")
    assert apply_fix(Wording(words), Fix("signature")).source.startswith("{{ signature }}您好")
    assert found["forbidden_disclosure"].line == 2
    assert found["link_literal"].line == 2


def test_a_notification_needs_a_title_and_tells_no_debt() -> None:
    found = {one.kind for one in checks("{{ amount }} is due", channel=Channel.PUSH)}

    assert {"no_subject", "locked_screen"} <= found


@pytest.mark.parametrize("name", ["amount", "phone"])
def test_a_variable_is_put_where_the_caret_is_or_at_the_end(name: str) -> None:
    assert insert_variable(Wording("ab"), name, 1).source == f"a{{{{ {name} }}}}b"
    assert insert_variable(Wording("ab\n"), name).source == f"ab{{{{ {name} }}}}\n"
    assert insert_variable(Wording("ab"), "no_such").source == "ab"


def test_a_form_names_no_other_mend() -> None:
    assert parse_fix("name:a:amount") == Fix("name", "a", "amount")
    assert parse_fix("drop:everything") is None
    assert apply_fix(Wording("{{ a }}"), Fix("name", "a", "__class__")).source == "{{ a }}"


def test_changes_are_of_words_and_of_characters_and_lose_nothing() -> None:
    pairs = [
        ("Pay {{ amount }} now.", "Pay {{ amount }} by {{ due_date }}."),
        ("您的贷款逾期应还{{ amount }}。", "您的借款已逾期，应还{{ amount }}。"),
        ("", "new words"),
        ("a b c", "a x c d"),
    ]
    for old, new in pairs:
        found = text_changes(old, new)
        assert "".join(one.text for one in found if one.kind != "added") == old
        assert "".join(one.text for one in found if one.kind != "removed") == new
    assert count_changes(text_changes("您的贷款", "您的借款")) == (1, 1)
    assert text_changes("same", "same")[0].kind == "same"


def test_every_kind_of_finding_refusal_and_category_has_words() -> None:
    categories = {
        one.name for language in ("en", "zh") for one in load_expressions(language).categories
    }
    assert {f"templates.check.forbidden_{name}" for name in categories} <= WORDS.keys()
    assert {f"templates.refused.{why}" for why in Refusal} <= WORDS.keys()
    assert {f"templates.test.{why}" for why in get_args(Refused)} <= WORDS.keys()
