"""The contact log's filters in words: chips, facets, the fields of its form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Final

from outreach.domain.log_filters import DEFAULT_FROM, FIELDS, LogFilter, Problem
from outreach.domain.records import dataclass
from outreach.rendering.verdicts import say_cause
from outreach.usecases.search_log import Facet, LogPage
from outreach.web.console.log_address import Address
from outreach.web.console.words import Language, say, say_or

PERIODS: Final = ("-0d", DEFAULT_FROM, "-30d", "-90d")
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force; `without` is the page without it, "" where it can't be left out."""

    name: str
    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that the page can be narrowed to; choosing a chosen one lets it go."""

    words: str
    address: str
    count: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetShown:
    """One parameter's values; `is_late`: their counts took too long."""

    name: str
    choices: Sequence[Choice] = field(default=(), hash=False)
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of the form; without options it is written into, and `known` is proposed."""

    name: str
    label: str
    values: Sequence[str] = field(default=(), hash=False)
    options: Sequence[tuple[str, str]] = field(default=(), hash=False)
    known: Sequence[str] = field(default=(), hash=False)


class FilterWords:
    """Puts filters into words.

    Args:
        language: Of the reader.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def value(self, name: str, value: str) -> str:
        """Return a parameter's value in words."""
        if name == "verdict":
            return self.say(f"log.verdict.{value}")
        if name in ("channel", "purpose"):
            return say_or(self._language, f"{name}.{value}", value)
        if name == "status":
            return self.say(f"log.status.{value}")
        if name == "outcome":
            return say_or(self._language, f"people.outcome.{value}", value.replace("_", " "))
        if name == "rule":
            return say_cause(value, self._language)
        return value

    def named(self, name: str, value: str) -> str:
        """Return a value with its name before it."""
        return f"{name}：{value}" if self._language == "zh" else f"{name}: {value}"

    def say(self, key: str, **values: object) -> str:
        """Return the words for a key; a value without words is itself."""
        return say_or(self._language, key, key.rpartition(".")[2], **values)

    def period(self, asked: LogFilter) -> str:
        """Return the period in words."""
        if asked.end:
            days = {"start": self.day(asked.start), "end": self.day(asked.end)}
            key = "log.period.day" if asked.start == asked.end else "log.period.between"
            return say(self._language, key, **days)
        if asked.start == "-0d":
            return say(self._language, "log.period.today")
        if asked.start.startswith("-"):
            return say(self._language, "log.period.last", days=asked.start[1:-1])
        return say(self._language, "log.period.since", start=self.day(asked.start))

    def day(self, written: str) -> str:
        """Return a day in words; a relative one by how far back it is."""
        if written == "-0d":
            return say(self._language, "log.day.today")
        if written.startswith("-"):
            return say(self._language, "log.day.ago", days=written[1:-1])
        on = date.fromisoformat(written)
        if self._language == "zh":
            return f"{on.year}年{on.month}月{on.day}日"
        return f"{on.day} {on:%b %Y}"

    def chips(self, address: Address, private: str) -> list[Chip]:
        """Return what is in force, the period always.

        Args:
            address: Of the page.
            private: What was looked for in private, masked; "" for nothing.
        """
        asked = address.asked
        is_default = asked.within(DEFAULT_FROM) == asked
        chips = [
            Chip(
                "period",
                self.period(asked),
                "" if is_default else str(address.first(asked=asked.within(DEFAULT_FROM))),
            )
        ]
        if private:
            chips.append(Chip("private", private, str(address.first(search=""))))
        chips += [
            Chip(
                name,
                self.named(self.say(f"log.by.{name}"), self.value(name, value)),
                str(address.first(asked=asked.without(name, value))),
            )
            for name, values in asked.chosen.items()
            for value in values
        ]
        return chips

    def facets(self, address: Address, page: LogPage) -> list[FacetShown]:
        """Return what the page can be narrowed to."""
        return [self._facet(address, one) for one in page.facets]

    def _facet(self, address: Address, facet: Facet) -> FacetShown:
        chosen = address.asked.chosen.get(facet.name, ())
        counted = dict(facet.counts or ())
        values = [*counted, *(one for one in chosen if one not in counted)]
        choices = [
            Choice(
                self.value(facet.name, value),
                str(
                    address.first(
                        asked=address.asked.without(facet.name, value)
                        if value in chosen
                        else address.asked.only(facet.name, value)
                    )
                ),
                "" if facet.counts is None else f"{counted.get(value, 0):,}",
                value in chosen,
            )
            for value in values
        ]
        return FacetShown(facet.name, choices, facet.counts is None)

    def fields(self, asked: LogFilter, known: Mapping[str, Sequence[str]]) -> list[FieldShown]:
        """Return the form's fields; `known` proposes values for those that are written into."""
        return [
            FieldShown(
                name,
                self.say(f"log.by.{name}"),
                asked.chosen.get(name, ()),
                ()
                if values is None
                else sorted(
                    ((one, self.value(name, one)) for one in values), key=lambda pair: pair[1]
                ),
                () if values is not None else sorted(set(known.get(name, ()))),
            )
            for name, values in FIELDS.items()
        ]

    def periods(self, address: Address) -> list[Choice]:
        """Return the usual periods."""
        return [
            Choice(
                self.period(address.asked.within(start)),
                str(address.first(asked=address.asked.within(start))),
                "",
                address.asked.within(start) == address.asked,
            )
            for start in PERIODS
        ]

    def problems(self, problems: Iterable[Problem]) -> list[str]:
        """Return what wasn't understood, in sentences."""
        return [
            say(
                self._language,
                "log.unknown.day" if one.name in ("from", "to") else "log.unknown",
                name=self.say(f"log.by.{one.name}"),
                value=one.value[:_LONGEST_SHOWN],
            )
            for one in problems
        ]
