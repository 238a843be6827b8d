"""The report on cures and promises: by stage, by group, by arm of an experiment. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from outreach.domain.intervals import SMALL, Share, newcombe
from outreach.store.reports import ArmCured, Cured
from outreach.usecases.report_tables import (
    CURE_HEADINGS,
    SMALL_MARK,
    Row,
    Section,
    about,
    bars_of,
    cured_row,
    mark,
    percent,
    range_of,
)
from outreach.usecases.reporting import Figures

_NOBODY: Final = {
    "channel": "no contact",
    "treatment": "no contact",
    "risk_tier": "no contact",
    "product": "unnamed",
}
_TITLES: Final = {
    "channel": "Cures by channel of the last contact",
    "treatment": "Cures by treatment",
    "risk_tier": "Cures by risk tier",
    "product": "Cures by product",
}


def by_stage(figures: Figures) -> Section:
    """Return cures by how late the delinquency was."""
    found = figures.by_stage
    reached = [one for one in found if one.cases]
    finding = "No delinquency opened in the period."
    if reached:
        first = reached[0]
        share = Share(first.cured, first.cases)
        finding = f"{percent(share)} of {first.cases} delinquencies were cured in {first.what}."
    return Section(
        "cures_by_stage",
        "Cures by stage",
        finding,
        "Of the delinquencies that reached a stage, how many were cured while in it. Days past due"
        " count from the installment that opened the delinquency.",
        ("stage", *CURE_HEADINGS),
        tuple(map(cured_row, found)),
        bars_of(found, finding, about(figures), "cures_by_stage"),
    )


def by_group(figures: Figures, by: str, found: Sequence[Cured]) -> Section:
    """Return cures by one grouping."""
    named = [one._replace(what=one.what or _NOBODY[by]) for one in found]
    sound = [one for one in named if one.cases >= SMALL]
    if len(sound) > 1:
        best = max(sound, key=lambda one: one.cured / one.cases)
        worst = min(sound, key=lambda one: one.cured / one.cases)
        difference = newcombe(Share(best.cured, best.cases), Share(worst.cured, worst.cases))
        finding = (
            "No group's cure rate differs from another's by more than chance would do."
            if difference.has_zero
            else f"Cured most often: {best.what}, {percent(Share(best.cured, best.cases))};"
            f" least often: {worst.what}, {percent(Share(worst.cured, worst.cases))}."
        )
    else:
        finding = f"There are not two groups of {SMALL} or more to compare."
    caution = (
        ""
        if by == "product"
        else " Who was contacted how wasn't drawn by lot: it proves no effect."
    )
    return Section(
        f"cures_by_{by}",
        _TITLES[by],
        finding,
        f"By the last contact of each delinquency.{caution}" if by != "product" else "By product.",
        (by.replace("_", " "), *CURE_HEADINGS),
        tuple(map(cured_row, named)),
        bars_of(named, finding, about(figures), f"cures_by_{by}"),
    )


def arms(figures: Figures) -> Section:
    """Return the arms of experiments, each against the one it is compared with."""
    experiments: dict[str, list[ArmCured]] = defaultdict(list)
    for one in figures.by_arm:
        experiments[one.experiment].append(one)
    rows: list[Row] = []
    told: list[str] = []
    for experiment, arms in experiments.items():
        base = next((one for one in arms if one.arm == "hold_out"), arms[0])
        for one in arms:
            share = Share(one.cured, one.cases)
            row = (experiment, one.arm, str(one.cases), str(one.cured), percent(share))
            if one is base:
                rows.append((*row, range_of(share), "compared with", "", mark(share)))
                continue
            against = Share(base.cured, base.cases)
            within = newcombe(share, against)
            plain = f"{within.low * 100:+.1f} to {within.high * 100:+.1f} points"
            few = share.is_small or against.is_small
            verdict = "too few" if few else ("may be chance" if within.has_zero else "differs")
            rows.append((*row, range_of(share), plain, verdict, SMALL_MARK if few else ""))
            if verdict == "differs":
                told.append(f"{experiment}: {one.arm} differs from {base.arm} ({plain}).")
    finding = " ".join(told) or (
        "No arm differs from the one it is compared with by more than chance would do."
        if rows
        else "No experiment runs."
    )
    found = [Cured(f"{one.experiment}: {one.arm}", one.cases, one.cured) for one in figures.by_arm]
    return Section(
        "arms",
        "Arms of experiments",
        finding,
        "Everybody counts in the arm they were drawn into, contacted or not. Difference in cure"
        " rate with its 95 % interval (Newcombe); several arms at once make one more likely to"
        " differ by chance.",
        ("experiment", "arm", "cases", "cured", "rate", "95 % interval", "difference", "verdict",
         "small"),
        tuple(rows),
        bars_of(found, finding, about(figures), "arms"),
    )  # fmt: skip


def promises(figures: Figures) -> Section:
    """Return what became of promises."""
    rows: list[Row] = []
    kept_in_all = settled_in_all = 0
    kept_by: list[Cured] = []
    for one in figures.promises:
        settled = one.kept + one.partly + one.broken
        share = Share(one.kept, settled)
        kept_in_all += one.kept
        settled_in_all += settled
        kept_by.append(Cured(one.month, settled, one.kept))
        rows.append(
            (one.month, str(one.kept), str(one.partly), str(one.broken), str(one.open),
             str(one.canceled), percent(share), range_of(share), mark(share))
        )  # fmt: skip
    whole = Share(kept_in_all, settled_in_all)
    finding = f"{percent(whole)} of {settled_in_all} settled promises were kept in full."
    return Section(
        "promises",
        "Promises kept",
        finding if settled_in_all else "No promise was settled in the period.",
        "By the month they were due in. The rate is of those settled: kept, in part, or broken.",
        ("month", "kept", "in part", "broken", "open", "canceled", "kept rate", "95 % interval",
         "small"),
        tuple(rows),
        bars_of(kept_by, finding, about(figures), "promises"),
    )  # fmt: skip
