"""The environment of child processes: ours, with the servers that were started for them."""

import os

from outreach.settings.installation import PREFIX, Settings


def child_environment(settings: Settings, *fields: str) -> dict[str, str]:
    """Return the variables that a child `outreach` process needs to work on the same servers.

    Args:
        settings: With both servers named.
        fields: Plain settings that the child must not read for itself, since they were chosen here.
    """
    return {
        **os.environ,
        **{f"{PREFIX}{field.upper()}": str(getattr(settings, field)) for field in fields},
        "OUTREACH_DATABASE_URL": settings.require_database_url(),
        "OUTREACH_REDIS_URL": settings.require_redis_url(),
    }
