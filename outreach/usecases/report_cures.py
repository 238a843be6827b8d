"""The report on cures and promises: by stage, by group, by arm of an experiment. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from outreach.domain.intervals import SMALL, Share, newcombe
from outreach.rendering.verdicts.sentences import Language
from outreach.store.reports import ArmCured, Cured
from outreach.usecases.report_tables import (
    SMALL_MARK,
    Row,
    Section,
    about,
    bars_of,
    cure_headings,
    cured_row,
    headings,
    mark,
    percent,
    points_of,
    range_of,
)
from outreach.usecases.report_words import channel_word, say
from outreach.usecases.reporting import Figures


def by_stage(figures: Figures, language: Language = "en") -> Section:
    """Return cures by how late the delinquency was."""
    found = figures.by_stage
    reached = [one for one in found if one.cases]
    finding = say(language, "stages.none")
    if reached:
        first = reached[0]
        rate = percent(Share(first.cured, first.cases))
        finding = say(language, "stages.found", rate=rate, cases=first.cases, stage=first.what)
    return Section(
        "cures_by_stage",
        say(language, "stages"),
        finding,
        say(language, "stages.note"),
        (say(language, "stage"), *cure_headings(language)),
        tuple(cured_row(one, language) for one in found),
        bars_of(found, finding, about(figures, language), "cures_by_stage", language),
    )


def by_group(
    figures: Figures, by: str, found: Sequence[Cured], language: Language = "en"
) -> Section:
    """Return cures by one grouping."""
    nobody = say(language, "unnamed" if by == "product" else "no_contact")
    named = [one._replace(what=_named(by, one.what, language) or nobody) for one in found]
    sound = [one for one in named if one.cases >= SMALL]
    if len(sound) > 1:
        best = max(sound, key=lambda one: one.cured / one.cases)
        worst = min(sound, key=lambda one: one.cured / one.cases)
        difference = newcombe(Share(best.cured, best.cases), Share(worst.cured, worst.cases))
        high, low = (percent(Share(one.cured, one.cases)) for one in (best, worst))
        finding = (
            say(language, "groups.same")
            if difference.has_zero
            else say(language, "groups.found", best=best.what, high=high, worst=worst.what, low=low)
        )
    else:
        finding = say(language, "groups.few", small=SMALL)
    return Section(
        f"cures_by_{by}",
        say(language, f"groups.{by}"),
        finding,
        say(language, "groups.note.product" if by == "product" else "groups.note"),
        (say(language, by), *cure_headings(language)),
        tuple(cured_row(one, language) for one in named),
        bars_of(named, finding, about(figures, language), f"cures_by_{by}", language),
    )


def _named(by: str, what: str, language: Language) -> str:
    return channel_word(language, what) if by == "channel" and what else what


def arms(figures: Figures, language: Language = "en") -> Section:
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
            interval = range_of(share, language)
            if one is base:
                rows.append((*row, interval, say(language, "arms.base"), "", mark(share)))
                continue
            against = Share(base.cured, base.cases)
            within = newcombe(share, against)
            plain = points_of(within.low, within.high, language)
            few = share.is_small or against.is_small
            verdict = "few" if few else ("chance" if within.has_zero else "differs")
            said = say(language, f"arms.{verdict}")
            rows.append((*row, interval, plain, said, SMALL_MARK if few else ""))
            if verdict == "differs":
                known = {"experiment": experiment, "arm": one.arm, "base": base.arm}
                told.append(say(language, "arms.found", **known, points=plain))
    finding = " ".join(told) or say(language, "arms.same" if rows else "arms.none")
    found = [Cured(f"{one.experiment}: {one.arm}", one.cases, one.cured) for one in figures.by_arm]
    return Section(
        "arms",
        say(language, "arms"),
        finding,
        say(language, "arms.note"),
        headings(
            language, "experiment", "arm", "cases", "cured", "rate", "interval", "difference",
            "verdict", "small",
        ),
        tuple(rows),
        bars_of(found, finding, about(figures, language), "arms", language),
    )  # fmt: skip


def promises(figures: Figures, language: Language = "en") -> Section:
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
             str(one.canceled), percent(share), range_of(share, language), mark(share))
        )  # fmt: skip
    whole = percent(Share(kept_in_all, settled_in_all))
    finding = say(language, "promises.found", rate=whole, settled=settled_in_all)
    if not settled_in_all:
        finding = say(language, "promises.none")
    return Section(
        "promises",
        say(language, "promises"),
        finding,
        say(language, "promises.note"),
        headings(
            language, "month", "kept", "partly", "broken", "open", "canceled", "kept_rate",
            "interval", "small",
        ),
        tuple(rows),
        bars_of(kept_by, finding, about(figures, language), "promises", language),
    )  # fmt: skip
