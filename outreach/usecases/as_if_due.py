"""A step of somebody's treatment as if its time had come: to look at, never to send. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from outreach.domain.local_time import local_date
from outreach.domain.standing import Due, Option, Standing
from outreach.domain.steps import Step
from outreach.domain.treatment import Treatment
from outreach.domain.tries import options_of
from outreach.domain.vocabulary import Channel, Stage


def as_if_due(
    plans: Sequence[tuple[Treatment, Standing]],
    step_key: str,
    channel: Channel | None,
    now: datetime,
) -> Due | None:
    """Return a step as due now for the first loan whose treatment has it; None if none has.

    Args:
        plans: Each loan with its treatment.
        step_key: The step's own key; a repetition is judged as its first day is.
        channel: The one to try, also where the step has no route through it; None: the step's.
        now: Aware.
    """
    for treatment, standing in plans:
        for stage, step in _steps(treatment):
            if step.key != step_key:
                continue
            today = local_date(now, standing.lender_zone)
            return Due(
                standing=standing,
                step=step,
                step_key=step.key,
                stage=stage,
                day=(today - (standing.due_on or today)).days,
                occurrence=standing.occurrence,
                try_number=1,
                options=tuple(_options(step, standing, channel)),
                closes_at=now + timedelta(days=1),
                arm=treatment.arm_of(standing.person_id),
            )
    return None


def step_keys(plans: Iterable[Treatment]) -> list[str]:
    """Return the keys of every step of some treatments, in order and each once."""
    return list(dict.fromkeys(step.key for one in plans for _, step in _steps(one)))


def _steps(treatment: Treatment) -> Iterator[tuple[Stage, Step]]:
    for span in treatment.stages:
        for step in span.steps:
            yield span.stage, step
    first = treatment.stages[0].stage
    if treatment.quote_step is not None:
        yield first, treatment.quote_step
    for step in treatment.events.values():
        yield first, step


def _options(step: Step, standing: Standing, channel: Channel | None) -> Iterator[Option]:
    options = options_of(step, standing)
    if channel is None:
        yield from options
        return
    own = [one for one in options if one.channel is channel]
    yield from own
    if not own and step.routes:
        for endpoint in standing.addresses.get(channel, ()):
            yield Option(channel, endpoint, step.routes[0].template)
