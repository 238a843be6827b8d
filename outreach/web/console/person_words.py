"""What a borrower asked for or allowed, in words."""

from outreach.domain.preference_words import WEEKDAYS
from outreach.domain.preferences import CONTACT_HOURS, EVERY_DAY, Preference
from outreach.domain.vocabulary import PreferenceKind
from outreach.web.console.words import Language, say, say_or


def preference_words(language: Language, one: Preference) -> str:
    """Return a preference in one line: against, only or agreed, and what it names."""
    parts = []
    if one.channel:
        parts.append(where_of(language, one.channel))
    if one.place:
        parts.append(say_or(language, f"place.{one.place}", one.place))
    if one.kind is PreferenceKind.AGREED and one.about != CONTACT_HOURS:
        parts.append(one.about)
    if one.days != EVERY_DAY:
        parts += [say(language, f"weekday.{WEEKDAYS[day]}") for day in sorted(one.days)]
    if one.start_minute != one.end_minute:
        parts.append(f"{clock_of(one.start_minute)}–{clock_of(one.end_minute)}")
    gap = "、" if language == "zh" else ", "
    kind = say(language, f"wish.{one.kind}")
    return f"{kind}: {gap.join(parts)}" if parts else kind


def where_of(language: Language, medium: str) -> str:
    """Return a channel, or what stands for several, in words."""
    return say_or(language, f"channel.{medium}", say_or(language, f"medium.{medium}", medium))


def clock_of(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"
