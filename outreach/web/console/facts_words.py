"""The facts that a decision was made on, as they were then, in words: a title and its lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from outreach.domain import known
from outreach.domain.records import dataclass
from outreach.rendering.verdicts import say_hold, say_value
from outreach.web.console.showing import show_moment
from outreach.web.console.words import Language, say, say_or

_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: what it is, what was known of it, and how many lines aren't shown."""

    title: str
    lines: tuple[str, ...]
    more: int = 0


class FactsShower:
    """Puts facts into words.

    Args:
        language: Of the reader.
        zone: At which instants are read: the borrower's.
        debts: The platform's names of loans, by the id that facts have them under.
    """

    def __init__(self, language: Language, zone: str, debts: Mapping[str, str]) -> None:
        self._language = language
        self._zone = zone
        self._debts = debts

    def facts(self, facts: known.Facts) -> tuple[Fact, ...]:
        """Return everything that was known, in the order in which somebody asks.

        What the rules always ask about is shown even where there was nothing.
        """
        always = (
            ("zones", [self._zone_line(one) for one in facts.zones]),
            ("residence", [facts.residence] if facts.residence else []),
            ("debts", [self._debt(name, debt) for name, debt in facts.debts.items()]),
            ("stage", [self._stage(facts.stage)] if facts.stage else []),
            ("contacts", [self._entry(one) for one in reversed(facts.ledger)]),
            ("consents", [self._consent(one) for one in facts.consents]),
            ("opt_outs", [self._opt_out(one) for one in facts.opt_outs]),
            ("holds", [self._hold(one) for one in facts.holds]),
        )
        where_known = (
            ("preferences", [self._preference(one) for one in facts.preferences]),
            ("promises", [f"{one.on.isoformat()} · {self._at(one.at)}" for one in facts.promises]),
            ("notices", [f"{self._kind(one.kind)} · {self._at(one.at)}" for one in facts.notices]),
            ("approvals", [f"{one.subject} · {self._at(one.at)}" for one in facts.approvals]),
            (
                "agreements",
                [f"{_plain(one.kind)} · {self._at(one.at)}" for one in facts.agreements],
            ),
            (
                "inbound",
                [f"{self._medium(one.medium)} · {self._at(one.at)}" for one in facts.inbound],
            ),
            ("flags", list(_flags({**facts.lender_flags, **facts.person_flags}))),
            ("endpoints", [self._endpoint(one) for one in facts.endpoints.values()]),
            ("holidays", [self._holidays(facts)]),
        )
        found = [self._fact(name, lines) for name, lines in always]
        return (*found, *(self._fact(name, lines) for name, lines in where_known if lines))

    def _fact(self, name: str, lines: Sequence[str]) -> Fact:
        title = say(self._language, f"facts.{name}")
        return Fact(title, tuple(lines[:_SHOWN]), max(0, len(lines) - _SHOWN))

    def _at(self, at: datetime) -> str:
        return show_moment(self._language, at, self._zone).text

    def _say(self, kind: str, word: str) -> str:
        return say_or(self._language, f"{kind}.{word}", _plain(word))

    def _stage(self, stage: str) -> str:
        return say_or(self._language, f"facts.stages.{stage}", self._say("stage", stage))

    def _kind(self, kind: str) -> str:
        return say_value("kind", kind, self._language)

    def _zone_line(self, one: known.ZoneEvidence) -> str:
        word = {"declared": "d", "address": "a", "area_code": "n"}[one.kind]
        return f"{one.zone} · {say(self._language, f'zone.{word}')}"

    def _debt(self, name: str, debt: known.Debt) -> str:
        loan = self._debts.get(name) or say(self._language, "facts.other_loan")
        dpd = "?" if debt.dpd is None else debt.dpd
        said = say(self._language, "facts.dpd", dpd=dpd)
        return " · ".join(
            (loan, said, *([debt.product] if debt.product else []), *_flags(debt.flags))
        )

    def _entry(self, one: known.LedgerEntry) -> str:
        way = say(self._language, "facts.in" if one.direction == "in" else "facts.out")
        parts = [
            self._at(one.at),
            self._say("channel", one.channel),
            way,
            self._say("facts.outcome", one.outcome),
        ]
        if one.purpose:
            parts.append(self._say("purpose", one.purpose))
        if one.excluded_reason:
            parts.append(say(self._language, "facts.not_counted"))
        return " · ".join(parts)

    def _consent(self, one: known.Consent) -> str:
        parts = [self._kind(one.kind), self._medium(one.channel), self._at(one.at)]
        if one.expires:
            parts.append(say(self._language, "facts.until", at=self._at(one.expires)))
        return " · ".join(parts)

    def _opt_out(self, one: known.OptOut) -> str:
        parts = [self._medium(one.medium), self._at(one.at)]
        if one.endpoint:
            parts.append(say(self._language, "facts.one_address"))
        if one.source:
            parts.append(_plain(one.source))
        return " · ".join(parts)

    def _medium(self, medium: str | None) -> str:
        if medium in (None, "all"):
            return say(self._language, "facts.every_way")
        return self._say("channel", str(medium))

    def _hold(self, one: known.Hold) -> str:
        parts = [say_hold(one.kind, self._language), self._at(one.starts or one.at)]
        end = one.released or one.ends
        if end:
            parts.append(say(self._language, "facts.until", at=self._at(end)))
        return " · ".join(parts)

    def _preference(self, one: known.Preference) -> str:
        parts = []
        if one.end_minute:
            parts.append(f"{_clock(one.start_minute)}–{_clock(one.end_minute)}")
        if one.channel:
            parts.append(self._medium(one.channel))
        if one.place:
            parts.append(_plain(one.place))
        return " · ".join((*parts, self._at(one.at)))

    def _endpoint(self, one: known.Endpoint) -> str:
        kind = say(self._language, "facts.kind_unknown")
        if isinstance(one.kind, str):
            kind = self._say("facts.endpoint", one.kind)
        return " · ".join((kind, self._say("facts.status", one.status)))

    def _holidays(self, facts: known.Facts) -> str:
        if facts.holidays is None:
            return say(self._language, "facts.no_calendar")
        return say(self._language, "facts.calendar", days=len(facts.holidays))


def _flags(flags: Mapping[str, known.Flag]) -> Iterator[str]:
    for name, flag in flags.items():
        if flag is known.UNKNOWN:
            yield f"{_plain(name)} = ?"
        elif flag is True:
            yield _plain(name)
        else:
            yield f"{_plain(name)} = {flag}"


def names_of(debts: Iterable[int], loans: Iterable[str]) -> dict[str, str]:
    """Return the platform's names of loans by the ids that a row has them under."""
    return {str(debt): loan for debt, loan in zip(debts, loans, strict=False)}


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
