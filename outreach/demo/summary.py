"""What a run came to, as tables that fit eighty columns."""

from collections import Counter
from typing import Final

from rich.console import Console
from rich.table import Table

from outreach.demo.figures import Figures
from outreach.demo.posting import Posted
from outreach.demo.screen import NOT_SENT, OK, STATE_STYLE, STOP, by_verdict, said
from outreach.demo.second_person import LateWork

_MOST_RULES: Final = 12


def show(
    console: Console,
    figures: Figures,
    work: LateWork,
    posted: Posted,
    lenders: tuple[str, ...],
) -> None:
    """Print what the run came to, as tables that fit eighty columns."""
    verdicts = figures.verdicts
    table = Table(title="What happened", title_justify="left", expand=False)
    for name in ("contacts", *lenders, "together"):
        table.add_column(name, justify="left" if name == "contacts" else "right")
    by_state: dict[str, Counter[str]] = {}
    for one in figures.outcomes:
        by_state.setdefault(one.state, Counter())[one.tenant] += one.contacts
    for state, counts in sorted(by_state.items(), key=lambda item: -item[1].total()):
        table.add_row(state, *(str(counts[slug]) for slug in lenders), str(counts.total()))
    console.print(table)
    console.print(_by_channel(figures, lenders))
    console.print(_late(work, lenders))
    rules = Table(title="Why somebody was not contacted", title_justify="left")
    for name in ("rule", "deferred", "blocked"):
        rules.add_column(name, justify="left" if name == "rule" else "right")
    deferred, blocked = by_verdict(figures)
    for rule, _ in (deferred + blocked).most_common(_MOST_RULES):
        rules.add_row(rule, str(deferred[rule]), str(blocked[rule]))
    console.print(rules)
    console.print(
        f"signals {sum(posted.by_type.values())} in {posted.requests} signed requests"
        f" · decisions {verdicts.total()}: {verdicts['decided']} allowed,"
        f" {verdicts['deferred']} deferred, {verdicts['blocked']} blocked"
        f" · contacts {figures.contacts} · replies {figures.replies.total()}"
    )


def _by_channel(figures: Figures, lenders: tuple[str, ...]) -> Table:
    """Return how many contacts each channel made, and how many certainly reached somebody."""
    table = Table(title="By channel", title_justify="left")
    for name in ("sent by", *lenders, "together", "delivered", "failed"):
        table.add_column(name, justify="left" if name == "sent by" else "right")
    sent: dict[str, Counter[str]] = {}
    ended: dict[str, Counter[str]] = {}
    for one in figures.outcomes:
        if one.state != NOT_SENT:
            sent.setdefault(one.channel, Counter())[one.tenant] += one.contacts
            ended.setdefault(one.channel, Counter())[STATE_STYLE.get(one.state, "")] += one.contacts
    for channel, counts in sorted(sent.items(), key=lambda item: -item[1].total()):
        ends = ended[channel]
        each = [str(counts[slug]) for slug in lenders]
        table.add_row(said(channel), *each, str(counts.total()), str(ends[OK]), str(ends[STOP]))
    return table


def _late(work: LateWork, lenders: tuple[str, ...]) -> Table:
    """Return what came of the late stages, which a second person approves."""
    table = Table(title="Late stages", title_justify="left")
    for name in ("what", *lenders, "together"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for what, counts in (
        ("letters printed", work.letters),
        ("cases for court", work.referrals),
        ("visits proposed", work.visits),
    ):
        each = [counts.get(slug, 0) for slug in lenders]
        table.add_row(what, *map(str, each), str(sum(each)))
    return table
