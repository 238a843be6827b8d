"""A borrower who is late enough for people to step in, in one country or the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from outreach.domain.hand_offs import HandOffKind
from outreach.store.hand_offs import KeptHandOff, list_hand_offs
from tests.e2e.borrowing import CHINA, CHINESE
from tests.e2e.service import NOON, ROOT, Service, a_service
from tests.e2e.signals import a_phone

COUNTRIES: Final = ("US", "CN")
MORNING: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""11:00 in Shanghai."""
HOME: Final = {
    "US": {"country": "US", "region": "US-PA", "city": "Erie", "line1": "12 Elm St"},
    "CN": {"country": "CN", "region": "CN-SC", "city": "成都", "line1": "人民路1号"},
}
AGENCY: Final = {
    "name": "Honest Collections Co.",
    "listed": True,
    "agreement": "A-17",
    "agreement_complete": True,
    "assessment": "PIA-3",
}
TREATMENT: Final = """
treatment: people
about: Steps that people take, one a stage.
locale: en-US
segments: [{countries: [US, CN]}]
defaults: {window: "09:00-20:00", late_by: 5}
stages:
"""
STAGES: Final = {
    60: """
  - stage: late
    bucket: 60-400
    from_day: 60
    to_day: 400
    steps:
      - {key: visit, day: 60, purpose: collection, routes: [{channel: visit}]}
""",
    90: """
  - stage: pre_legal
    bucket: 90-400
    from_day: 90
    to_day: 400
    steps:
      - {key: place, day: 90, purpose: collection, routes: [{channel: agency_handoff}]}
""",
    120: """
  - stage: legal
    bucket: 120+
    from_day: 120
    to_day: 400
    steps:
      - {key: refer, day: 120, purpose: legal_notice, routes: [{channel: records}]}
      - key: text
        day: 128
        purpose: collection
        routes: [{channel: sms, template: overdue_late}]
""",
}


@asynccontextmanager
async def late(
    servers: tuple[str, str],
    folder: Path,
    country: str,
    days: int,
    **lender: Any,
) -> AsyncIterator[Service]:
    """Run the service with a borrower who is so many days late, told and folded."""
    config = folder / "config"
    (config / "treatments").mkdir(parents=True)
    stage = STAGES[max(STAGES if days < min(STAGES) else [one for one in STAGES if one <= days])]
    (config / "treatments" / "people.yaml").write_text(TREATMENT + stage)
    (config / "compliance").symlink_to(ROOT / "config" / "compliance")
    changes = {**(CHINA if country == "CN" else {}), "treatment": "people", **lender}
    at = NOON if country == "US" else MORNING
    options = {"config_dir": str(config), **changes}
    async with a_service(*servers, at=at, lender=options) as service:
        runtime = service.runtime
        runtime.settings = runtime.settings.model_copy(
            update={"hand_off_dir": folder / "hand-offs"}
        )
        await service.post(someone(service, country), overdue(service, country, days))
        await service.fold()
        yield service


def someone(service: Service, country: str) -> dict[str, Any]:
    """Return a borrower at home in a country."""
    if country == "US":
        return service.borrower(address=HOME["US"])
    return service.borrower(
        locale="zh-CN",
        timezone="Asia/Shanghai",
        address=HOME["CN"],
        phones=[a_phone("ph-1", CHINESE, primary=True)],
    )


def overdue(service: Service, country: str, days: int) -> dict[str, Any]:
    signal = service.overdue(days)
    if country == "CN":
        told = signal["data"]
        told["loan"]["currency"] = told["installment"]["currency"] = "CNY"
        told["lender_timezone"] = "Asia/Shanghai"
        today = (service.now + timedelta(hours=8)).date()
        told["installment"]["due_date"] = (today - timedelta(days=days)).isoformat()
    return signal


async def only(service: Service, kind: HandOffKind) -> KeptHandOff:
    """Return the one hand-off of a kind."""
    async with service.runtime.db.acquire() as conn:
        [found] = await list_hand_offs(conn, service.runtime.vault, ["acme"], kind, ended=True)
    return found


async def later(service: Service, country: str, days: int, late_by: int) -> None:
    """Let days pass, tell again what is due, decide."""
    await service.move_to(service.now + timedelta(days=days))
    await service.post(overdue(service, country, late_by))
    await service.fold()
    await service.dispatch()
