"""When what is sent does more harm than good."""

from datetime import timedelta

from pydantic import Field

from outreach.settings.lenders import Section


class ErrorBrake(Section):
    """Shares above which a template or a sender is paused until somebody has looked."""

    window: timedelta = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=5),
        le=timedelta(days=2),
        description="How far back contacts are counted, in wall time; ISO 8601 or seconds.",
    )
    minimum: int = Field(
        50, ge=1, description="Contacts of a template or sender below which no share is judged."
    )
    filtered: float = Field(
        0.05, gt=0, le=1, description="Share that carriers filtered or refused for reputation."
    )
    opt_outs: float = Field(
        0.05, gt=0, le=1, description="Share after which the recipient opted out."
    )
    complaints: float = Field(
        0.01, gt=0, le=1, description="Share after which the recipient complained."
    )
