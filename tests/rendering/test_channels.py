"""Words of each channel: subjects, paragraphs, bounds, wording of its own."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from outreach.domain.vocabulary import Channel, LenderRole
from outreach.rendering.catalog import load_catalog, load_template, template_paths, words_path
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.lint import LintCode, lint_path
from outreach.rendering.message import Rendered, render
from outreach.rendering.segments import Encoding
from tests.rendering.folders import SHIPPED, a_folder

FACTS = MessageFacts(
    lender_name="Northwind Credit",
    role=LenderRole.FIRST_PARTY,
    amount_minor=12_450,
    currency="USD",
    due_on=date(2026, 3, 1),
    today=date(2026, 3, 4),
    as_of=date(2026, 3, 4),
    phone="800-555-0142",
)


def a_message(
    tmp_path: Path, words: str, subject: str | None, channel: str = "email", locale: str = "en-US"
) -> Path:
    """Write one template with its subject; return the file of its words."""
    path = a_folder(tmp_path, words, channel=channel, locale=locale)
    if subject is not None:
        path.with_name(f"{channel}.subject.txt.j2").write_text(subject, encoding="utf-8")
    return path


def rendered_of(
    tmp_path: Path, words: str, subject: str, facts: MessageFacts = FACTS, channel: str = "email"
) -> Rendered:
    return render(load_template(a_message(tmp_path, words, subject, channel), tmp_path), facts)


def test_an_empty_line_parts_paragraphs_of_an_email(tmp_path: Path) -> None:
    words = (
        "Hello,\n\n{% if phone %}\nCall\n{{ phone }}.\n\n{% endif %}\n"
        "{% if several %}\nNot said.\n{% endif %}\n\n\n\nBye\nfor now.\n"
    )

    rendered = rendered_of(tmp_path, words, "{{ lender_name }}")

    assert rendered.text == "Hello,\n\nCall 800-555-0142.\n\nBye for now."


@pytest.mark.parametrize("channel", ["sms", "push", "whatsapp"])
def test_other_channels_stay_one_paragraph(tmp_path: Path, channel: str) -> None:
    subject = "x" if channel == "push" else None
    path = a_message(tmp_path, "One.\n\nTwo.", subject, channel)

    assert render(load_template(path, tmp_path), FACTS).text == "One. Two."


def test_a_subject_is_one_line_whatever_the_facts_hold(tmp_path: Path) -> None:
    facts = replace(FACTS, lender_name="North\r\nBcc: x@example.com\u2029wind")

    rendered = rendered_of(tmp_path, "Words.", "About\n{{ lender_name }}\n", facts)

    assert rendered.subject == "About North Bcc: x@example.com wind"
    assert "North" not in repr(rendered)


def test_elements_are_proved_by_subject_and_words_together(tmp_path: Path) -> None:
    rendered = rendered_of(tmp_path, "{{ amount }}", "{{ lender_name }}")

    assert {"lender_name", "amount"} <= rendered.content
    assert (rendered.parts, rendered.encoding) == (1, Encoding.UTF_8)


def test_what_a_template_was_filled_with_is_told_as_text(tmp_path: Path) -> None:
    words = "{{ amount }}{% if phone %}, {{ phone }}{% endif %}{% if repay_link %}!{% endif %}"

    rendered = rendered_of(tmp_path, words, "{{ lender_name }}")

    assert rendered.variables == {
        "amount": "$124.50",
        "phone": "800-555-0142",
        "lender_name": "Northwind Credit",
    }
    assert "124.50" not in repr(rendered)


@pytest.mark.parametrize(
    ("channel", "words", "subject", "problem"),
    [
        pytest.param("email", "x", None, "it has no subject", id="an e-mail without a subject"),
        pytest.param("push", "x", " \n", "it has no subject", id="a push with an empty title"),
        pytest.param("sms", "x", "x", "sms has no subject", id="a text with a subject"),
        pytest.param("push", "x", "{{ nonsense }}", "push.subject.*unknown", id="unknown variable"),
    ],
)
def test_subjects_are_required_where_there_is_one_and_refused_elsewhere(
    tmp_path: Path, channel: str, words: str, subject: str | None, problem: str
) -> None:
    path = a_message(tmp_path, words, subject, channel)

    with pytest.raises(TemplateFileError, match=problem) as caught:
        load_template(path, tmp_path)
    assert caught.value.remedy


def test_a_subject_without_words_is_found_and_refused(tmp_path: Path) -> None:
    path = a_message(tmp_path, "x", "x")
    path.unlink()

    (alone,) = template_paths(tmp_path)
    assert words_path(alone) == path
    with pytest.raises(TemplateFileError, match="a subject without words"):
        load_catalog(tmp_path)


@pytest.mark.parametrize(
    ("channel", "words", "subject", "detail"),
    [
        pytest.param("sms", "x" * 1601, None, "words: 1601", id="text"),
        pytest.param("push", "x" * 801, "x", "words: 801", id="push"),
        pytest.param("email", "x\n" * 4000 + "{{ amount }}", "x", None, id="long e-mail"),
        pytest.param("email", "x", "y" * 201, "subject: 201", id="subject"),
        pytest.param("email", "x", "{% if several %}y{% endif %}", "no subject", id="none"),
    ],
)
def test_each_channel_has_its_bounds(
    tmp_path: Path, channel: str, words: str, subject: str | None, detail: str | None
) -> None:
    template = load_template(a_message(tmp_path, words, subject, channel), tmp_path)
    if detail is None:
        assert len(render(template, FACTS).text) > 1600
        return

    with pytest.raises(RenderError, match=detail) as caught:
        render(template, FACTS)
    assert caught.value.cause in {RenderCause.TOO_LONG, RenderCause.EMPTY}


def test_a_version_covers_the_subject(tmp_path: Path) -> None:
    path = a_message(tmp_path, "x", "x")
    before = load_template(path, tmp_path).ref

    a_message(tmp_path, "x", "y")

    assert load_template(path, tmp_path).ref != before


def test_a_channel_words_some_phrases_its_own_way() -> None:
    catalog = load_catalog(SHIPPED)
    said = {
        channel: catalog.pick("pre_due", channel, ["en-US"]).phrases.opt_out_instructions
        for channel in (Channel.SMS, Channel.EMAIL, Channel.PUSH)
    }

    assert said[Channel.SMS] == "Reply STOP to opt out."
    assert "e-mails" in said[Channel.EMAIL]
    assert "app" in said[Channel.PUSH]


def test_nobody_answers_a_notification_with_one_word(tmp_path: Path) -> None:
    words = "{{ opt_out_instructions }}"

    push = rendered_of(tmp_path, words, "x", channel="push").content
    email = rendered_of(tmp_path, words, "x").content

    assert email - push == {"opt_out_one_word"}
    assert "opt_out_instructions" in push


@pytest.mark.parametrize(
    ("channels", "problem"),
    [
        pytest.param("fax: {}", "'fax' is no channel", id="channel"),
        pytest.param("push: {salutation: x}", "unknown: salutation", id="phrase"),
    ],
)
def test_what_a_channel_cannot_say_is_refused(tmp_path: Path, channels: str, problem: str) -> None:
    path = a_folder(tmp_path)
    phrases = tmp_path / "_phrases" / "en-US.yaml"
    text = phrases.read_text(encoding="utf-8").partition("channels:")[0]
    phrases.write_text(f"{text}channels: {{{channels}}}\n", encoding="utf-8")

    with pytest.raises(TemplateFileError, match=problem):
        load_template(path, tmp_path)


CALM = "You have a message about your account. Open the app to read it."
TITLE = "{{ lender_name }}"


@pytest.mark.parametrize(
    ("words", "subject", "said"),
    [
        pytest.param(f"{CALM} {{{{ amount }}}}", TITLE, "{{ amount }}", id="amount"),
        pytest.param("{{ days_past_due }} days.", TITLE, "{{ days_past_due }}", id="age"),
        pytest.param(CALM, TITLE + " {{ account_tail }}", "{{ account_tail }}", id="in the title"),
        pytest.param(CALM, "Your loan", "'loan'", id="a word in the title"),
        pytest.param("{{ 'You owe us' }}", TITLE, "'owe'", id="a quoted word"),
        pytest.param(
            "{% if may_show_details %}x{% else %}{{ amount }}{% endif %}",
            TITLE,
            "{{ amount }}",
            id="for those who did not ask",
        ),
        pytest.param(
            "{% if several %}x{% elif phone %}Past due.{% endif %}", TITLE, "'past due'", id="elif"
        ),
        pytest.param(
            "{{ amount if several else 'x' }}", TITLE, "{{ amount }}", id="a short condition"
        ),
        pytest.param(
            "{% if several or may_show_details %}{{ amount }}{% endif %}",
            TITLE,
            "{{ amount }}",
            id="or",
        ),
        pytest.param("{{ amount | upper }}", TITLE, "{{ amount }}", id="filtered"),
    ],
)
def test_what_a_locked_screen_would_tell_is_named(
    tmp_path: Path, words: str, subject: str, said: str
) -> None:
    found = lint_path(a_message(tmp_path, words, subject, "push"), tmp_path)

    locked = [one for one in found if one.code is LintCode.LOCK_SCREEN]
    assert any(said in one.words for one in locked), found
    assert all(one.is_error for one in locked)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(CALM, id="calm"),
        pytest.param(
            "{% if may_show_details %}{{ amount }} is past due.{% else %}Hello.{% endif %}",
            id="asked for",
        ),
        pytest.param(
            "{% if several and may_show_details %}{{ amount }} is due.{% endif %} Hello.", id="and"
        ),
        pytest.param("{{ amount if may_show_details else 'Hello.' }}", id="short"),
        pytest.param("Hello.{{ amount if may_show_details }}", id="short, nothing else"),
        pytest.param("{% if days_past_due > 3 %}Hello{% else %}Hi{% endif %}.", id="only asked"),
    ],
)
def test_what_tells_nothing_is_let_through(tmp_path: Path, words: str) -> None:
    assert lint_path(a_message(tmp_path, words, TITLE, "push"), tmp_path) == []


def test_the_subject_of_an_email_is_seen_and_its_words_are_not(tmp_path: Path) -> None:
    words = (
        "{{ lender_name }}: {{ amount }} is past due. Call {{ phone }}. {{ opt_out_instructions }}"
    )

    assert lint_path(a_message(tmp_path, words, "About your account"), tmp_path) == []
    (found,) = lint_path(a_message(tmp_path, words, "Past due"), tmp_path)
    assert found.code is LintCode.LOCK_SCREEN


def test_chinese_words_for_a_debt_are_found_in_traditional_characters_too(tmp_path: Path) -> None:
    path = a_message(tmp_path, "您的貸款已逾 期。", "消息", "push", "zh-CN")

    said = " ".join(one.words for one in lint_path(path, tmp_path))

    assert "贷款" in said
    assert "逾期" in said


def test_an_email_in_chinese_needs_no_signature_in_brackets(tmp_path: Path) -> None:
    words = "{{ lender_name }}提醒您尾号{{ account_tail }}应还{{ amount }}，客服{{ phone }}。"

    assert lint_path(a_message(tmp_path, words, "消息", "email", "zh-CN"), tmp_path) == []


@pytest.mark.parametrize(
    ("channel", "words", "subject", "said"),
    [
        pytest.param("push", CALM * 4, TITLE, "words of 252 characters, 240", id="push"),
        pytest.param("push", CALM, TITLE + "x" * 60, "subject of 76 characters, 65", id="title"),
        pytest.param(
            "email",
            "{{ lender_name }} {{ amount }} {{ phone }} {{ opt_out_instructions }}",
            "x" * 79,
            "subject of 79 characters, 78",
            id="subject of an e-mail",
        ),
    ],
)
def test_what_is_longer_than_shown_is_a_warning(
    tmp_path: Path, channel: str, words: str, subject: str, said: str
) -> None:
    (found,) = lint_path(a_message(tmp_path, words, subject, channel), tmp_path)

    assert (found.code, found.is_error) == (LintCode.LONG, False)
    assert said in found.words
