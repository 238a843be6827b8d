"""Which references of a batch are one person's, and strays merged into whom they turned out to be.

A signal may name a loan without its borrower. Until another signal says whose it is, the loan
belongs to a stray, a person of whom nothing else is known. Merging it keeps the promise that
signals come to the same state in whatever order they come.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import Final, TypeAlias

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import merge_person
from outreach.domain.records import dataclass
from outreach.domain.signals import SignalError
from outreach.store.agenda import MERGED
from outreach.store.merging import (
    Standing,
    StoredEvent,
    move_owned,
    put_events,
    retire,
    take_events,
)
from outreach.store.people import PersonChange, PersonRow, event_aad, load_people, write_people
from outreach.store.pool import Connection
from outreach.store.vault import ErasedError, PersonKey, Vault

Key: TypeAlias = int | bytes
"""A stored person's id, or the digest of a reference that nobody has yet."""
_STRAY: Final = Standing(is_erased=False, is_stray=True)


@dataclass(slots=True)
class Group:
    """References that are one person's.

    `persons` are the stored ones among whom they are now; `owner` the one of them that can't be
    merged away. `is_owned`: a borrower is known, stored or named in this batch. `is_doubtful`: what
    met in it may be two persons. `person` is whose it is, set when the first signal is named.
    """

    keys: list[Key]
    persons: set[int] = field(default_factory=set)
    owner: int | None = None
    is_owned: bool = False
    is_erased: bool = False
    is_doubtful: bool = False
    person: int | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether there is a person already, stored or about to be made for a borrower."""
        return self.is_owned or bool(self.persons)

    @property
    def survivor(self) -> int | None:
        """Whose all of it will be: the owner, else the stray that came first; None: nobody yet."""
        return self.owner if self.owner is not None else min(self.persons, default=None)


class Groups:
    """The references of one batch, grouped signal by signal.

    Args:
        standings: Of the stored persons in doubtful groups. None while it isn't known whether
            there is a doubt; without one, whatever meets is one person.
    """

    def __init__(self, standings: Mapping[int, Standing] | None) -> None:
        self._standings = standings
        self._groups: dict[Key, Group] = {}

    def check(self, keys: Iterable[Key]) -> None:
        """Refuse references that can't be one person's.

        Raises:
            SignalError: `two_persons`: more than one of them has an owner, and merging those is
                for people; `erased`: one was erased, so nothing can be given to them.
        """
        met = self._met(keys)
        if sum(group.is_owned for group in met) > 1:
            raise SignalError("two_persons", "its references belong to different persons")
        stored = [group for group in met if group.persons]
        if len(stored) > 1 and any(group.is_erased for group in stored):
            raise SignalError("erased", "the person was erased")

    def join(self, keys: Iterable[Key], *, names_borrower: bool) -> None:
        """Take the references of one signal, at least one, for one person's."""
        whole, *others = met = self._met(keys)
        if others:
            whole.is_doubtful |= sum(group.is_somebody for group in met) > 1
        for group in others:
            whole.keys += group.keys
            whole.persons |= group.persons
            whole.owner = whole.owner if group.owner is None else group.owner
            whole.is_owned |= group.is_owned
            whole.is_erased |= group.is_erased
            whole.is_doubtful |= group.is_doubtful
            self._groups.update(dict.fromkeys(group.keys, whole))
        whole.is_owned |= names_borrower

    def of(self, key: Key) -> Group:
        """Return the group of a reference that was joined."""
        return self._groups[key]

    @property
    def is_doubtful(self) -> bool:
        """Whether persons met who may not be one."""
        return any(group.is_doubtful for group in self._groups.values())

    def suspects(self) -> set[int]:
        """Return the stored persons in doubtful groups."""
        return {
            person
            for group in self._groups.values()
            if group.is_doubtful
            for person in group.persons
        }

    def merges(self) -> dict[int, int]:
        """Return who each stray turned out to be."""
        return {
            stray: group.survivor
            for group in self._groups.values()
            if len(group.persons) > 1 and group.survivor is not None
            for stray in sorted(group.persons - {group.survivor})
        }

    def _met(self, keys: Iterable[Key]) -> list[Group]:
        return list({id(group): group for group in map(self._group, keys)}.values())

    def _group(self, key: Key) -> Group:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group([key])
            if isinstance(key, int):
                standing = (self._standings or {}).get(key, _STRAY)
                group.persons.add(key)
                group.is_owned = not standing.is_stray
                group.owner = None if standing.is_stray else key
                group.is_erased = standing.is_erased
        return group


async def merge_strays(conn: Connection, vault: Vault, survivors: Mapping[int, int]) -> None:
    """Give what strays own to whom they turned out to be, and plan nothing for them any more.

    The log isn't touched: what was decided about a stray stays under its id and its key.

    Args:
        conn: Inside the transaction that locked all of them.
        vault: Opens their keys.
        survivors: By stray.
    """
    people = await load_people(conn, vault, sorted({*survivors, *survivors.values()}), profiles=())
    await write_people(conn, vault, _joined(people, survivors), zones={})
    await move_owned(conn, survivors)
    events = await take_events(conn, survivors)
    await put_events(conn, [_sealed_again(one, people, survivors) for one in events])
    await retire(conn, survivors, reason=MERGED)


def _joined(
    people: Mapping[int, PersonRow], survivors: Mapping[int, int]
) -> Collection[PersonChange]:
    joined: dict[int, PersonState] = {}
    for stray, survivor in survivors.items():
        before = joined.get(survivor, people[survivor].state)
        own = people[stray].state
        joined[survivor] = merge_person(
            before,
            holds=own.holds.values(),
            preferences=own.preferences.values(),
            records=own.records.values(),
        )
    return [
        PersonChange(row.tenant_id, survivor, _key_of(row), row.state, after)
        for survivor, after in joined.items()
        if after is not (row := people[survivor]).state
    ]


def _sealed_again(
    event: StoredEvent, people: Mapping[int, PersonRow], survivors: Mapping[int, int]
) -> StoredEvent:
    stray, survivor = people[event.person_id], people[survivors[event.person_id]]
    plain = _key_of(stray).decrypt(event.body, event_aad(stray.person_id))
    body = _key_of(survivor).encrypt(plain, event_aad(survivor.person_id))
    return StoredEvent(
        event.tenant_id,
        survivor.person_id,
        event.recorded_at,
        event.signal_type,
        event.digest,
        event.effect,
        body,
    )


def _key_of(row: PersonRow) -> PersonKey:
    if row.key is None:
        raise ErasedError
    return row.key
