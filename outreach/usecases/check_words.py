"""Whether every step of the treatments has words to say, for the purpose it is made for."""

from collections.abc import Iterable, Iterator

from outreach.domain.hand_offs import kind_of
from outreach.domain.steps import Step
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import Catalog
from outreach.rendering.errors import RenderError


def words_missing(treatments: Iterable[Treatment], catalog: Catalog) -> Iterator[str]:
    """Yield one sentence for each step whose template isn't there or is for another purpose."""
    for treatment in treatments:
        steps = [step for span in treatment.stages for step in span.steps]
        if treatment.quote_step is not None:
            steps.append(treatment.quote_step)
        steps += treatment.events.values()
        for step in steps:
            yield from _missing(treatment, step, catalog)


def _missing(treatment: Treatment, step: Step, catalog: Catalog) -> Iterator[str]:
    for route in step.routes:
        if route.channel is Channel.LETTER or kind_of(route.channel, step.purpose) is not None:
            continue  # letters have templates of their own, and people say it in their own words
        place = f"{treatment.name}, step {step.key}"
        try:
            template = catalog.pick(route.template, route.channel, (treatment.locale,))
        except RenderError:
            path = f"{route.template}/{treatment.locale}/{route.channel}.txt.j2"
            yield f"{place}: there are no words: write templates/messages/{path}"
            continue
        if step.purpose not in template.purposes:
            allowed = ", ".join(sorted(template.purposes))
            yield (
                f"{place}: {route.template} is for {allowed}, not for {step.purpose}: "
                "use another template, or add the purpose to its meta.yaml"
            )
