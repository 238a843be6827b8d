"""Reading the settings: file, environment, or a mapping; everything that is wrong, at once."""

import os
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from outreach.settings.installation import CONFIG_VARIABLE, PREFIX, Settings, config_file
from outreach.settings.problems import Problem, SettingsError, problems_of, unknown_key

# Set by test runs, and by Kubernetes for any service that is called `outreach`.
_FOREIGN_VARIABLES: Final = ("OUTREACH_TEST_", "OUTREACH_SERVICE_", "OUTREACH_PORT")


class _Given(Settings):
    """Settings from arguments alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings(**overrides: Any) -> Settings:
    """Read file and environment; `overrides` stand over both.

    Raises:
        SettingsError: With everything that is wrong, where it is and how to mend it.
    """
    path = config_file()
    if path is not None and not path.is_file():
        mend = "correct OUTREACH_CONFIG, or write the file; config/outreach.toml is an example"
        raise SettingsError([Problem("OUTREACH_CONFIG", f"there is no {path}", mend)])
    strange = _unknown_variables(os.environ)
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError([*strange, *problems_of(error, Settings)]) from None
    except tomllib.TOMLDecodeError as error:
        problem = Problem(str(path), f"is no valid TOML: {error}", "correct that line")
        raise SettingsError([problem]) from None
    if strange:
        raise SettingsError(strange)
    return settings


def settings_from(data: Mapping[str, Any]) -> Settings:
    """Return settings from a mapping alone: neither file nor environment is read.

    Raises:
        SettingsError: As `load_settings`.
    """
    try:
        return _Given(**data)
    except ValidationError as error:
        raise SettingsError(problems_of(error, Settings)) from None


def _unknown_variables(environment: Mapping[str, str]) -> list[Problem]:
    found = []
    for name in sorted(environment):
        known = name == CONFIG_VARIABLE or name.startswith(_FOREIGN_VARIABLES)
        if name.startswith(PREFIX) and not known:
            key = name.removeprefix(PREFIX).lower().split("__")[0]
            if key not in Settings.model_fields:
                variables = [PREFIX + field.upper() for field in Settings.model_fields]
                found.append(unknown_key(name, name.split("__")[0], variables))
    return found
