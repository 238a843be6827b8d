"""What a self-service page shows, written in the visitor's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from outreach.domain.affordability import Sum
from outreach.domain.records import dataclass
from outreach.facts.attributes import loan_attributes
from outreach.rendering.locales import format_day, format_money
from outreach.usecases.selfservice import Due, Overview, ToldHere
from outreach.web.selfservice.words import Language, say

LOCALES: Final[Mapping[Language, str]] = {"en": "en-US", "zh": "zh-CN"}
_SECURE: Final = "https://"


@dataclass(frozen=True, slots=True)
class Shower:
    """Writes amounts, dates and states; `currency` is the loan's."""

    language: Language
    currency: str = "USD"

    @property
    def locale(self) -> str:
        """The locale of amounts and dates."""
        return LOCALES[self.language]

    def t(self, key: str, **values: object) -> str:
        """Return the words for a key."""
        return say(self.language, key, **values)

    def money(self, minor: int) -> str:
        """Write an amount."""
        return format_money(minor, self.currency, self.locale)

    def day(self, on: date) -> str:
        """Write a date."""
        return format_day(on, self.locale)

    def written(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values of an error, dates and the largest amount in words."""
        return {
            name: self.day(one)
            if isinstance(one, date)
            else self.money(one)
            if name == "most" and isinstance(one, int)
            else one
            for name, one in values.items()
        }

    def late(self, days: int) -> str:
        """Say how late something is; "" before its date."""
        if days < 1:
            return ""
        return self.t("late.one") if days == 1 else self.t("late.many", days=days)

    def line(self, one: Due, today: date) -> dict[str, Any]:
        """Return one row of the installments."""
        if one.due_on > today:
            state, kind = self.t("state.upcoming"), "off"
        else:
            state = self.late(one.days_late) or self.t("due.today")
            kind = "stop" if one.days_late else "wait"
        return {
            "number": self.t("table.nth", number=one.number),
            "due_on": one.due_on,
            "day": self.day(one.due_on),
            "amount": self.money(one.outstanding_minor),
            "state": state,
            "kind": kind,
        }

    def shares(self, shown: Overview) -> list[dict[str, Any]]:
        """Return how a payment of what is due is used: by installment, and by part where told."""
        days = {one.number: one.due_on for one in (*shown.due, *shown.upcoming)}
        found: dict[int, dict[str, Any]] = {}
        for one in shown.portions:
            title = self.t("table.nth", number=one.number)
            share = {"title": title, "day": self.day(days[one.number]), "rows": []}
            part = self.t(f"part.{one.component}")
            rows = found.setdefault(one.number, share)["rows"]
            rows.append({"part": part, "amount": self.money(one.minor)})
        return list(found.values())

    def payoff(self, shown: Overview) -> str:
        """Say what paying all of it early takes; "" where nothing is owed any more."""
        if not shown.loan.is_open or not shown.owed_minor:
            return ""
        figure = shown.quote or shown.payoff
        if figure is None:
            return self.t("payoff.none")
        amount, day = self.money(figure.amount_minor), self.day(figure.valid_until)
        return self.t("payoff.quoted", amount=amount, day=day)

    def suggestion(self, shown: Overview) -> dict[str, Any] | None:
        """Write what the borrower could keep to, with its arithmetic; None where there is none."""
        found = shown.suggestion
        if found is None:
            return None
        lines = []
        if found.parts:
            *same, last = found.parts
            few = [f"{len(same)} × {self.money(same[0])}"] if same else []
            lines.append(self.t("suggest.plan", parts=" + ".join([*few, self.money(last)])))
        if found.due_day is not None:
            lines.append(self.t("suggest.day", day=found.due_day))
        return {"kind": found.kind, "lines": lines, "sums": [self._sum(one) for one in found.sums]}

    def _sum(self, one: Sum) -> str:
        told = {
            name: str(figure) if name == "share" else self.money(figure)
            for name, figure in one.figures.items()
        }
        result = str(one.result) if one.key == "months" else self.money(one.result)
        return self.t(f"sum.{one.key}", **told, result=result)

    def told(self, one: ToldHere, shown: Overview) -> dict[str, Any]:
        """Return one thing that the borrower told, in words."""
        said: Mapping[str, Any] = next(
            (block for name in _BLOCKS if (block := one.data.get(name))), {}
        )
        words, state = self._words(one, said), ""
        if one.type == "promise_to_pay.created":
            status = shown.promise_status.get(said.get("id", ""))
            state = self.t(f"promise.{status}") if status else ""
        on = one.at.astimezone(shown.zone).date()
        return {"words": words, "state": state, "on": on, "day": self.day(on)}

    def _words(self, one: ToldHere, said: Mapping[str, Any]) -> str:
        key = f"told.{one.type}"
        match one.type:
            case "promise_to_pay.created":
                day = self.day(date.fromisoformat(said["due_on"]))
                return self.t(key, amount=self.money(said["amount"]), day=day)
            case "borrower.hardship" | "borrower.dispute" | "complaint.received":
                name = one.type.rpartition(".")[2] if one.type != "complaint.received" else ""
                return self.t(key, kind=self.t(f"{name or 'complaint'}.{said['kind']}"))
            case "consent.revoked":
                return self.t(key, channel=self.t(f"channel.{said['channel']}"))
            case "preference.set" if said["kind"] == "only":
                wish = self.t("wish.hours", begins=said["from"], ends=said["to"])
                return self.t(key, wish=wish)
            case "preference.set":
                channel = self.t(f"channel.{said['channel']}")
                return self.t(key, wish=self.t("wish.not", channel=channel))
            case _:
                return self.t(key)


_BLOCKS: Final = (
    "promise", "hardship", "dispute", "complaint", "consent", "preference", "statement",
)  # fmt: skip


def pay_address(shown: Overview, of_lender: str) -> str:
    """Return where to pay: what the platform told of this loan (`pay_url`), else the lender's."""
    told = loan_attributes(shown.loan).get("pay_url")
    own = told if isinstance(told, str) and told.startswith(_SECURE) else ""
    return own or of_lender
