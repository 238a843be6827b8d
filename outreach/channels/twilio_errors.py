"""Twilio's codes and what they mean, from the data file beside this module."""

from functools import cache
from pathlib import Path

from outreach.channels.code_table import CodeTable, read_table


@cache
def error_table() -> CodeTable:
    """Read the data file once."""
    return read_table(Path(__file__).with_name("twilio_errors.yaml"))
