"""Letters as files: the contract, the folder on the disk, and what a printer says of them."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from outreach.channels.letter_evidence import EvidenceError, parse_evidence, read_evidence
from outreach.channels.letter_files import SIGNATURE, LetterFiles
from outreach.channels.letter_spool import Letter, Spool
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Document,
    Found,
    Ignored,
    NotFound,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
)
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, StatusContract, an_attempt

SECRET = "word-of-the-printer"
WINDOW = "Ada Sample\n12 Elm Street\nAlbany, NY 12207"
PATH = "/providers/post/evidence"


def a_letter(recipient: str = WINDOW, *, number: int = 1) -> Attempt:
    document = Document(f"acme-{number:06d}", b"%PDF-1.7 " + str(number).encode(), 1, "late@1")
    return replace(an_attempt(recipient, number=number), channel=Channel.LETTER, document=document)


def told(attempt: Attempt, state: str) -> RawCallback:
    body = json.dumps({"letters": [{"id": attempt.attempt_id, "state": state}]}).encode()
    signature = hmac.new(SECRET.encode(), PATH.encode() + b"\n" + body, sha256).hexdigest()
    return RawCallback("evidence", PATH, {SIGNATURE: signature}, body)


def names_below(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "letters"


@pytest.fixture
def provider(folder: Path) -> LetterFiles:
    return LetterFiles("post", {"folder": folder, "secrets": [SECRET]}, key=b"our own")


class TestContract(StatusContract):
    """What a printer tells, kept to the contract of every provider."""

    @pytest.fixture
    def harness(self, provider: LetterFiles) -> Harness:
        def unavailable() -> Provider:
            return LetterFiles("post", {"folder": "/dev/null/letters"}, key=b"our own")

        return Harness(provider, "", "", unavailable, status=told, attempt=a_letter)

    async def test_a_letter_is_accepted_once_and_found(self, harness: Harness) -> None:
        attempt = a_letter()
        first = await harness.provider.send(attempt, DEADLINE)

        assert first == await harness.provider.send(attempt, DEADLINE)
        assert first == Accepted(attempt.attempt_id, DeliveryState.ACCEPTED, None)
        assert isinstance(await harness.provider.lookup(attempt, DEADLINE), Found)
        again = await harness.provider.lookup(attempt, DEADLINE, taken={attempt.attempt_id})
        assert isinstance(again, NotFound)
        unsent = await harness.provider.lookup(a_letter(number=99), DEADLINE)
        assert isinstance(unsent, NotFound)

    async def test_a_disk_that_is_away_got_nothing(self, harness: Harness) -> None:
        away = harness.unavailable()

        result = await away.send(a_letter(), DEADLINE)

        assert isinstance(result, Rejected)
        assert (result.error, result.scope) == (ErrorClass.UNAVAILABLE, "account")
        assert not result.contact_counted
        assert isinstance(away, LetterFiles)
        assert (await away.check(DEADLINE)).verdict == "unreachable"
        assert not await away.cancel("x", DEADLINE)

    async def test_without_a_document_nothing_is_printed(self, harness: Harness) -> None:
        result = await harness.provider.send(replace(a_letter(), document=None), DEADLINE)

        assert isinstance(result, Rejected)
        assert result.error is ErrorClass.REQUEST_BUG

    async def test_nothing_of_a_person_is_shown_or_in_a_name(
        self, harness: Harness, folder: Path
    ) -> None:
        attempt = a_letter()
        shown = repr(attempt) + repr(await harness.provider.send(attempt, DEADLINE))
        shown += " ".join(names_below(folder))

        for secret in ("Ada", "Elm", "payment of", "PDF"):
            assert secret not in shown


async def test_what_was_called_off_is_in_no_batch_and_what_is_in_one_stays(
    provider: LetterFiles, folder: Path
) -> None:
    for number in (1, 2):
        await provider.send(a_letter(number=number), DEADLINE)
    assert await provider.cancel(a_letter(number=1).attempt_id, DEADLINE)
    assert await provider.count_waiting() == 1

    batch = await provider.close_batch(NOW)

    assert batch is not None
    manifest = json.loads((batch.folder / "manifest.json").read_text("utf-8"))
    [entry] = manifest["letters"]
    assert (entry["number"], entry["file"]) == ("acme-000002", "acme-000002.pdf")
    assert entry["sha256"] == sha256((batch.folder / entry["file"]).read_bytes()).hexdigest()
    [heading, row] = (batch.folder / "manifest.csv").read_text("utf-8").splitlines()
    assert heading == "number,id,file,sha256,bytes,pages,locale,template"
    assert row.startswith("acme-000002,")
    assert not await provider.cancel(a_letter(number=2).attempt_id, DEADLINE)
    assert isinstance(await provider.lookup(a_letter(number=2), DEADLINE), Found)
    assert await provider.send(a_letter(number=2), DEADLINE)
    assert await provider.close_batch(NOW) is None
    assert [one.name for one in await provider.batches()] == [batch.name]


def test_a_crash_beside_a_batch_neither_loses_nor_repeats_a_letter(folder: Path) -> None:
    spool = Spool(folder)
    letter = Letter("1-" + "0" * 32, "acme-000001", b"%PDF", 1, "en-US", "late@1")
    spool.put(letter)
    (folder / "collecting" / ".half").mkdir()
    (folder / "batches" / ".half").mkdir()

    assert spool.count() == 1
    first = spool.close_batch(datetime(2026, 1, 1, tzinfo=UTC))
    assert first is not None
    # As if it had ended between the batch and the removal of what is in it.
    place = folder / "collecting" / letter.id
    place.mkdir()
    (place / "letter.pdf").write_bytes(letter.pdf)
    (place / "letter.json").write_text(json.dumps({"id": letter.id, "number": letter.number}))

    assert spool.close_batch(datetime(2026, 1, 2, tzinfo=UTC)) is None
    assert not place.exists()


def test_what_a_printer_says_is_merged_by_what_it_means() -> None:
    letter = a_letter().attempt_id
    expected = {
        "printed": (DeliveryState.QUEUED, None),
        "posted": (DeliveryState.SENT, None),
        "delivered": (DeliveryState.DELIVERED, None),
        "returned": (DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS),
        "refused": (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY),
        "lost": (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY),
        "spoiled": (DeliveryState.FAILED, ErrorClass.REQUEST_BUG),
    }
    rows = [{"id": letter, "state": state} for state in expected]

    events = parse_evidence(json.dumps(rows).encode())

    for event, wanted in zip(events, expected.values(), strict=True):
        assert isinstance(event, StatusUpdate)
        assert (event.report.state, event.report.error_class) == wanted
        assert event.attempt_id == letter


@pytest.mark.parametrize("body", [b"no json", b"{}", b'{"letters": []}', b'[{"id": "?"}]', b"[7]"])
def test_what_cannot_be_read_changes_nothing(body: bytes) -> None:
    [event] = parse_evidence(body)

    assert isinstance(event, Ignored)


def test_a_file_is_a_table_or_json_and_wrong_rows_are_named() -> None:
    letter = a_letter().attempt_id
    wanted = [{"id": letter, "state": "returned", "ref": "RR1"}]

    assert read_evidence(f"id,state,ref\n{letter},returned,RR1\n".encode("utf-8-sig")) == wanted
    assert read_evidence(json.dumps({"letters": wanted}).encode()) == wanted
    for data, said in (
        (f"id,state\n{letter},eaten\n", "row 1: 'eaten' is no state"),
        ("id,state\nacme-000001,posted\n", "row 1: `id`"),
        ("id,state\n", "no rows"),
        ("{", "isn't JSON"),
    ):
        with pytest.raises(EvidenceError, match=said):
            read_evidence(data.encode())


def test_our_own_word_passes_and_a_stranger_without_secrets_does_not(folder: Path) -> None:
    provider = LetterFiles("post", {"folder": folder}, key=b"our own")
    raw = provider.own_callback(b'{"letters": []}')

    assert provider.parse_callback(raw)
    assert provider.ack("evidence", []).status == 204
    with pytest.raises(Exception, match="refused"):
        provider.parse_callback(told(a_letter(), "delivered"))


async def test_a_disk_that_is_too_slow_leaves_it_unknown(provider: LetterFiles) -> None:
    assert isinstance(await provider.send(a_letter(), -1), Unknown)
