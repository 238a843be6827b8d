"""Templates are read once, refused by name, and render to words, parts and content elements."""

import timeit
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from outreach.domain.call_scripts import Piece, parse_script
from outreach.domain.vocabulary import Channel, LenderRole
from outreach.rendering.catalog import load_catalog, load_template
from outreach.rendering.context import VARIABLES, MessageFacts
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.itemization import Itemization
from outreach.rendering.message import MessageTemplate, Rendered, render
from outreach.rendering.meta import change_facts
from outreach.rendering.repayment_words import RepaymentFacts
from outreach.rendering.segments import Encoding
from tests.rendering.folders import SHIPPED, a_folder

CATALOG = load_catalog(SHIPPED)
SAMPLES = [
    pytest.param(template, facts, id=f"{template.key} {template.locale} {template.channel} {name}")
    for template in CATALOG
    if template.channel is not Channel.CALL
    for name, facts in template.meta.samples[template.locale].items()
]
FACTS = MessageFacts(
    lender_name="Northwind Credit",
    role=LenderRole.FIRST_PARTY,
    amount_minor=12_450,
    currency="USD",
    due_on=date(2026, 3, 1),
    today=date(2026, 3, 4),
    as_of=date(2026, 3, 4),
)


def words_of(tmp_path: Path, words: str, facts: MessageFacts = FACTS) -> Rendered:
    return render(load_template(a_folder(tmp_path, words), tmp_path), facts)


@pytest.mark.parametrize(("template", "facts"), SAMPLES)
def test_every_shipped_template_renders_with_every_sample(
    template: MessageTemplate, facts: MessageFacts
) -> None:
    rendered = render(template, facts)

    assert "{" not in rendered.text + rendered.subject
    assert "  " not in rendered.text
    assert {"lender_name", "signature"} & rendered.content
    if template.channel is Channel.CALL:
        script = parse_script(rendered.text, template.locale)
        assert script.pieces[Piece.IDENTIFY]
        assert (rendered.parts, rendered.subject) == (1, "")
    elif template.channel is not Channel.SMS:
        assert (rendered.parts, rendered.encoding) == (1, Encoding.UTF_8)
        assert bool(rendered.subject) is (template.channel is not Channel.WHATSAPP)
        parted = template.channel in {Channel.EMAIL, Channel.LETTER}
        assert ("\n\n" in rendered.text) == parted
    elif template.locale == "en-US":
        assert rendered.encoding is Encoding.GSM_7
        confirms = "opt_out_confirmed" in rendered.content
        assert confirms is not ("opt_out_instructions" in rendered.content)
        assert rendered.parts <= (3 if facts.role is LenderRole.THIRD_PARTY else 2)
    else:
        assert rendered.text.startswith("【")
        assert rendered.parts <= 3


def test_every_key_has_words_in_both_languages_for_every_channel_of_the_treatments() -> None:
    names = {(template.key, template.channel, template.locale) for template in CATALOG}

    told = {"pre_due", "due_today", "overdue_early", "overdue_mid", "overdue_late",
            "early_payoff_quote", "payment_receipt", "loan_paid_off", "statement"}  # fmt: skip
    wanted = {(key, channel) for key in told for channel in ("sms", "push", "email")}
    wanted |= {("thanks_for_payment", channel) for channel in ("sms", "push", "email")}
    wanted |= {("satisfaction", channel) for channel in ("sms", "email")}
    wanted |= {(key, "call") for key in ("overdue_early", "overdue_mid")}
    answers = ("opt_out_confirmation", "promise_confirmation", "help_answer", "language_changed")
    wanted |= {(key, "sms") for key in answers}
    posted = ("overdue_letter", "final_notice", "lawyers_letter")
    wanted |= {(key, "letter") for key in posted}
    american = {("validation_notice", "letter", "en-US")}
    reminders = ("pre_due", "due_today", "overdue_early", "overdue_mid", "overdue_late")
    american |= {(key, "whatsapp", "en-US") for key in reminders}
    assert names - american == {(*one, locale) for one in wanted for locale in ("en-US", "zh-CN")}


@pytest.mark.parametrize(("template", "facts"), SAMPLES)
def test_a_locked_screen_tells_of_no_debt_unless_asked_to(
    template: MessageTemplate, facts: MessageFacts
) -> None:
    if template.channel is Channel.LETTER:
        return  # it comes in a closed envelope
    rendered = render(template, replace(facts, may_show_details=False))

    shown = rendered.subject
    if template.channel is Channel.PUSH:
        shown += rendered.text
    for told in (facts.account_tail, "124.50", "1,234.50", "2026", "due", "debt", "逾期", "还"):
        assert not told or told not in shown
    if template.channel is Channel.PUSH and facts.may_show_details:
        asks = template.meta.template_class != "courtesy"
        told_amount = "amount" in render(template, facts).content
        assert told_amount or facts.quote_minor or not asks


def test_a_lenders_message_in_full() -> None:
    template = CATALOG.pick("overdue_early", Channel.SMS, ["en-US"])

    rendered = render(template, replace(FACTS, phone="800-555-0142", account_tail="4821"))

    assert rendered.text == (
        "Northwind Credit: your payment of $124.50 on account ending 4821 was due Mar 1, 2026 and "
        "we have not received it. Please call 800-555-0142. Reply STOP to opt out."
    )
    assert (rendered.parts, rendered.template) == (2, template.ref)
    assert rendered.text not in repr(rendered)


def test_a_confirmation_says_who_writes_and_nothing_of_the_debt() -> None:
    template = CATALOG.pick("opt_out_confirmation", Channel.SMS, ["en-US"])

    rendered = render(template, replace(FACTS, phone="800-555-0142", account_tail="4821"))

    assert rendered.text == (
        "Northwind Credit: You are opted out. We will send no more text messages."
    )
    assert rendered.content == {"lender_name", "agent_name", "signature", "opt_out_confirmed"}


def test_a_chinese_message_in_full() -> None:
    template = CATALOG.pick("overdue_early", Channel.SMS, ["zh-CN"])
    facts = replace(
        FACTS,
        lender_name="晨光消费金融",
        signature="晨光消金",
        currency="CNY",
        phone="4008100142",
        account_tail="4821",
        borrower_tail="8306",
        pay_channel="晨光消金APP",
    )

    assert render(template, facts).text == (
        "【晨光消金】尊敬的客户（尾号8306），晨光消费金融提醒您：截至3月4日，您尾号4821的贷款"
        "逾期应还124.50元，应还日为2026年3月1日。请通过晨光消金APP还款。客服4008100142。"
        "如已还款请忽略。"
    )


@pytest.mark.parametrize(
    ("role", "first", "said"),
    [
        pytest.param(LenderRole.FIRST_PARTY, True, set(), id="a lender says nothing"),
        pytest.param(
            LenderRole.THIRD_PARTY,
            True,
            {"mini_miranda_first", "mini_miranda_subsequent"},
            id="the first disclosure says it all",
        ),
        pytest.param(
            LenderRole.DEBT_BUYER, False, {"mini_miranda_subsequent"}, id="later ones are shorter"
        ),
    ],
)
def test_collectors_disclose(role: LenderRole, *, first: bool, said: set[str]) -> None:
    template = CATALOG.pick("overdue_mid", Channel.SMS, ["en-US"])
    facts = replace(FACTS, role=role, first_communication=first, phone="800-555-0142")

    content = render(template, facts).content

    assert {element for element in content if element.startswith("mini")} == said


def test_content_is_what_the_words_say_and_nothing_more(tmp_path: Path) -> None:
    rendered = words_of(tmp_path, "{{ lender_name }} {% if phone %}{{ phone }}{% endif %}")

    assert rendered.content == {"lender_name", "agent_name", "signature"}


def test_an_agent_is_named_beside_the_lender_and_a_first_party_is_not_its_own_agent(
    tmp_path: Path,
) -> None:
    words = "{{ sender_name }}{% if by_agent %} for {{ lender_name }}{% endif %}"
    agent = replace(FACTS, role=LenderRole.THIRD_PARTY, sender_name="Harbor Recovery")
    own = replace(FACTS, sender_name="Northwind Credit LLC")

    assert words_of(tmp_path, words, agent).text == "Harbor Recovery for Northwind Credit"
    assert words_of(tmp_path, words, own).text == "Northwind Credit"


@pytest.mark.parametrize(
    ("words", "cause", "detail"),
    [
        pytest.param("{{ phone }}", RenderCause.MISSING_FACT, "phone", id="printed, not known"),
        pytest.param("{{ phone | tail4 }}", RenderCause.MISSING_FACT, "phone", id="filtered"),
        pytest.param(
            "{% if phone > 'a' %}x{% endif %}", RenderCause.MISSING_FACT, "phone", id="compared"
        ),
        pytest.param("{% if phone %}x{% endif %}", RenderCause.EMPTY, "no words", id="empty"),
        pytest.param("{{ amount }}" * 300, RenderCause.TOO_LONG, "2100", id="too long"),
        pytest.param(
            "{% if amount > 1 %}x{% endif %}", RenderCause.FAILED, "TypeError", id="types"
        ),
    ],
)
def test_words_that_cannot_be_made_block_without_telling_facts(
    tmp_path: Path, words: str, cause: RenderCause, detail: str
) -> None:
    with pytest.raises(RenderError) as caught:
        words_of(tmp_path, words)

    assert caught.value.cause is cause
    assert detail in caught.value.detail
    assert "124.50" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param("{{ nonsense }}", "unknown variables: nonsense", id="unknown variable"),
        pytest.param("{% if nonsense %}{% endif %}", "unknown variables", id="even if only asked"),
        pytest.param("{{ amount", "unexpected end", id="syntax"),
        pytest.param("{{ amount | pprint }}", "no filter 'pprint'", id="unknown filter"),
        pytest.param("{% for c in amount %}{% endfor %}", "For isn't allowed", id="loop"),
        pytest.param("{{ amount * 99999 }}", "Mul isn't allowed", id="arithmetic"),
        pytest.param("{{ amount.__class__ }}", "Getattr isn't allowed", id="attribute"),
        pytest.param("{{ amount['x'] }}", "Getitem isn't allowed", id="item"),
        pytest.param("{{ amount() }}", "Call isn't allowed", id="call"),
        pytest.param("{% include 'x' %}", "Include isn't allowed", id="include"),
        pytest.param("{% set amount = 1 %}", "Assign isn't allowed", id="assignment"),
        pytest.param("a" * 9000, "over 8192 bytes", id="too large"),
    ],
)
def test_a_template_that_may_not_be_used_is_refused_when_read(
    tmp_path: Path, words: str, problem: str
) -> None:
    with pytest.raises(TemplateFileError) as caught:
        words_of(tmp_path, words)

    assert problem in caught.value.problem
    assert caught.value.remedy


def test_line_breaks_become_one_space_and_lines_of_tags_nothing(tmp_path: Path) -> None:
    words = "One.\n{# a note #}\n{% if phone %}\nTwo.\n{% elif amount %}\n  Three.\n{% endif %}\nFour.\n"

    assert words_of(tmp_path, words).text == "One. Three. Four."


def test_words_are_composed_before_they_are_counted(tmp_path: Path) -> None:
    rendered = words_of(tmp_path, "{{ lender_name }}", replace(FACTS, lender_name="Cre\u0301dit"))

    assert rendered.text == "Cr\u00e9dit"
    assert rendered.encoding is Encoding.GSM_7


def test_facts_are_text_and_never_code(tmp_path: Path) -> None:
    facts = replace(FACTS, lender_name="{{ amount }} <b>&</b>")

    assert words_of(tmp_path, "{{ lender_name }}", facts).text == "{{ amount }} <b>&</b>"


REPAYMENT = RepaymentFacts(
    paid_minor=1,
    paid_on=date(2026, 4, 1),
    division={"principal": 1, "interest": 2, "fees": 3, "penalty": 4, "unapplied": 5},
    left_minor=6,
    closed_on=date(2026, 4, 1),
    since=date(2026, 3, 1),
    until=date(2026, 4, 1),
    opening_minor=7,
    past_due_minor=8,
    next_due_on=date(2026, 5, 1),
    next_minor=9,
    payoff_minor=10,
    payoff_until=date(2026, 4, 2),
    saved_minor=11,
)


def test_every_variable_is_provided(tmp_path: Path) -> None:
    facts = replace(
        FACTS,
        role=LenderRole.THIRD_PARTY,
        account_tail="4821",
        phone="1",
        complaint_phone="2",
        dfpi_license="7",
        pay_channel="3",
        repay_link="4",
        borrower_name="5",
        borrower_tail="6",
        quote_minor=700,
        quote_valid_until=date(2026, 4, 1),
        may_show_details=True,
        contact_person="8",
        neutral_name="9",
        self_service_link="10",
        postal_address="11",
        law_firm="12",
        law_firm_licence="13",
        law_firm_phone="14",
        lawyer="15",
        lawyer_licence="16",
        repayment=REPAYMENT,
        form_of_address="17",
        itemization=Itemization(date(2026, 1, 1), 100),
    )
    named = [name for name in VARIABLES if name not in {"legal_basis", "seal"}]  # in Chinese alone

    words = words_of(tmp_path, " ".join(f"{{{{ {name} }}}}" for name in named), facts).text

    assert "$7.00 Apr 1, 2026" in words


@pytest.mark.parametrize(
    ("locales", "found"),
    [
        pytest.param(["zh-CN"], "zh-CN", id="exact"),
        pytest.param(["en-GB"], "en-US", id="another country's words of the same language"),
        pytest.param(["fr-FR", "zh-CN"], "zh-CN", id="the next preference"),
    ],
)
def test_pick_by_locale(locales: list[str], found: str) -> None:
    assert CATALOG.pick("pre_due", Channel.SMS, locales).locale == found


@pytest.mark.parametrize(
    ("key", "channel", "locales"),
    [
        pytest.param("pre_due", Channel.SMS, ["fr-FR"], id="language"),
        pytest.param("pre_due", Channel.VOICEMAIL, ["en-US"], id="channel"),
        pytest.param("nothing", Channel.SMS, ["en-US"], id="key"),
    ],
)
def test_missing_words_are_a_block(key: str, channel: Channel, locales: list[str]) -> None:
    with pytest.raises(RenderError) as caught:
        CATALOG.pick(key, channel, locales)

    assert caught.value.cause is RenderCause.MISSING


def test_a_version_covers_the_words_their_meta_and_the_phrases(tmp_path: Path) -> None:
    path = a_folder(tmp_path)
    before = load_template(path, tmp_path)
    assert load_catalog(tmp_path).find_ref(before.ref) == before
    assert load_catalog(tmp_path).find_ref("test_key@0") is None

    refs = {before.ref}
    for file in (path, tmp_path / "test_key" / "meta.yaml", tmp_path / "_phrases" / "en-US.yaml"):
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        refs.add(load_template(path, tmp_path).ref)

    assert len(refs) == 4


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        pytest.param("test_key/meta.yaml", None, "it isn't there", id="no meta file"),
        pytest.param("test_key/meta.yaml", "about: x", "missing required field", id="short meta"),
        pytest.param("_phrases/en-US.yaml", None, "no phrases for en-US", id="no phrases"),
        pytest.param("_phrases/en-US.yaml", "- 1", "holds no names", id="phrases of another shape"),
        pytest.param("_phrases/en-US.yaml", "a: 1", "missing or unknown: a", id="other phrases"),
        pytest.param("_phrases/en-US.yaml", "{", "expected", id="no YAML"),
    ],
)
def test_a_file_beside_the_words_that_cannot_be_used(
    tmp_path: Path, file: str, content: str | None, problem: str
) -> None:
    path = a_folder(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content, encoding="utf-8")

    with pytest.raises(TemplateFileError, match=problem):
        load_template(path, tmp_path)


def test_a_file_for_no_channel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateFileError, match="'fax' is no channel"):
        load_template(a_folder(tmp_path, channel="fax"), tmp_path)


def test_facts_can_be_changed_by_name_and_text() -> None:
    changed = change_facts(FACTS, {"amount_minor": "99", "due_on": "2026-04-01", "phone": "1"})

    assert (changed.amount_minor, changed.due_on, changed.phone) == (99, date(2026, 4, 1), "1")
    with pytest.raises(ValueError, match="unknown field `days`; facts are lender_name"):
        change_facts(FACTS, {"days": "1"})
    with pytest.raises(ValueError, match="amount_minor"):
        change_facts(FACTS, {"amount_minor": "many"})


def test_rendering_is_fast_enough_to_go_unnoticed() -> None:
    template = CATALOG.pick("overdue_early", Channel.SMS, ["en-US"])
    facts = next(iter(template.meta.samples["en-US"].values()))

    best = min(timeit.repeat(lambda: render(template, facts), number=500, repeat=5)) / 500

    # 20 to 25 microseconds measured; the bound only catches a return to formatting by Babel.
    assert best < 200e-6
