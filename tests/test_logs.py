"""No application log names a person, whatever a call passes."""

from outreach.logs import drop_unknown


def test_a_key_that_is_not_known_to_be_harmless_is_dropped_and_counted() -> None:
    event = {"event": "message_settled", "person_id": 7, "phone": "+12125550143", "name": "Ada"}

    kept = drop_unknown(None, "info", event)

    assert kept == {"event": "message_settled", "person_id": 7, "count_dropped_keys": 2}


def test_harmless_keys_pass_as_they_are() -> None:
    event = {"event": "worker_ready", "level": "info", "kind": "dispatch"}

    assert drop_unknown(None, "info", dict(event)) == event
