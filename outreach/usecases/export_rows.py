"""What an export says of each line of the contact log: values with the words for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidTag

from outreach.compliance.pack import Pack
from outreach.domain.contacts import attempt_id
from outreach.domain.decisions import Reason, Verdict
from outreach.domain.known import EPOCH
from outreach.rendering.tables import Column, Kind, Value
from outreach.rendering.value_words import VALUES
from outreach.rendering.verdicts import Language, index_rules, say_cause, say_reason
from outreach.store.contact_log_search import LogQuery
from outreach.store.log_rows import LogRow, list_addresses, list_log_rows, list_refs
from outreach.store.people import endpoint_aad
from outreach.store.pool import Connection
from outreach.store.vault import ErasedError, Vault

_LANGUAGES: Final = ("en", "zh")
_MILLION: Final = Decimal(1_000_000)
_COLUMNS: Final = (
    Column("lender"),
    Column("event_id", Kind.WHOLE),
    Column("contact_id"),
    Column("at", Kind.TIME),
    Column("recorded_at", Kind.TIME),
    Column("day"),
    Column("person", Kind.WHOLE),
    Column("loans"),
    Column("verdict"),
    Column("verdict_words"),
    Column("rule"),
    Column("rule_words"),
    Column("rules"),
    Column("shadow_rules"),
    Column("until", Kind.TIME),
    Column("channel"),
    Column("channel_words"),
    Column("purpose"),
    Column("purpose_words"),
    Column("step"),
    Column("stage"),
    Column("stage_words"),
    Column("treatment"),
    Column("treatment_version"),
    Column("template"),
    Column("template_version"),
    Column("status"),
    Column("status_words"),
    Column("outcome"),
    Column("error"),
    Column("error_words"),
    Column("reply"),
    Column("sender"),
    Column("account"),
    Column("mode"),
    Column("operator"),
    Column("parts", Kind.WHOLE),
    Column("cost", Kind.AMOUNT),
    Column("currency"),
)
_ADDRESS: Final = Column("address")
_VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "allowed": ("Allowed", "可联系"),
    "deferred": VALUES["tag.deferred"],
    "blocked": VALUES["tag.blocked"],
    "inbound": VALUES["tag.inbound"],
}


class RowMaker:
    """Makes an export's rows of lines of the log.

    Args:
        tenant: Lender.
        zone: Its zone; times are written at it, with their offset.
        currency: In which its estimates of costs are.
        packs: For the names of rules.
        language: Of the words.
        vault: Opens addresses; None leaves the column out.
    """

    def __init__(
        self,
        tenant: str,
        *,
        zone: str,
        currency: str,
        packs: Iterable[Pack],
        language: Language,
        vault: Vault | None,
    ) -> None:
        self._tenant = tenant
        self._zone = ZoneInfo(zone)
        self._currency = currency
        self._language = language
        self._place = _LANGUAGES.index(language)
        self._vault = vault
        self._titles = _titles(packs, language)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order."""
        return (*_COLUMNS, *([_ADDRESS] if self._vault else []))

    async def page(
        self,
        conn: Connection,
        query: LogQuery,
        *,
        before: tuple[datetime, int] | None,
        limit: int,
    ) -> tuple[list[LogRow], "Known"]:
        """Return the next lines with what has to be looked up for them."""
        rows = await list_log_rows(conn, query, before=before, limit=limit)
        refs = await list_refs(conn, sorted({row.person_id for row in rows}))
        addresses: list[tuple[int, str, bytes, bytes | None]] = []
        if self._vault is not None:
            wanted = {(row.person_id, row.endpoint_id) for row in rows if row.endpoint_id}
            addresses = await list_addresses(conn, sorted(wanted))
        return rows, Known(refs, addresses)

    def make(self, rows: Sequence[LogRow], known: "Known") -> list[list[Value]]:
        """Return the rows of a file; slow enough to want a thread."""
        addresses = known.open(self._vault) if self._vault is not None else None
        return [self._row(row, known.refs, addresses) for row in rows]

    def _row(
        self,
        row: LogRow,
        refs: Mapping[tuple[int, int], str],
        addresses: Mapping[tuple[int, str], str] | None,
    ) -> list[Value]:
        loans = " ".join(refs.get((row.person_id, loan), "?") for loan in row.loan_ids)
        has_id = row.contact_id is not None and row.person_id > 0
        contact = attempt_id(row.person_id, row.contact_id) if has_id and row.contact_id else ""
        cost = f"{Decimal(row.cost_micros) / _MILLION:f}"
        made: list[Value] = [
            self._tenant,
            row.event_id,
            contact,
            self._local(row.at),
            self._local(row.recorded_at),
            row.day.isoformat(),
            row.person_id,
            loans,
            row.verdict,
            _VERDICTS[row.verdict][self._place],
            row.rule,
            self._rule(row.rule),
            " ".join(row.rules),
            " ".join(row.shadow),
            self._local(row.until) if row.until else None,
            row.channel,
            self._word("channel", row.channel),
            row.purpose,
            self._word("purpose", row.purpose),
            row.step,
            row.stage,
            self._word("stage", row.stage),
            row.treatment,
            row.treatment_hash,
            row.template,
            row.template_hash,
            row.status,
            self._word("tag", row.status),
            row.outcome,
            row.error_class,
            self._word("error", row.error_class),
            row.reply,
            row.sender,
            row.account,
            row.mode,
            row.operator,
            row.parts,
            cost,
            row.currency or self._currency,
        ]
        if addresses is not None:
            made.append(addresses.get((row.person_id, row.endpoint_id or ""), ""))
        return made

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)

    def _word(self, kind: str, value: str) -> str:
        words = VALUES.get(f"{kind}.{value}")
        return words[self._place] if words else ""

    def _rule(self, rule: str) -> str:
        if not rule:
            return ""
        return self._titles.get(rule) or say_cause(rule, self._language)


class Known:
    """What was looked up for a page of lines: names of loans, addresses still sealed."""

    def __init__(
        self,
        refs: Mapping[tuple[int, int], str],
        addresses: Sequence[tuple[int, str, bytes, bytes | None]],
    ) -> None:
        self.refs = refs
        self._addresses = addresses

    def open(self, vault: Vault) -> dict[tuple[int, str], str]:
        """Return addresses in full; none of persons who were erased."""
        found = {}
        for person, endpoint, blob, wrapped in self._addresses:
            try:
                plain = vault.open(wrapped).decrypt(blob, endpoint_aad(person))
            except (ErasedError, InvalidTag):
                continue
            found[person, endpoint] = plain.decode()
        return found


def _titles(packs: Iterable[Pack], language: Language) -> dict[str, str]:
    """Return what each rule is about, by its id."""
    index = index_rules(packs)
    found: dict[str, str] = {}
    for rule, primitive in index:
        asked = Reason(rule, f"{primitive}.", Verdict.ALLOW)
        said = say_reason(asked, index, at=EPOCH, zone="UTC", language=language)
        found.setdefault(rule, said.title)
    return found
