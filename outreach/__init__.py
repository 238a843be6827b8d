"""Outreach: lawful loan reminders and overdue follow-up, from signed signal to proven contact."""

import zoneinfo

__version__ = "0.1.0"

# Clocks follow the pinned `tzdata` package on every machine, never what the system happens to have:
# a decision must come out the same when it is replayed years later.
zoneinfo.reset_tzpath(to=())
