"""What each form about a borrower does, once it is filled in."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from outreach.domain.hand_offs import HandOffKind
from outreach.domain.manual_calls import CallResult
from outreach.domain.money import AmountError, Money
from outreach.domain.vocabulary import ContactPolicy, HoldKind, Intent
from outreach.runtime import Runtime
from outreach.usecases.erasing import ask
from outreach.usecases.following_up import write_hand_off_folder
from outreach.usecases.handing_off import open_by_hand
from outreach.usecases.holds_by_hand import case_of, placing, releasing
from outreach.usecases.matters import Matter, matter_signals
from outreach.usecases.noting import write_note
from outreach.usecases.person_file import PersonFile
from outreach.usecases.protecting import Word, record
from outreach.usecases.tasks import deadlines_of
from outreach.usecases.telling_by_hand import (
    URI,
    CallTold,
    PromiseTold,
    record_call,
    record_promise,
)
from outreach.web.console.person_desk import about
from outreach.web.console.person_forms import EVERYTHING

_MINUTE_RUNNING: Final = timedelta(minutes=2)

Said = Mapping[str, str]
Do = Callable[[PersonFile, Said, str], Awaitable[None]]


class WrongError(ValueError):
    """Something in a form is to be mended: its field, and the key of the words that say so."""

    def __init__(self, field: str, key: str, **values: object) -> None:
        super().__init__(field)
        self.field = field
        self.key = key
        self.values = values


class PersonDeeds:
    """Carries out what was filled in, by the use cases that signals and commands go through.

    Args:
        runtime: Open.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._deeds: Mapping[str, Do] = {
            "note": self._note,
            "hold": self._hold,
            "lift": self._lift,
            "forget": self._forget,
            "call": self._call,
            "promise": self._promise,
            "stop": self._stop,
            "preference": self._preference,
            "matter": self._matter,
            "hand-off": self._hand_off,
            "erase": self._erase,
        }

    async def do(self, name: str, person: PersonFile, said: Said, by: str) -> None:
        """Carry one out.

        Args:
            name: Of the form.
            person: About whom.
            said: What was filled in; what has to be is there.
            by: Who did; kept with it.

        Raises:
            WrongError: Something is to be mended.
            NotToldError: It can't have been so.
            RefusedError: Rules stop it.
            HandOffError: A hand-off of the kind can't be proposed.
            NobodyError: There is no such person, or nobody told yet who it is.
            NotFoundError: There is no such loan.
            SignalError: What was said makes no sense.
            ErasedError: There is nobody any more.
        """
        await self._deeds[name](person, said, by)

    async def _note(self, person: PersonFile, said: Said, by: str) -> None:
        if person.borrower is None:  # it may turn out to be somebody else, under another key
            raise WrongError("text", "people.wrong.borrower")
        loan = _loan_of(person, said, or_none=True)
        await write_note(
            self._runtime, person.person_id, said["text"], by=by, now=self._now, loan_id=loan
        )

    async def _hold(self, person: PersonFile, said: Said, by: str) -> None:
        kind = next((one for one in HoldKind if one == said["kind"]), None)
        if kind is None:
            raise WrongError("kind", "forms.choose")
        loan = _loan_of(person, said, or_none=True)
        loans = [person.loans[loan].ref] if loan is not None else []
        until = _day(said["until"], "until") if said["until"] else None
        word = placing(
            kind, case_of(kind), by=by, evidence=said["why"], loans=loans,
            until=until.isoformat() if until else None,
        )  # fmt: skip
        await self._record(person, [word], by)

    async def _lift(self, person: PersonFile, said: Said, by: str) -> None:
        found = [
            one
            for one in person.state.holds.values()
            if one.case_ref == said["case"] and one.released_at is None
        ]
        words = releasing(found, because=said.get("because"), evidence=said["why"], by=by)
        await self._record(person, list(words), by)

    async def _forget(self, person: PersonFile, said: Said, by: str) -> None:
        told = {"id": said["case"], "by": by, "evidence": said["why"]}
        await self._record(person, [Word("preference.removed", {"preference": told})], by)

    async def _call(self, person: PersonFile, said: Said, by: str) -> None:
        result = next((one for one in CallResult if one == said["result"]), None)
        if result is None:
            raise WrongError("result", "forms.choose")
        loan = _loan_of(person, said)
        is_promised = said["said"] == "promise"
        if is_promised and not (said["amount"] and said["day"]):
            raise WrongError("amount" if not said["amount"] else "day", "forms.missing")
        promise = self._promised(person, loan, said) if is_promised else None
        told = CallTold(
            result,
            self._instant(person, said["at"]),
            loan,
            said["number"],
            said["said"],
            promise,
            said["note"],
        )
        await record_call(
            self._runtime, person.person_id, told, by=by, now=self._now,
            wall=self._runtime.clock.wall_now(), deadlines=self._deadlines,
        )  # fmt: skip

    async def _promise(self, person: PersonFile, said: Said, by: str) -> None:
        told = self._promised(person, _loan_of(person, said), said)
        await record_promise(
            self._runtime, person.person_id, told, by=by, now=self._now,
            wall=self._runtime.clock.wall_now(), deadlines=self._deadlines,
        )  # fmt: skip

    async def _stop(self, person: PersonFile, said: Said, by: str) -> None:
        channel, evidence = said["channel"], f"{by}: {said['why']}"
        consent = {"channel": channel, "evidence": evidence}
        words = [Word("consent.revoked", {"consent": consent})]
        if channel == EVERYTHING:
            words.append(
                placing(
                    HoldKind.CEASE, case_of(HoldKind.CEASE), by=by, evidence=said["why"],
                    contact_policy=ContactPolicy.STOP_ALL, form=said["form"],
                )
            )  # fmt: skip
        await self._record(person, words, by)

    async def _preference(self, person: PersonFile, said: Said, by: str) -> None:
        begins, _, ends = said["hours"].replace("–", "-").partition("-")
        if said["hours"] and not (begins.strip() and ends.strip()):
            raise WrongError("hours", "people.preference.hours.note")
        days = said["days"].lower().replace("，", ",").replace("、", ",").split(",")
        told: dict[str, Any] = {
            "id": f"operator:{uuid4().hex[:12]}",
            "kind": said["kind"],
            "from": begins.strip(),
            "to": ends.strip(),
            "days": [one.strip() for one in days if one.strip()],
            "place": said["place"],
            "channel": said["channel"],
            "form": said["form"],
            "evidence": said["why"],
            "by": by,
        }
        kept = {name: value for name, value in told.items() if value}
        await self._record(person, [Word("preference.set", {"preference": kept})], by)

    async def _matter(self, person: PersonFile, said: Said, by: str) -> None:
        kinds = {Intent.DISPUTE, Intent.HARDSHIP, Intent.COMPLAINT}
        kind = next((one for one in kinds if one == said["kind"]), None)
        if kind is None:
            raise WrongError("kind", "forms.choose")
        if person.borrower is None:
            raise WrongError("kind", "people.wrong.borrower")
        loan = _loan_of(person, said, or_none=True)
        loans = (person.loans[loan].ref,) if loan is not None else ()
        ref = f"operator:{uuid4().hex[:12]}"
        matter = Matter(kind, ref, person.borrower, loans, said["text"], "call")
        words = [
            Word(one.type, {name: each for name, each in one.data.items() if name != "borrower"})
            for one in matter_signals(matter, source=URI, now=self._now)
        ]
        await self._record(person, words, by)

    async def _hand_off(self, person: PersonFile, said: Said, by: str) -> None:
        kind = next((one for one in HandOffKind if one == said["kind"]), None)
        if kind is None:
            raise WrongError("kind", "forms.choose")
        ref = person.loans[_loan_of(person, said)].ref
        now, wall = self._now, self._runtime.clock.wall_now()
        kept = await open_by_hand(
            self._runtime, person.tenant, ref, kind, by=by, to=said.get("to", ""), now=now,
            wall=wall,
        )  # fmt: skip
        if kind is HandOffKind.PLACEMENT and not kept.hand_off.needs:
            await write_hand_off_folder(self._runtime, kept, now=now, wall=wall)

    async def _erase(self, person: PersonFile, said: Said, by: str) -> None:
        try:
            await ask(self._runtime, person.person_id, said["because"], by=by, now=self._now)
        except ValueError:
            raise WrongError("because", "forms.choose") from None

    async def _record(self, person: PersonFile, words: list[Word], by: str) -> None:
        whom = about(self._runtime, person)
        await record(self._runtime, whom, words, by=by, now=self._now, deadlines=self._deadlines)

    def _promised(self, person: PersonFile, loan_id: int, said: Said) -> PromiseTold:
        currency = person.loans[loan_id].currency
        try:
            amount = Money.from_decimal_text(said["amount"].replace(",", ""), currency)
        except AmountError:
            raise WrongError("amount", "people.wrong.amount") from None
        return PromiseTold(loan_id, amount.minor, _day(said["day"], "day"))

    def _instant(self, person: PersonFile, text: str) -> datetime:
        """Return when it was by the lender's clock; the minute that runs has begun."""
        zone = ZoneInfo(self._runtime.settings.lenders[person.tenant].timezone)
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            raise WrongError("at", "people.wrong.at") from None
        at = local.replace(tzinfo=zone) if local.tzinfo is None else local
        return min(at, self._now) if at < self._now + _MINUTE_RUNNING else at

    @property
    def _now(self) -> datetime:
        return self._runtime.clock.business_now()

    @property
    def _deadlines(self) -> Any:
        return deadlines_of(self._runtime.settings)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongError(field, "forms.day") from None


def _loan_of(person: PersonFile, said: Said, *, or_none: bool = False) -> Any:
    """Return the loan that was chosen; None where the form lets every loan be meant."""
    chosen = said.get("loan", "")
    if not chosen and or_none:
        return None
    found = next((one for one in person.loans if str(one) == chosen), None)
    if found is None:
        raise WrongError("loan", "forms.choose")
    return found
