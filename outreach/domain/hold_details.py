"""What a signal says of a hold beyond its kind and span: who, in which form, what it lets through.

Each detail is kept only where it was told; rules read what is missing in the person's favor.
"""

from typing import Any, Final

from outreach.domain.members import Json, flag, text, text_or, texts, wrong

FORMS: Final = frozenset({"written", "oral"})
_FORM_OF_CHANNEL: Final = {
    **dict.fromkeys(("letter", "email", "sms", "whatsapp", "chat", "form", "fax"), "written"),
    **dict.fromkeys(("call", "voice", "phone", "visit", "branch"), "oral"),
}
_FLAGS: Final = ("in_validation_period", "arguable")


def read_details(told: Json) -> dict[str, Any]:
    """Return the details of one word on a hold, as JSON-ready values.

    `form` follows from the channel it came on, where that leaves no doubt. `attributes` are scalars
    that rules of one kind may ask for.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    found: dict[str, Any] = {}
    if by := text_or(told, "by"):
        found["by"] = by
    form = text_or(told, "form") or _FORM_OF_CHANNEL.get(text_or(told, "channel"), "")
    if form and form not in FORMS:
        raise wrong("form")
    if form:
        found["form"] = form
    for name in ("allowed_purposes", "recipients"):
        if listed := texts(told, name):
            found[name] = sorted(set(listed))
    attributes = _attributes(told)
    attributes.update({name: flag(told, name) for name in _FLAGS if name in told})
    if attributes:
        found["attributes"] = attributes
    return found


def _attributes(told: Json) -> dict[str, bool | int | str]:
    given = told.get("attributes")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong("attributes")
    found: dict[str, bool | int | str] = {}
    for name, value in given.items():
        found[name] = value if isinstance(value, bool | int) else text(given, name)
    return found
