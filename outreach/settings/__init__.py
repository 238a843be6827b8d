"""Settings: `OUTREACH_*` variables over one TOML file; frozen, closed, checked as a whole.

This package is the only reader of the environment. Every field is described in its model, and
docs/settings.md is generated from there.
"""

from outreach.settings.installation import (
    ClockMode,
    Profile,
    Settings,
    choose_config_file,
    config_file,
)
from outreach.settings.lenders import Lender, Provider, ReadBack, Sender, Source
from outreach.settings.loading import load_settings, settings_from
from outreach.settings.problems import Problem, SettingsError

__all__ = [
    "ClockMode",
    "Lender",
    "Problem",
    "Profile",
    "Provider",
    "ReadBack",
    "Sender",
    "Settings",
    "SettingsError",
    "Source",
    "choose_config_file",
    "config_file",
    "load_settings",
    "settings_from",
]
