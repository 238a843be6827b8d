"""The table of documented parameters refuses what the vendor's own description lets pass.

Both fakes hold every request of every test against it.
"""

from tests.fakes.twilio_parameters import undocumented

ROOT = "/2010-04-01/Accounts/AC" + "0a" * 16
MESSAGES, CALLS = f"{ROOT}/Messages.json", f"{ROOT}/Calls.json"
MESSAGE = {"To": "+12025550143", "From": "+15005550006", "Body": "x"}
CALL = {"To": "+12025550143", "From": "+15005550006", "Url": "https://cb.example/script"}


def wrong(path: str, form: dict[str, str], *, method: str = "POST") -> list[str]:
    return undocumented(method, path, form.items())


def test_what_is_documented_passes() -> None:
    assert wrong(MESSAGES, MESSAGE | {"ValidityPeriod": "36000"}) == []
    assert wrong(CALLS, CALL | {"MachineDetection": "DetectMessageEnd", "AsyncAmd": "true"}) == []
    assert wrong(f"{ROOT}/Messages/SM{'0' * 32}.json", {"Body": ""}) == []
    assert wrong(MESSAGES, {"To": "+12025550143", "PageSize": "50"}, method="GET") == []
    assert wrong(f"{ROOT}.json", {}, method="GET") == []


def test_what_is_not_is_named() -> None:
    rows: tuple[tuple[str, dict[str, str], str], ...] = (
        (MESSAGES, MESSAGE | {"IdempotencyKey": "x"}, "IdempotencyKey is unknown"),
        (MESSAGES, MESSAGE | {"ValidityPeriod": "36001"}, "ValidityPeriod='36001'"),
        (MESSAGES, MESSAGE | {"ValidityPeriod": "5.5"}, "ValidityPeriod='5.5'"),
        (MESSAGES, MESSAGE | {"To": "12025550143"}, "To='12025550143'"),
        (MESSAGES, MESSAGE | {"StatusCallback": "https://a_b.example/"}, "StatusCallback="),
        (MESSAGES, MESSAGE | {"ContentRetention": "never"}, "ContentRetention='never'"),
        (MESSAGES, MESSAGE | {"ContentVariables": '{"1": 2}'}, "ContentVariables="),
        (MESSAGES, MESSAGE | {"ScheduleType": "fixed"}, "only a service schedules"),
        (MESSAGES, {"To": "+12025550143", "Body": "x"}, "none of From, MessagingServiceSid"),
        (CALLS, CALL | {"MachineDetection": "DetectSomething"}, "MachineDetection="),
        (CALLS, {"To": "+12025550143", "From": "+15005550006"}, "none of Url, Twiml"),
        (f"{ROOT}/Messages/SM{'0' * 32}.json", {"Body": "other words"}, "Body='other words'"),
        (f"{ROOT}/Other.json", {}, "isn't documented"),
    )
    missed = [
        f"{form}: {found}"
        for path, form, named in rows
        if len(found := wrong(path, form)) != 1 or named not in found[0]
    ]
    assert missed == []
