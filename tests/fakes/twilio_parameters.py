"""What Twilio documents of each request: parameter names, and what their values may be.

Written by hand from the vendor's reference of api v2010 (Messages and Calls, checked 2026-11). The
vendor's own description lets unknown parameters, a garbage recipient and a validity out of bounds
pass; here nothing passes that isn't documented.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

Check = Callable[[str], bool]


def _like(pattern: str) -> Check:
    return lambda value: re.fullmatch(pattern, value, re.ASCII) is not None


def _one_of(*words: str) -> Check:
    return lambda value: value in words


def _between(least: int, most: int) -> Check:
    return lambda value: (
        value.isascii()
        and value.isdigit()
        and str(int(value)) == value
        and least <= int(value) <= most
    )


def _text(least: int, most: int) -> Check:
    return lambda value: least <= len(value) <= most


def _address(value: str) -> bool:
    """An absolute address; host names with an underscore are refused, fragments are ours to set."""
    parts = urlsplit(value)
    host = parts.hostname or "_"
    return parts.scheme in {"http", "https"} and "_" not in host and " " not in value


def _variables(value: str) -> bool:
    """A JSON object of texts."""
    try:
        found = json.loads(value)
    except ValueError:
        return False
    return isinstance(found, dict) and all(isinstance(one, str) and one for one in found.values())


_NUMBER: Final = _like(r"(whatsapp:)?\+[1-9]\d{6,14}")
_BOOL: Final = _one_of("true", "false", "True", "False")
_METHOD: Final = _one_of("GET", "POST")
_PAGE: Final[Mapping[str, Check]] = {
    "PageSize": _between(1, 1000),
    "Page": _between(0, 10**6),
    "PageToken": _text(1, 200),
}
_DAY: Final = _like(r"\d{4}-\d\d-\d\d")

MESSAGE_CREATE: Final[Mapping[str, Check]] = {
    "To": _NUMBER,
    "From": _NUMBER,
    "MessagingServiceSid": _like(r"MG[0-9a-fA-F]{32}"),
    "Body": _text(1, 1600),
    "ContentSid": _like(r"HX[0-9a-fA-F]{32}"),
    "ContentVariables": _variables,
    "StatusCallback": _address,
    "ValidityPeriod": _between(1, 36_000),
    "ScheduleType": _one_of("fixed"),
    "SendAt": _like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "SmartEncoded": _BOOL,
    "ContentRetention": _one_of("retain", "discard"),
    "AddressRetention": _one_of("retain", "obfuscate"),
}
MESSAGE_UPDATE: Final[Mapping[str, Check]] = {
    "Body": _text(0, 0),
    "Status": _one_of("canceled"),
}
MESSAGE_LIST: Final[Mapping[str, Check]] = {
    "To": _NUMBER,
    "From": _NUMBER,
    "DateSent": _DAY,
    "DateSent<": _DAY,
    "DateSent>": _DAY,
    **_PAGE,
}
CALL_CREATE: Final[Mapping[str, Check]] = {
    "To": _NUMBER,
    "From": _NUMBER,
    "Url": _address,
    "Method": _METHOD,
    "Twiml": _text(1, 4000),
    "FallbackUrl": _address,
    "FallbackMethod": _METHOD,
    "StatusCallback": _address,
    "StatusCallbackMethod": _METHOD,
    "StatusCallbackEvent": _one_of("initiated", "ringing", "answered", "completed"),
    "Timeout": _between(1, 600),
    "TimeLimit": _between(1, 14_400),
    "SendDigits": _like(r"[0-9#*w]{1,32}"),
    "CallReason": _text(1, 50),
    "Record": _BOOL,
    "RecordingChannels": _one_of("mono", "dual"),
    "RecordingStatusCallback": _address,
    "RecordingStatusCallbackMethod": _METHOD,
    "RecordingStatusCallbackEvent": _one_of("in-progress", "completed", "absent"),
    "MachineDetection": _one_of("Enable", "DetectMessageEnd"),
    "MachineDetectionTimeout": _between(3, 59),
    "MachineDetectionSpeechThreshold": _between(1000, 6000),
    "MachineDetectionSpeechEndThreshold": _between(500, 5000),
    "MachineDetectionSilenceTimeout": _between(2000, 10_000),
    "AsyncAmd": _BOOL,
    "AsyncAmdStatusCallback": _address,
    "AsyncAmdStatusCallbackMethod": _METHOD,
}
CALL_UPDATE: Final[Mapping[str, Check]] = {
    "Url": _address,
    "Method": _METHOD,
    "Twiml": _text(1, 4000),
    "Status": _one_of("canceled", "completed"),
}
CALL_LIST: Final[Mapping[str, Check]] = {
    "To": _NUMBER,
    "From": _NUMBER,
    "Status": _one_of(
        "queued", "ringing", "in-progress", "canceled", "completed", "busy", "no-answer", "failed"
    ),
    "StartTime": _DAY,
    "StartTime<": _DAY,
    "StartTime>": _DAY,
    **_PAGE,
}
# One of each group is needed to create something.
_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Messages": (("To",), ("From", "MessagingServiceSid"), ("Body", "ContentSid")),
    "Calls": (("To",), ("From",), ("Url", "Twiml")),
}
_TABLES: Final = {
    ("Messages", "create"): MESSAGE_CREATE,
    ("Messages", "update"): MESSAGE_UPDATE,
    ("Messages", "list"): MESSAGE_LIST,
    ("Calls", "create"): CALL_CREATE,
    ("Calls", "update"): CALL_UPDATE,
    ("Calls", "list"): CALL_LIST,
}
_PATH: Final = re.compile(
    r"/2010-04-01/Accounts/AC[0-9a-f]{32}(?:/(Messages|Calls)(?:/((?:SM|CA)[0-9a-f]{32}))?)?\.json"
)


def undocumented(method: str, path: str, parameters: Iterable[tuple[str, str]]) -> list[str]:
    """Return what a request has that the vendor doesn't document; empty where all of it is."""
    pairs = list(parameters)
    found = _PATH.fullmatch(path)
    if found is None:
        return [f"{method} of an address that isn't documented"]
    resource, sid = found.groups()
    if resource is None or (method == "GET" and sid is not None):
        return [f"{name}: takes no parameters" for name, _ in pairs]
    operation = "list" if method == "GET" else "update" if sid else "create"
    table = _TABLES[resource, operation]
    wrong = [
        f"{operation} {resource}: {name}={value!r}" if name in table else f"{name} is unknown"
        for name, value in pairs
        if name not in table or not table[name](value)
    ]
    if operation == "create":
        given = {name for name, _ in pairs}
        wrong += [
            f"create {resource}: none of {', '.join(group)}"
            for group in _NEEDED[resource]
            if given.isdisjoint(group)
        ]
        if "ScheduleType" in given and "MessagingServiceSid" not in given:
            wrong.append("only a service schedules")
    return wrong
