"""Errors that people can mend, in words: what, where, how to mend it."""

import sys
from typing import Final

# By module, since none of them needs to be loaded to tell that it isn't its error.
_SPEAKING: Final = {
    "outreach.settings.problems": ("SettingsError",),
    "outreach.channels": ("UnknownAdapterError", "WrongChannelError", "WrongOptionsError"),
    "outreach.channels.gateway_file": ("DescriptionError",),
    "outreach.embedded.ground": ("EmbeddedUnavailableError",),
    "outreach.store.migrate": ("MigrationError",),
    "outreach.config_files.packs": ("PackError",),
    "outreach.config_files.scorecards": ("ScorecardFileError",),
    "outreach.config_files.treatments": ("TreatmentFileError",),
    "outreach.rendering.errors": ("TemplateFileError", "RenderError"),
}
_DATABASE: Final = {
    "InvalidPasswordError": "PostgreSQL refuses the password: correct it in OUTREACH_DATABASE_URL",
    "InvalidAuthorizationSpecificationError": "PostgreSQL knows no such user, or doesn't let it in"
    " from here: correct OUTREACH_DATABASE_URL",
    "InvalidCatalogNameError": "there is no such database: create it, or correct"
    " OUTREACH_DATABASE_URL",
    "UndefinedTableError": "the database lacks our tables: run `outreach migrate`",
    "UndefinedColumnError": "the database is older than this release: run `outreach migrate`",
    "InsufficientPrivilegeError": "the database user lacks a right: grant it ownership of the"
    " database, and CREATEROLE for `outreach migrate`",
    "TooManyConnectionsError": "PostgreSQL has no connection left: raise max_connections, or run"
    " fewer processes",
}


def said_for_people(error: Exception) -> str | None:
    """Return what to tell the person at the terminal; None for a defect of ours."""
    for module, names in _SPEAKING.items():
        loaded = sys.modules.get(module)
        if loaded and isinstance(error, tuple(getattr(loaded, name) for name in names)):
            return _lines(str(error))
    asyncpg = sys.modules.get("asyncpg")
    if asyncpg and isinstance(error, asyncpg.PostgresError):
        return _DATABASE.get(type(error).__name__)
    redis = sys.modules.get("redis")
    if redis and isinstance(error, redis.exceptions.ConnectionError):
        return "Valkey doesn't answer: start it, or correct OUTREACH_REDIS_URL"
    if isinstance(error, ConnectionError | TimeoutError):
        return f"a server doesn't answer ({error}): start it, or correct its address"
    return None


def _lines(text: str) -> str:
    first, *rest = text.splitlines() or [""]
    return "\n".join([first, *(f"       {line}" for line in rest)])
