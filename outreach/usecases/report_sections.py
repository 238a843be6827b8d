"""The report in words: each section's finding, its table, and its chart, in order. Pure."""

from outreach.usecases import report_counts as counts
from outreach.usecases import report_cures as cures
from outreach.usecases.report_tables import Section
from outreach.usecases.reporting import Figures


def sections_of(figures: Figures) -> list[Section]:
    """Return the report's sections, in order."""
    groups = [cures.by_group(figures, by, found) for by, found in figures.by_group.items()]
    return [
        counts.rolls(figures),
        cures.by_stage(figures),
        *groups,
        cures.arms(figures),
        cures.promises(figures),
        counts.ratings(figures),
        counts.intensity(figures),
        counts.caps(figures),
        counts.cost(figures),
        counts.vintages(figures),
    ]
