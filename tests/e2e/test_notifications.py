"""The feed behind an app's inbox: sent by no push service, read by the lender, marked by the app."""

import json
from typing import Any, Final

from tests.e2e.channels import Channels, a_token
from tests.e2e.service import NOON, Service, a_service, signed

INBOX: Final[dict[str, Any]] = {
    "providers": {"inbox": {"adapter": "app_inbox", "options": {}}},
    "senders": {
        "inbox": {
            "channel": "push",
            "provider": "inbox",
            "address": "com.acme.app",
            "rate_per_second": 1000,
        }
    },
}
FEED: Final = "/v1/borrowers/BR-1/notifications"


async def feed(service: Service, target: str = FEED, *, sign: str | None = None) -> Any:
    """Ask for a page; returns (status, document)."""
    headers = signed("ask-1", (sign or target).encode(), at=service.now)
    async with service.runtime.http.get(service.base_url + target, headers=headers) as answer:
        return answer.status, json.loads(await answer.read())


async def test_an_app_without_push_reads_what_was_sent_and_tells_what_was_seen(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=INBOX, has_house=True) as service:
        token, due = a_token("dev-1", "user-000042", "inbox"), Channels(service).due
        await service.post(service.borrower(push=[token]), due(-3))
        await service.fold()
        assert await feed(service) == (200, {"notifications": [], "next": None})
        await service.dispatch()

        status, page = await feed(service)
        assert (status, page["next"]) == (200, None)
        [shown] = page["notifications"]
        assert (shown["title"], shown["delivered"], shown["read"]) == ("Acme Lending", False, False)
        assert shown["text"] == "You have a message about your account. Open the app to read it."

        receipt = {"contact_id": shown["id"], "at": service.now.isoformat()}
        await service.post(
            service.signal("app.read", "borrower/BR-1", borrower={"id": "BR-1"}, receipt=receipt)
        )
        await service.fold()
        [shown] = (await feed(service))[1]["notifications"]
        assert (shown["delivered"], shown["read"]) == (True, True)

        # Simulated ones went to nobody, and an erased borrower has none.
        await service.rows("UPDATE contacts SET provider = 'simulated' RETURNING 1")
        assert (await feed(service))[1]["notifications"] == []
        await service.rows("UPDATE persons SET wrapped_key = NULL RETURNING 1")
        assert (await feed(service))[0] == 404


async def test_pages_are_cut_by_key_and_end(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, lender=INBOX, has_house=True) as service:
        token, due = a_token("dev-1", "user-000042", "inbox"), Channels(service).due
        await service.post(service.borrower(push=[token]), due(-3))
        await service.fold()
        await service.dispatch()
        await service.move_to(NOON.replace(day=26))
        await service.post(due(0))
        await service.fold()
        await service.dispatch()
        assert len(await service.contacts()) == 2

        status, first = await feed(service, f"{FEED}?limit=1")
        assert status == 200
        _, second = await feed(service, f"{FEED}?limit=1&after={first['next']}")
        whole = (await feed(service))[1]["notifications"]
        assert [*first["notifications"], *second["notifications"]] == whole
        assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
        assert second["next"] is None


async def test_only_the_lender_is_told_and_only_what_can_be_asked(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=INBOX, has_house=True) as service:
        await service.post(service.borrower())
        await service.fold()
        asked = {
            "another target": (await feed(service, f"{FEED}?limit=5", sign=FEED))[0],
            "nobody": (await feed(service, "/v1/borrowers/BR-404/notifications"))[0],
            "no number": (await feed(service, f"{FEED}?limit=all"))[0],
            "too many": (await feed(service, f"{FEED}?limit=101"))[0],
            "no cursor": (await feed(service, f"{FEED}?after=MQ%3D%3D"))[0],
            "garbage": (await feed(service, f"{FEED}?after=%C3%A9"))[0],
        }
        async with service.runtime.http.get(service.base_url + FEED) as answer:
            asked["unsigned"] = answer.status

    assert asked == {
        "another target": 401,
        "nobody": 404,
        "no number": 400,
        "too many": 400,
        "no cursor": 400,
        "garbage": 400,
        "unsigned": 401,
    }
