"""What the lint, the packs and the meta file say of words before they are live."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from outreach.domain.records import dataclass
from outreach.domain.template_arms import standing_number
from outreach.domain.template_lifecycle import Findings
from outreach.domain.template_versions import Place, Version
from outreach.domain.vocabulary import Purpose
from outreach.rendering import itemization
from outreach.rendering.catalog import Catalog
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.lint import Finding, LintCode, lint_template, unusable
from outreach.rendering.message import MessageTemplate
from outreach.usecases.considering import Considering
from outreach.usecases.pack_words import lint_by_packs

LEGAL_PURPOSES: Final = frozenset(
    {Purpose.LEGAL_NOTICE, Purpose.STATUTORY_NOTICE, Purpose.REMEDY_NOTICE}
)
LEGAL_VARIABLES: Final = frozenset(
    {
        "opt_out_instructions", "opt_out_confirmed", "mini_miranda", "dfpi_license",
        "first_communication", "reason", "legal_basis", "rights_and_duties",
        "how_to_check_and_repay", "how_to_object", "seal", "law_firm", "law_firm_licence",
        "lawyer", "lawyer_licence", *itemization.VARIABLES,
    }
)  # fmt: skip
"""Variables that stand for wording or disclosures that the law asks for."""
_ID_CHARACTERS: Final = 10
_HASH_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One finding; `id` is the same as long as the finding is."""

    id: str
    finding: Finding

    @property
    def code(self) -> LintCode:
        """What kind it is."""
        return self.finding.code

    @property
    def words(self) -> str:
        """It in English."""
        return self.finding.words

    @property
    def is_error(self) -> bool:
        """Whether it must be mended."""
        return self.finding.is_error


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in words; `template` is None where they can't be compiled."""

    template: MessageTemplate | None
    findings: tuple[Found, ...]
    needs_compliance: bool

    @property
    def must_fix(self) -> tuple[Found, ...]:
        """What keeps them from going live."""
        return tuple(one for one in self.findings if one.is_error)

    @property
    def consider(self) -> tuple[Found, ...]:
        """What may be let through, with a sentence that says why."""
        return tuple(one for one in self.findings if not one.is_error)

    @property
    def content_hash(self) -> str:
        """Of everything that they come from; "" where they can't be compiled."""
        return self.template.content_hash if self.template is not None else ""

    @property
    def as_findings(self) -> Findings:
        """The same as the steps of a version take it."""
        return Findings(len(self.must_fix), frozenset(one.id for one in self.consider))


@dataclass(frozen=True, slots=True)
class Stands:
    """The words that stand at a place: a version, or the file's (`number` 0).

    `hash` is "" where there are none, `file_hash` where there is no file. Both are of the words
    alone; `template` is None if there are none, or they can't be compiled any more.
    """

    number: int
    source: str
    subject: str
    file_source: str
    file_subject: str
    template: MessageTemplate | None

    @property
    def hash(self) -> str:
        """Of the words that stand."""
        return words_hash(self.source, self.subject)

    @property
    def file_hash(self) -> str:
        """Of the file's words below them."""
        return words_hash(self.file_source, self.file_subject)


class Outfit(Protocol):
    """What checking words takes."""

    @property
    def considering(self) -> Considering:
        """Templates, packs and lenders."""


def check_words(
    outfit: Outfit, place: Place, source: str, subject: str, *, now: datetime
) -> Checked:
    """Return what there is against words: by the lint, and by the packs of the lender.

    Args:
        outfit: Templates, packs, lenders.
        place: What they are for.
        source: As written.
        subject: As written; "" where the channel has none.
        now: Business time: packs change.
    """
    catalog, rulebook = outfit.considering.catalog, outfit.considering.rulebook
    meta = catalog.keys.get(place.key)
    is_legal = meta is not None and bool(
        meta.template_class == "legal_notice" or meta.notice or meta.purposes & LEGAL_PURPOSES
    )
    try:
        template = catalog.compile(
            place.key, place.locale, place.channel, (source, subject), path=str(place)
        )
    except TemplateFileError as error:
        return Checked(None, (_found(unusable(error)),), is_legal)
    findings = lint_template(template)
    lender = rulebook.lenders.get(place.tenant)
    if lender is not None:
        findings += lint_by_packs(template, lender, rulebook, now)
    return Checked(template, tuple(map(_found, dict.fromkeys(findings))), is_legal)


def is_legal_change(checked: Checked, stands: Stands) -> bool:
    """Say whether compliance has to look as well: at legal text, or where such wording changes."""
    if checked.needs_compliance:
        return True
    before = stands.template.uses if stands.template is not None else ()
    after = checked.template.uses if checked.template is not None else ()
    return bool((set(before) ^ set(after)) & LEGAL_VARIABLES)


def stands_at(catalog: Catalog, place: Place, live: Sequence[Version]) -> Stands:
    """Return the words that stand at a place whose live versions are these."""
    file = catalog.find(place.key, place.locale, place.channel)
    below = ("", "") if file is None else (file.source, file.subject_source)
    number = standing_number(live)
    if not number:
        return Stands(0, *below, *below, file)
    one = next(each for each in live if each.number == number)
    try:
        template: MessageTemplate | None = catalog.compile(
            *place[1:], (one.source, one.subject), path=str(place)
        )
    except TemplateFileError:
        template = None
    return Stands(number, one.source, one.subject, *below, template)


def words_hash(source: str, subject: str) -> str:
    """Return a hash of words alone, whatever phrases they print; "" for no words."""
    if not source and not subject:
        return ""
    return sha256(f"{source}\x1f{subject}".encode()).hexdigest()[:_HASH_CHARACTERS]


def _found(finding: Finding) -> Found:
    named = f"{finding.code}\x1f{finding.words}"
    return Found(sha256(named.encode()).hexdigest()[:_ID_CHARACTERS], finding)
