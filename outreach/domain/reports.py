"""What sources report of installments, joined so that the order of arrival doesn't matter."""

from dataclasses import replace
from typing import Any

from outreach.domain.deriving import is_newer, join_statement
from outreach.domain.loans import NOTHING, Installment, LoanState, Report, Statement
from outreach.domain.statements import LoanTold


def merge_reports(loan: LoanState, told: LoanTold, *, schedule_moved: bool) -> LoanState:
    """Join reports, drop those of an older schedule, keep what the dropped said of the loan.

    Args:
        loan: With the schedules that were told joined already.
        told: One signal's statements.
        schedule_moved: Whether it told a newer schedule, which may drop reports of any installment.
    """
    merge = _Merge(loan)
    for name, value in told.said.items():
        join_statement(merge.statements, name, Statement(told.position, value))
    for number, report in told.reports:
        merge.join(number, report)
    for number in merge.held.keys() | merge.touched.keys() if schedule_moved else {*merge.touched}:
        merge.drop(number)
    return merge.result()


class _Merge:
    """One signal on its way into a loan's reports."""

    def __init__(self, loan: LoanState) -> None:
        self.loan = loan
        self.held = {one.number: one for one in loan.installments}
        self.touched: dict[int, tuple[Report, ...]] = {}
        self.statements = dict(loan.statements)
        self.overtaken = dict(loan.overtaken)

    def join(self, number: int, report: Report) -> None:
        """Take a report in, unless its source has told something newer."""
        slot = (number, report.position.source, report.version)
        if slot in self.overtaken and not is_newer(report, self.overtaken[slot]):
            self._keep_said(report)
            return
        self.overtaken.pop(slot, None)
        known = self._reports(number)
        joined = self._joined(known, report)
        if joined != known:
            self.touched[number] = joined

    def drop(self, number: int) -> None:
        """Drop the reports of an installment that a schedule leaves no room for."""
        reports = self._reports(number)
        kept = tuple(one for one in reports if not _is_superseded(one, self.loan))
        for gone in reports:
            if gone in kept:
                continue
            self._keep_said(gone)
            bare = gone._replace(parts=NOTHING, said=NOTHING)
            self.overtaken[number, gone.position.source, gone.version] = bare
        if kept != reports or number in self.touched:
            self.touched[number] = kept

    def result(self) -> LoanState:
        """Return the loan; the same object where nothing changed."""
        changes: dict[str, Any] = {}
        if self.statements != self.loan.statements:
            changes["statements"] = self.statements
        overtaken = {
            slot: one for slot, one in self.overtaken.items() if not _is_outdated(one, self.loan)
        }
        if overtaken != self.loan.overtaken:
            changes["overtaken"] = overtaken
        if any(reports != self._known(number) for number, reports in self.touched.items()):
            changes["installments"] = self._installments()
        return replace(self.loan, **changes) if changes else self.loan

    def _known(self, number: int) -> tuple[Report, ...]:
        return self.held[number].reports if number in self.held else ()

    def _reports(self, number: int) -> tuple[Report, ...]:
        return self.touched[number] if number in self.touched else self._known(number)

    def _installments(self) -> tuple[Installment, ...]:
        kept = dict(self.held)
        for number, reports in self.touched.items():
            if not reports:
                kept.pop(number, None)
                continue
            owed = self.held[number].outstanding_minor if number in self.held else -1
            kept[number] = Installment(number, owed, reports[0], reports[1:])
        return tuple(kept.values())

    def _joined(self, known: tuple[Report, ...], told: Report) -> tuple[Report, ...]:
        slot = (told.position.source, told.version)
        same = next((one for one in known if (one.position.source, one.version) == slot), None)
        if same is None:
            return (*known, told)
        if is_newer(told, same):
            self._keep_said(same, beside=told)
            return tuple(told if one is same else one for one in known)
        self._keep_said(told, beside=same)
        return known

    def _keep_said(self, gone: Report, *, beside: Report | None = None) -> None:
        """Keep what a report said of the loan, unless the report that replaces it says it newer."""
        for name, value in gone.said.items():
            newer = beside is not None and beside.position.stamp > gone.position.stamp
            if beside is None or not newer or name not in beside.said:
                join_statement(self.statements, name, Statement(gone.position, value))


def _is_superseded(report: Report, loan: LoanState) -> bool:
    if _is_outdated(report, loan):
        return True
    return any(report.position.is_before(full.position) for full in loan.fulls.values())


def _is_outdated(report: Report, loan: LoanState) -> bool:
    """Whether its schedule, or its own source's newest, leaves no room for it or anything older."""
    own = loan.fulls.get(report.position.source)
    return bool(report.version and report.version < loan.schedule_version) or (
        own is not None and report.position.is_before(own.position)
    )
