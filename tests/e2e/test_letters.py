"""Letters go the whole way: decided, approved by a second person, printed, posted, delivered."""

import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pypdf import PdfReader

from outreach.channels.letter_files import LetterFiles
from outreach.channels.letter_spool import Batch
from outreach.usecases.letters_desk import open_letter
from tests.e2e.channels import CHINA, Channels, a_plan
from tests.e2e.service import NOON, Service, a_service

SECRET: Final = "evidence-secret-of-the-printer"
MORNING_IN_CHINA: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
AMERICA: Final[dict[str, Any]] = {
    "letters": {"address": ["100 Water Street", "New York, NY 10005"], "approve": "every"},
}
HOME: Final = {
    "country": "US",
    "region": "US-NY",
    "city": "Albany",
    "postal_code": "12207",
    "line1": "12 Elm Street",
    "line2": "Apt 4",
}
FIRM: Final = {
    "name": "四川衡川律师事务所",
    "licence": "31510000MD0000001X",
    "address": ["成都市锦江区东大街1号"],
    "phone": "028-5550-0171",
    "lawyer": "周正",
    "lawyer_licence": "15101202610000001",
}


@asynccontextmanager
async def letters(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    *,
    template: str,
    purpose: str = "collection",
    at: datetime = NOON,
    locale: str = "en-US",
    **lender: Any,
) -> AsyncIterator[Channels]:
    """Run the service with one step at day 65, a letter, and a printer who fetches files."""
    config = a_plan(tmp_path, [(65, "letter"), (75, "letter")], locale=locale)
    plan = config / "treatments" / "test.yaml"
    text = plan.read_text("utf-8").replace("overdue_early", template)
    text = text.replace("purpose: collection", f"purpose: {purpose}, late_by: 5")
    plan.write_text(text, encoding="utf-8")
    folder = tmp_path / "letters"
    told: dict[str, Any] = {
        "config_dir": config,
        "treatment": "test",
        "locale": locale,
        "senders": {
            "post": {
                "channel": "letter",
                "provider": "post",
                "address": "acme",
                "rate_per_second": 1000,
            }
        },
        "providers": {
            "post": {
                "adapter": "letter_files",
                "options": {"folder": str(folder), "secrets": [SECRET]},
            }
        },
        **lender,
    }
    async with a_service(database_url, redis_url, at=at, lender=told, has_house=True) as service:
        yield Channels(service)


def approval(service: Service, subject: str) -> dict[str, Any]:
    """Return the word of a second person."""
    return service.signal(
        "approval.granted",
        "borrower/BR-1",
        borrower={"id": "BR-1"},
        approval={
            "id": "appr-1", "for": subject, "role": "legal", "by": "Kim Lee",
            "requested_by": "service", "at": service.now.isoformat(),
        },
    )  # fmt: skip


async def batch_of(service: Service) -> Batch:
    printer = service.runtime.providers["post"]
    assert isinstance(printer, LetterFiles)
    batch = await printer.close_batch(service.now)
    assert batch is not None
    assert await printer.close_batch(service.now) is None, "nothing waits any more"
    return batch


async def post_evidence(service: Service, letter: str, state: str, *, secret: str = SECRET) -> int:
    body = json.dumps({"letters": [{"id": letter, "state": state}]}).encode()
    path = "/providers/post/evidence"
    signature = hmac.new(secret.encode(), path.encode() + b"\n" + body, sha256).hexdigest()
    headers = {"X-Letter-Signature": signature}
    async with service.runtime.http.post(
        service.base_url + path, data=body, headers=headers
    ) as answer:
        return answer.status


def names_below(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*")]


def words_of(pdf: bytes) -> str:
    """Return the words of a PDF without the blanks that its layout makes."""
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return re.sub(r"\s+", "", text)


async def test_a_letter_in_america_from_overdue_to_delivered(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with letters(
        database_url, redis_url, tmp_path, template="overdue_letter", **AMERICA
    ) as channels:
        service = channels.service
        assert await channels.tell(service.borrower(address=HOME), channels.due(65)) == []
        assert "letter.approval" in await channels.wait_reason()

        [row] = await channels.tell(approval(service, "collection_letter"))

        assert (row["channel"], row["delivery_state"], row["provider"]) == (
            "letter", "accepted", "post",
        )  # fmt: skip
        batch = await batch_of(service)
        [entry] = json.loads((batch.folder / "manifest.json").read_text("utf-8"))["letters"]
        pdf = (batch.folder / entry["file"]).read_bytes()
        assert (entry["file"], entry["pages"]) == ("acme-000001.pdf", 1)
        assert sha256(pdf).hexdigest() == entry["sha256"]
        words = words_of(pdf)
        for said in (
            "AdaSample12ElmStreetApt4Albany,NY12207",
            "AcmeLending100WaterStreetNewYork,NY10005",
            "acme-000001",
            "Amountpastdue$247.50",
            "November23,2026",
        ):
            assert said in words
        named = " ".join(names_below(tmp_path / "letters"))
        manifest = (batch.folder / "manifest.csv").read_text("utf-8")
        assert not re.search("Ada|Sample|Elm|Albany", named + manifest)

        assert await post_evidence(service, entry["id"], "posted", secret="forged") == 403
        for state in ("delivered", "posted"):  # out of order
            assert await post_evidence(service, entry["id"], state) == 204
        [row] = await channels.work()

        assert row["delivery_state"] == "delivered"
        assert await service.rows("SELECT kind, state, outcome FROM tasks") == [
            {"kind": "letter_approval", "state": "done", "outcome": "approved"}
        ]
        again = await open_letter(service.runtime, "acme-000001")
        assert again.pdf == pdf, "what was kept makes the same bytes again"
        kept = [one["kind"] for one in await service.log()]
        assert kept.count("receipt") == 2
        assert await service.rows("SELECT series, number FROM letters") == [
            {"series": "live", "number": 1}
        ]


async def test_each_letter_needs_an_approval_of_its_own_and_a_returned_one_ends_the_address(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with letters(
        database_url, redis_url, tmp_path, template="overdue_letter", **AMERICA
    ) as channels:
        service = channels.service
        await channels.tell(service.borrower(address=HOME), channels.due(65))
        [row] = await channels.tell(approval(service, "collection_letter"))

        await service.move_to(NOON + timedelta(days=10))
        contacts = await channels.tell(channels.due(75))
        assert len(contacts) == 1
        assert "letter.approval" in await channels.wait_reason()

        batch = await batch_of(service)
        [entry] = json.loads((batch.folder / "manifest.json").read_text("utf-8"))["letters"]
        receipt = {"contact_id": entry["id"], "at": service.now.isoformat()}
        [row] = await channels.tell(
            service.signal(
                "letter.returned", "borrower/BR-1", borrower={"id": "BR-1"}, receipt=receipt
            )
        )

        assert (row["delivery_state"], row["error_class"]) == ("undelivered", "invalid_address")
        [address] = await service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'postal'")
        assert address["status"] == "invalid"


async def test_a_lawyers_letter_in_china_from_overdue_to_delivered(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    home = {
        "country": "CN",
        "region": "CN-SC",
        "city": "四川省成都市",
        "district": "锦江区",
        "postal_code": "610000",
        "line1": "红星路二段88号3单元1201室",
    }
    lender = {name: told for name, told in CHINA.items() if name != "locale"} | {
        "letters": {"address": ["成都市高新区天府大道1号"], "law_firm": FIRM}
    }
    async with letters(
        database_url, redis_url, tmp_path, template="lawyers_letter", purpose="legal_notice",
        at=MORNING_IN_CHINA, locale="zh-CN", **lender,
    ) as channels:  # fmt: skip
        service = channels.service
        told = service.borrower(
            address=home, timezone="Asia/Shanghai", locale="zh-CN", phones=[],
            name={"display": "张晓"},
        )  # fmt: skip
        due = channels.due(65, currency="CNY", zone="Asia/Shanghai")
        assert await channels.tell(told, due) == []
        assert "letter.approval" in await channels.wait_reason()

        [row] = await channels.tell(approval(service, "lawyers_letter"))

        assert (row["channel"], row["delivery_state"]) == ("letter", "accepted")
        batch = await batch_of(service)
        [entry] = json.loads((batch.folder / "manifest.json").read_text("utf-8"))["letters"]
        pdf = (batch.folder / entry["file"]).read_bytes()
        words = words_of(pdf)
        for said in (
            "610000四川省成都市锦江区红星路二段88号3单元1201室张晓收",
            "律师函",
            "四川衡川律师事务所（执业许可证号：31510000MD0000001X）受明禾消费金融委托",
            "逾期应还247.50元",
            "（盖章）",
            "2026年11月24日",
        ):
            assert said in words
        assert await post_evidence(service, entry["id"], "delivered") == 204
        [row] = await channels.work()
        assert row["delivery_state"] == "delivered"
