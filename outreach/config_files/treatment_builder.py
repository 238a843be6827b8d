"""The parts of a treatment file, turned into frozen domain types."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Final

from msgspec import UNSET, UnsetType

from outreach.config_files.step_schema import (
    ConditionsFile,
    DefaultsFile,
    EventStepFile,
    RetryFile,
    RouteFile,
    StepFile,
)
from outreach.config_files.treatment_schema import (
    AmountFile,
    ExperimentFile,
    OpensFile,
    SegmentFile,
    StageFile,
    StatementStepFile,
    TreatmentFile,
)
from outreach.domain.conditions import Compile, Condition, ConditionError
from outreach.domain.experiments import HOLD_OUT, Arm, Experiment
from outreach.domain.money import AmountError, Money, UnknownCurrencyError
from outreach.domain.records import dataclass
from outreach.domain.segments import Amounts, Selector
from outreach.domain.steps import (
    Conditions,
    Evidence,
    LocalWindow,
    Repeat,
    Retry,
    Route,
    StageSpan,
    Step,
    TreatmentError,
)
from outreach.domain.treatment import Treatment, Trigger
from outreach.domain.vocabulary import Channel, ErrorClass


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds one treatment.

    Attributes:
        compile_condition: Turns an expression into a condition.
        defaults: What holds for steps that don't say otherwise.
    """

    compile_condition: Compile
    defaults: DefaultsFile

    def treatment(self, shape: TreatmentFile, content_hash: str) -> Treatment:
        """Build all of it.

        Raises:
            TreatmentError: A contradiction, with its place.
        """
        steps = {
            Trigger.CURED: shape.thanks,
            Trigger.RESOLVED: shape.satisfaction,
            Trigger.PAID: shape.receipt,
            Trigger.PAID_OFF: shape.paid_off,
            Trigger.STATEMENT: shape.statement,
        }
        names = {
            Trigger.CURED: "thanks",
            Trigger.RESOLVED: "satisfaction",
            Trigger.PAID: "receipt",
            Trigger.PAID_OFF: "paid_off",
            Trigger.STATEMENT: "statement",
        }
        starts = _day("effective_from", shape.effective_from)
        ends = _day("effective_to", shape.effective_to)
        if starts is not None and ends is not None and ends <= starts:
            raise TreatmentError("effective_to", f"it ends on {ends}, before it begins: turn round")
        quote = shape.early_payoff_quote
        return Treatment(
            name=shape.treatment,
            content_hash=content_hash,
            locale=shape.locale,
            segments=tuple(
                self._selector(f"segments.{number}", segment)
                for number, segment in enumerate(shape.segments)
            ),
            stages=tuple(
                self._stage(f"stages.{number}", stage) for number, stage in enumerate(shape.stages)
            ),
            quote_step=None
            if isinstance(quote, UnsetType)
            else self._event_step("early_payoff_quote", quote),
            promise_tolerance_days=shape.promise_tolerance_days,
            events={
                trigger: self._event_step(names[trigger], step)
                for trigger, step in steps.items()
                if not isinstance(step, UnsetType)
            },
            statement_months=_months(shape.statement),
            experiment=_experiment(shape.experiment),
            together_days=shape.together_days,
            effective_from=starts,
            effective_to=ends,
            on_change=shape.on_change,
        )

    def _selector(self, path: str, shape: SegmentFile) -> Selector:
        return Selector(
            lenders=frozenset(shape.lenders),
            countries=frozenset(shape.countries),
            products=frozenset(shape.products),
            roles=frozenset(shape.roles),
            languages=frozenset(shape.languages),
            jurisdictions=frozenset(shape.jurisdictions),
            risk_tiers=frozenset(shape.risk_tiers),
            payers=frozenset(shape.history),
            amounts=tuple(
                _amounts(f"{path}.amounts.{number}", one)
                for number, one in enumerate(shape.amounts)
            ),
            when=self._condition(f"{path}.when", shape.when),
        )

    def _condition(self, path: str, source: str | UnsetType) -> Condition | None:
        if isinstance(source, UnsetType):
            return None
        try:
            return self.compile_condition(source)
        except ConditionError as error:
            raise TreatmentError(path, f"{source!r}: {error}") from error

    def _stage(self, path: str, shape: StageFile) -> StageSpan:
        return StageSpan(
            stage=shape.stage,
            bucket=shape.bucket,
            from_day=shape.from_day,
            to_day=shape.to_day,
            steps=tuple(
                self._step(f"{path}.steps.{number}", step)
                for number, step in enumerate(shape.steps)
            ),
            opens=self._evidence(f"{path}.opens", shape.opens),
        )

    def _evidence(self, path: str, shape: OpensFile) -> Evidence:
        return Evidence(
            notices=shape.notices,
            proof=shape.proof,
            channels=frozenset(Channel(name) for name in shape.channels),
            days_since=shape.days_since,
            none_open=frozenset(shape.none_open),
            when=self._condition(f"{path}.when", shape.when),
        )

    def _step(self, path: str, shape: StepFile) -> Step:
        defaults, repeat = self.defaults, shape.repeat
        return Step(
            key=shape.key,
            day=shape.day,
            purpose=shape.purpose,
            window=_window(path, shape.window or defaults.window),
            routes=_routes(path, shape.routes),
            late_by=defaults.late_by if isinstance(shape.late_by, UnsetType) else shape.late_by,
            conditions=self._conditions(path, shape.conditions or defaults.conditions),
            retry=_retry(shape.retry or defaults.retry),
            fallback_on=_fallback(shape, defaults),
            repeat=None
            if isinstance(repeat, UnsetType)
            else Repeat(repeat.every_days, repeat.until_day),
            spacing=_spacing(shape, defaults),
            approval=None if isinstance(shape.approval, UnsetType) else shape.approval,
            arms=frozenset(shape.arms),
            mandatory=shape.mandatory,
            offers_payoff=shape.early_payoff,
        )

    def _event_step(self, path: str, shape: EventStepFile) -> Step:
        return Step(
            key=shape.key,
            day=0,
            purpose=shape.purpose,
            window=_window(path, shape.window or self.defaults.window),
            routes=_routes(path, shape.routes),
            retry=_retry(shape.retry or self.defaults.retry),
            fallback_on=_fallback(shape, self.defaults),
            spacing=_spacing(shape, self.defaults),
        )

    def _conditions(self, path: str, shape: ConditionsFile) -> Conditions:
        where = f"{path}.conditions"
        return Conditions(
            floor_minor=tuple(
                (currency, _minor(f"{where}.amount_at_least", text, currency))
                for currency, text in sorted(shape.amount_at_least.items())
            ),
            while_provisional=shape.while_provisional,
            first_contact=None
            if isinstance(shape.first_contact, UnsetType)
            else shape.first_contact,
            risk_buckets=frozenset(shape.risk_buckets),
            when=self._condition(f"{where}.when", shape.when),
        )


def _day(path: str, text: str | UnsetType) -> date | None:
    if isinstance(text, UnsetType):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TreatmentError(path, f"{text} is no day of the calendar") from None


def _months(shape: StatementStepFile | UnsetType) -> int:
    """Return how many months a statement covers that nobody asked for; 0: there is none."""
    return 0 if isinstance(shape, UnsetType) else shape.every_months or 0


def _experiment(shape: ExperimentFile | UnsetType) -> Experiment | None:
    if isinstance(shape, UnsetType):
        return None
    arms = [Arm(arm.key, arm.percent) for arm in shape.arms]
    if shape.hold_out:
        arms.append(Arm(HOLD_OUT, shape.hold_out))
    try:
        return Experiment(shape.key, tuple(arms))
    except ValueError as error:
        raise TreatmentError("experiment.arms", f"{error}, the hold-out counted in") from error


def _amounts(path: str, shape: AmountFile) -> Amounts:
    least, below = shape.at_least, shape.below
    return Amounts(
        shape.currency,
        None if isinstance(least, UnsetType) else _minor(path, least, shape.currency),
        None if isinstance(below, UnsetType) else _minor(path, below, shape.currency),
    )


def _minor(path: str, text: str, currency: str) -> int:
    try:
        return Money.from_decimal_text(text, currency).minor
    except (AmountError, UnknownCurrencyError) as error:
        problem = f"{currency} {text}: {currency} must be in ISO 4217, the amount plain digits"
        raise TreatmentError(path, problem) from error


def _window(path: str, text: str) -> LocalWindow:
    opens, closes = (time.fromisoformat(part) for part in text.split("-"))
    if opens >= closes:
        problem = f"{text} is open at no time: it may not span midnight"
        raise TreatmentError(f"{path}.window", problem)
    return LocalWindow(opens, closes)


_BY_PEOPLE: Final = frozenset({Channel.VISIT, Channel.AGENCY_HANDOFF, Channel.RECORDS})


def _routes(path: str, shapes: Sequence[RouteFile]) -> tuple[Route, ...]:
    for number, shape in enumerate(shapes):
        if not shape.template and shape.channel not in _BY_PEOPLE:
            raise TreatmentError(f"{path}.routes.{number}.template", "it says what is sent")
    return tuple(Route(Channel(shape.channel), shape.template, shape.addresses) for shape in shapes)


def _retry(shape: RetryFile | UnsetType) -> Retry:
    if shape is UNSET:
        return Retry()
    return Retry(
        on=frozenset(ErrorClass(name) for name in shape.errors),
        after=timedelta(minutes=shape.after_minutes),
        times=shape.times,
    )


def _fallback(shape: EventStepFile, defaults: DefaultsFile) -> frozenset[ErrorClass]:
    names = defaults.fallback_on if shape.fallback_on is UNSET else shape.fallback_on
    return frozenset(ErrorClass(name) for name in names)


def _spacing(shape: EventStepFile, defaults: DefaultsFile) -> timedelta:
    hours = defaults.spacing_hours if shape.spacing_hours is UNSET else shape.spacing_hours
    return timedelta(hours=hours)
