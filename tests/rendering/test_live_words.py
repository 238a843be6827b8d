"""A lender's live words stand before the files, and what can't be used isn't."""

from datetime import UTC, datetime

import pytest

from outreach.domain.template_versions import Place, State, Version
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import Catalog, LiveWords, Name, load_catalog
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.message import MessageTemplate
from tests.rendering.folders import SHIPPED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SMS = Channel.SMS
CATALOG = load_catalog(SHIPPED)
WORDS = CATALOG.pick("pre_due", SMS, ["en-US"]).source
NAME: Name = ("acme", "pre_due", "en-US", SMS)


def compiled(more: str, locale: str = "en-US") -> MessageTemplate:
    return CATALOG.compile("pre_due", locale, SMS, (WORDS + more, ""), path="draft")


def version(number: int, percent: int = 100) -> Version:
    place = Place(*NAME)
    return Version(number, place, number, State.LIVE, 1, "", "", NOW, NOW, percent=percent)


@pytest.fixture
def catalog() -> Catalog:
    return load_catalog(SHIPPED)


def test_a_lenders_words_are_its_own(catalog: Catalog) -> None:
    ours = compiled("Ours.")
    catalog.know_live({NAME: LiveWords({3: ours}, (version(3),))}, 7)

    assert catalog.pick("pre_due", SMS, ["en-US"], lender="acme") is ours
    assert catalog.pick("pre_due", SMS, ["en-AU"], lender="acme") is ours
    assert catalog.pick("pre_due", SMS, ["en-US"], lender="other").source == WORDS
    assert catalog.pick("pre_due", SMS, ["en-US"]).source == WORDS
    assert catalog.pick("due_today", SMS, ["en-US"], lender="acme").key == "due_today"
    assert catalog.find_ref(ours.ref) is ours
    assert catalog.generation == 7

    catalog.know_live({}, 8)
    assert catalog.pick("pre_due", SMS, ["en-US"], lender="acme").source == WORDS
    assert catalog.find_ref(ours.ref) is None


def test_a_trial_beside_the_file_gives_everybody_one_of_the_two(catalog: Catalog) -> None:
    ours = compiled("Ours.")
    catalog.know_live({NAME: LiveWords({1: ours}, (version(1, 50),))}, 1)

    picked = [
        catalog.pick("pre_due", SMS, ["en-US"], lender="acme", person_id=one) is ours
        for one in range(200)
    ]

    assert 60 < sum(picked) < 140


def test_words_that_cannot_be_used_contact_nobody(catalog: Catalog) -> None:
    catalog.know_live({NAME: LiveWords({}, (version(1),), is_unusable=True)}, 1)

    for locale in ("en-US", "en-AU"):
        with pytest.raises(RenderError) as refused:
            catalog.pick("pre_due", SMS, [locale], lender="acme")
        assert refused.value.cause is RenderCause.UNREADABLE
    assert catalog.pick("pre_due", SMS, ["zh-CN"], lender="acme").locale == "zh-CN"


def test_words_without_key_phrases_or_subject_are_refused_in_words() -> None:
    deep = "{{ " + "(" * 2000 + "phone" + ")" * 2000 + " }}"
    rows = [
        ("no_such_key", "en-US", SMS, (WORDS, ""), "there is no key"),
        ("pre_due", "fr-FR", SMS, (WORDS, ""), "no phrases for fr-FR"),
        ("pre_due", "en-US", SMS, (WORDS, "A title"), "it has a subject"),
        ("pre_due", "en-US", Channel.EMAIL, (WORDS, " "), "it has no subject"),
        ("pre_due", "en-US", SMS, (deep, ""), "nested too deeply"),
    ]

    wrong = []
    for key, locale, channel, words, said in rows:
        try:
            CATALOG.compile(key, locale, channel, words, path="draft")
        except TemplateFileError as error:
            if said not in str(error):
                wrong.append((said, str(error)))
        else:
            wrong.append((said, "compiled"))

    assert wrong == []


def test_the_hash_is_of_the_words_and_of_the_phrases_below_them() -> None:
    assert compiled("A.").content_hash == compiled("A.").content_hash
    assert len({compiled("A.").ref, compiled("B.").ref, CATALOG.find(*NAME[1:]).ref}) == 3  # type: ignore[union-attr]
    assert set(CATALOG.locales) == {"en-US", "zh-CN"}
    assert "pre_due" in CATALOG.keys
