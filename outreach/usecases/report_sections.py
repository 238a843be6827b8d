"""The report in words: each section's finding, its table, and its chart, in order. Pure."""

from outreach.rendering.verdicts.sentences import Language
from outreach.usecases import report_contacts as contacts
from outreach.usecases import report_counts as counts
from outreach.usecases import report_cures as cures
from outreach.usecases.report_tables import Section
from outreach.usecases.reporting import GROUPS, Figures


def sections_of(figures: Figures, language: Language = "en") -> list[Section]:
    """Return the report's sections, in order."""
    groups = [
        cures.by_group(figures, by, figures.by_group[by], language)
        for by in GROUPS
        if by in figures.by_group
    ]
    return [
        counts.rolls(figures, language),
        cures.by_stage(figures, language),
        *groups,
        cures.arms(figures, language),
        contacts.templates(figures, language),
        contacts.hours(figures, language),
        cures.promises(figures, language),
        counts.ratings(figures, language),
        counts.intensity(figures, language),
        counts.caps(figures, language),
        contacts.headroom(figures, language),
        contacts.wishes(figures, language),
        counts.cost(figures, language),
        counts.vintages(figures, language),
    ]
