"""Verdicts in words: why an action may be taken, must wait or is refused, for whoever reviews it.

One file of sentences a language, beside this one. Rules stay visible by their ids; numbers, dates
and lists are written as the language does; instants at the local time of the place, with its zone.
"""

from outreach.rendering.verdicts.saying import (
    DecisionWords,
    ReasonWords,
    RuleIndex,
    index_rules,
    list_needs,
    say_around,
    say_cause,
    say_choice,
    say_decision,
    say_hold,
    say_moment,
    say_needs,
    say_reason,
    say_value,
)
from outreach.rendering.verdicts.sentences import LANGUAGES, Language

__all__ = [
    "LANGUAGES",
    "DecisionWords",
    "Language",
    "ReasonWords",
    "RuleIndex",
    "index_rules",
    "list_needs",
    "say_around",
    "say_cause",
    "say_choice",
    "say_decision",
    "say_hold",
    "say_moment",
    "say_needs",
    "say_reason",
    "say_value",
]
