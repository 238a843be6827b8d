"""What each action about a borrower asks for."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Final
from zoneinfo import ZoneInfo

from outreach.domain.hand_offs import HandOffKind
from outreach.domain.holds import ENDED_BANKRUPTCY
from outreach.domain.manual_calls import CallResult
from outreach.domain.vocabulary import Channel, HoldKind, PreferenceKind
from outreach.settings.lenders import Lender
from outreach.usecases.person_file import PersonFile
from outreach.web.console.forms import Field, Form
from outreach.web.console.showing import masked
from outreach.web.console.words import Language, say, say_or

EVERYTHING: Final = "all"
"""In a form that stops contact: on every channel."""
ONCE: Final = "once"
"""Field by which a form that is posted twice is known to be the same."""
STOPPED: Final = ("sms", "call", "email", "push", "whatsapp", "letter", EVERYTHING)
WISHED: Final = ("sms", "call", "email", "push", "whatsapp", "letter", "visit")
PLACES: Final = ("work", "home", "other")
SAID: Final = ("", "promise", "refused", "dispute", "hardship", "complaint")
MATTERS: Final = ("dispute", "hardship", "complaint")
ERASURES: Final = ("asked", "kept_long_enough", "never_ours")
_PLACED: Final = (
    HoldKind.OPERATOR,
    HoldKind.DISPUTE,
    HoldKind.HARDSHIP,
    HoldKind.COMPLAINT,
    HoldKind.CEASE,
    HoldKind.ATTORNEY,
    HoldKind.BANKRUPTCY,
    HoldKind.DECEASED,
    HoldKind.BEREAVEMENT,
    HoldKind.MILITARY,
    HoldKind.MINOR,
    HoldKind.LIFE_EVENT,
    HoldKind.DEBT_ADVICE,
    HoldKind.MORATORIUM,
    HoldKind.INSTALMENT_PLAN,
)


class PersonForms:
    """Makes the forms about one borrower.

    Args:
        language: Of the reader.
        person: Whose file.
        lender: Of the settings.
        hold: Puts a kind of hold into words.
        now: Business time.
    """

    def __init__(
        self,
        language: Language,
        person: PersonFile,
        lender: Lender,
        hold: Mapping[HoldKind, str],
        now: datetime,
    ) -> None:
        self._language = language
        self._person = person
        self._lender = lender
        self._hold = hold
        self._now = now.astimezone(ZoneInfo(lender.timezone))

    def form(self, name: str, *, case: str = "") -> Form | None:
        """Return the form of an action; None where there is no such, or nothing to choose from."""
        make = {
            "note": self._note,
            "hold": self._hold_form,
            "call": self._call,
            "promise": self._promise,
            "stop": self._stop,
            "preference": self._preference,
            "matter": self._matter,
            "hand-off": self._hand_off,
            "erase": self._erase,
        }.get(name)
        if name == "lift":
            return self._lift(case)
        if name == "forget":
            return self._forget(case)
        return make() if make is not None else None

    def _t(self, key: str) -> str:
        return say(self._language, key)

    def _form(self, name: str, *fields: Field | None, is_dangerous: bool = False) -> Form:
        once = Field(ONCE, "", "hidden", value=token_urlsafe(9))
        kept = (once, *(one for one in fields if one is not None))
        button = self._t(f"people.{name}.button")
        action = f"/people/{self._person.person_id}/{name}"
        return Form(action, kept, button, is_dangerous)

    def _loan(self, *, whole: bool) -> Field:
        """Choose one of the open loans; `whole`: or the person with all of them."""
        options = [("", self._t("people.every_loan"))] if whole else []
        loans = sorted(self._person.loans.values(), key=lambda one: (not one.is_open, one.ref))
        options += [(str(one.loan_id), one.ref) for one in loans if one.is_open or whole]
        return Field("loan", self._t("loan"), "select", options, required=not whole)

    def _reason(self, note: str = "people.reason.note") -> Field:
        return Field("why", self._t("people.reason"), note=self._t(note), required=True)

    def _note(self) -> Form:
        words = Field("text", self._t("people.note.text"), "textarea", required=True)
        return self._form("note", words, self._loan(whole=True))

    def _hold_form(self) -> Form:
        kinds = [(one.value, self._hold[one]) for one in _PLACED]
        return self._form(
            "hold",
            Field("kind", self._t("people.hold.kind"), "select", kinds, required=True),
            self._loan(whole=True),
            self._reason(),
            Field("until", self._t("people.hold.until"), "date", note=self._t("people.hold.end")),
        )

    def _lift(self, case: str) -> Form | None:
        found = [
            one
            for one in self._person.state.holds.values()
            if one.case_ref == case and one.released_at is None
        ]
        if not found:
            return None
        because = None
        if any(one.kind is HoldKind.BANKRUPTCY for one in found):
            words = [(one, self._t(f"people.bankruptcy.{one}")) for one in sorted(ENDED_BANKRUPTCY)]
            label = self._t("people.lift.because")
            because = Field("because", label, "select", words, required=True)
        kept = Field("case", "", "hidden", value=case)
        return self._form("lift", kept, because, self._reason("people.lift.note"))

    def _forget(self, ref: str) -> Form | None:
        if not any(
            one.ref == ref and not one.removed for one in self._person.state.preferences.values()
        ):
            return None
        return self._form("forget", Field("case", "", "hidden", value=ref), self._reason())

    def _call(self) -> Form | None:
        loan = self._loan(whole=False)
        if not loan.options:
            return None
        results = [(one.value, self._t(f"people.result.{one}")) for one in CallResult]
        numbers = [("", self._t("people.call.number_unknown"))]
        numbers += [
            (one.endpoint_id, masked(one.address))
            for one in self._person.state.profile.endpoints
            if one.medium == "phone"
        ]
        said = [(one, self._t(f"people.said.{one or 'nothing'}")) for one in SAID]
        at = f"{self._now:%Y-%m-%dT%H:%M}"
        return self._form(
            "call",
            Field("result", self._t("people.call.result"), "select", results, required=True),
            Field("number", self._t("people.call.number"), "select", numbers),
            loan,
            Field(
                "at", self._t("people.call.at"), "datetime-local", value=at, required=True,
                note=self._zone_note(),
            ),
            Field("said", self._t("people.call.said"), "select", said),
            *self._promised(required=False),
            Field(
                "note", self._t("people.call.note"), "textarea", note=self._t("people.call.read")
            ),
        )  # fmt: skip

    def _promise(self) -> Form | None:
        loan = self._loan(whole=False)
        return self._form("promise", loan, *self._promised(required=True)) if loan.options else None

    def _promised(self, *, required: bool) -> tuple[Field, Field]:
        note = self._t("people.promise.amount.note")
        return (
            Field("amount", self._t("people.promise.amount"), note=note, required=required),
            Field("day", self._t("people.promise.day"), "date", required=required),
        )

    def _stop(self) -> Form:
        words = [(one, self._where(one)) for one in STOPPED]
        return self._form(
            "stop",
            Field("channel", self._t("people.stop.channel"), "select", words, required=True),
            self._form_of_asking(),
            self._reason("people.stop.note"),
            is_dangerous=True,
        )

    def _preference(self) -> Form:
        kinds = [(one.value, self._t(f"wish.{one}")) for one in PreferenceKind]
        channels = [("", "–"), *((one, self._where(one)) for one in WISHED)]
        places = [("", "–"), *((one, self._t(f"place.{one}")) for one in PLACES)]
        return self._form(
            "preference",
            Field("kind", self._t("people.preference.kind"), "select", kinds, required=True),
            Field("channel", self._t("people.preference.channel"), "select", channels),
            Field(
                "hours", self._t("people.preference.hours"),
                note=self._t("people.preference.hours.note"),
            ),
            Field(
                "days", self._t("people.preference.days"),
                note=self._t("people.preference.days.note"),
            ),
            Field("place", self._t("people.preference.place"), "select", places),
            self._form_of_asking(),
            self._reason("people.preference.note"),
        )  # fmt: skip

    def _matter(self) -> Form:
        kinds = [(one, self._t(f"intent.{one}")) for one in MATTERS]
        words = self._t("people.matter.text")
        return self._form(
            "matter",
            Field("kind", self._t("people.matter.kind"), "select", kinds, required=True),
            self._loan(whole=True),
            Field("text", words, "textarea", required=True, note=self._t("people.matter.note")),
        )

    def _hand_off(self) -> Form | None:
        loan = self._loan(whole=False)
        if not loan.options:
            return None
        kinds = [(one.value, self._t(f"hand_off.{one}")) for one in HandOffKind]
        agencies = [("", "–"), *((slug, one.name) for slug, one in self._lender.agencies.items())]
        to = None
        if len(agencies) > 1:
            to = Field("to", self._t("people.hand-off.to"), "select", agencies)
        return self._form(
            "hand-off",
            Field("kind", self._t("people.hand-off.kind"), "select", kinds, required=True),
            loan,
            to,
        )

    def _erase(self) -> Form:
        words = [(one, self._t(f"people.erase.{one}")) for one in ERASURES]
        return self._form(
            "erase",
            Field(
                "because", self._t("people.erase.because"), "select", words, required=True,
                note=self._t("people.erase.note"),
            ),
            is_dangerous=True,
        )  # fmt: skip

    def _form_of_asking(self) -> Field:
        forms = [("", "–")]
        forms += [(one, self._t(f"people.form.{one}")) for one in ("written", "oral")]
        return Field("form", self._t("people.form"), "select", forms)

    def _where(self, one: str) -> str:
        if one == EVERYTHING:
            return self._t("people.stop.everything")
        return say_or(self._language, f"channel.{Channel(one)}", one)

    def _zone_note(self) -> str:
        return say(self._language, "people.call.zone", zone=self._lender.timezone)
