"""Papers and pages for the people who take a step: laid out in the lender's language, no script.

Nothing in them is loaded from anywhere, so that a file on a disk reads as it did when it was
written.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach.rendering.locales import format_day, format_money
from outreach.rendering.paper_words import WORDS

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
LOCALES: Final[Mapping[Language, str]] = {"en": "en-US", "zh": "zh-CN"}
"""In which each language's amounts and dates are written."""
_WIDEST_FIRST: Final = frozenset({"CN", "HK", "MO", "TW"})
_WITH_STATE: Final = frozenset({"US", "CA", "AU"})


def language_of(locale: str) -> Language:
    """Return the language of a locale's papers: Chinese for Chinese, English for all others."""
    return "zh" if locale.partition("-")[0] == "zh" else "en"


def say(key: str, language: Language, **known: object) -> str:
    """Return what papers say for a key.

    Raises:
        KeyError: There is no such key, or it wants to know more.
    """
    return WORDS[key][LANGUAGES.index(language)].format(**known)


class Papers:
    """Lays out what is in one folder of templates.

    Args:
        folder: `hand_offs` below the installation's templates.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, name: str, known: Mapping[str, Any], language: Language) -> str:
        """Return `<name>.html` with what is known, in a language.

        Raises:
            jinja2.UndefinedError: The template asks for what isn't known.
        """
        template = self._environment.get_template(f"{name}.html")
        locale = LOCALES[language]

        def money(minor: int, currency: str) -> str:
            return format_money(minor, currency, locale)

        def day(on: date | str) -> str:
            return format_day(date.fromisoformat(on) if isinstance(on, str) else on, locale)

        def clock(at: datetime, zone: str) -> str:
            return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")

        def moment(at: datetime, zone: str) -> str:
            local = at.astimezone(ZoneInfo(zone))
            return f"{format_day(local.date(), locale)} {local:%H:%M}"

        return template.render(
            **known,
            say=lambda key, **parts: say(key, language, **parts),
            said=lambda key: key in WORDS,
            money=money,
            day=day,
            clock=clock,
            moment=moment,
            lines_of=lines_of,
            name_of=name_of,
            language=LOCALES[language],
        )

    def lay_out(self, name: str, known: Mapping[str, Any], locale: str) -> dict[str, bytes]:
        """Return the paper as files by their names."""
        html = self.page(name, known, language_of(locale))
        return {f"{name}.html": html.encode()}


def lines_of(address: object) -> list[str]:
    """Return a postal address as lines, in the manner of its country; nothing that isn't there."""
    if not isinstance(address, dict):
        return []
    told = {name: str(value) for name, value in address.items() if isinstance(value, str | int)}
    listed = address.get("lines")
    more = map(str, listed) if isinstance(listed, list) else ()
    street = [told[name] for name in ("line1", "line2", "street", "lines") if told.get(name)]
    street += [line for line in more if line]
    country = told.get("country", "")
    region = told.get("region", "").removeprefix(f"{country}-")
    code, city = told.get("postal_code", ""), told.get("city", "")
    if country in _WIDEST_FIRST:
        # Regions are codes (`CN-SC`) unless the platform writes them out.
        wide = "" if region.isascii() else region
        lines = [code, "".join([wide, city, told.get("district", ""), *street])]
    else:
        town = f"{city}, {region} {code}" if country in _WITH_STATE else f"{code} {city}"
        lines = [*street, told.get("district", ""), town.strip(" ,")]
    return [line for line in lines if line]


def name_of(name: object) -> str:
    """Return a person's name as it is written, "" where nobody told it."""
    if not isinstance(name, dict):
        return ""
    if display := name.get("display"):
        return str(display)
    return " ".join(str(name[part]) for part in ("given", "family") if name.get(part))
