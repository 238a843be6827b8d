"""Keys per borrower: nothing opens with another key, row or master."""

import os
from datetime import date

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from outreach.store.vault import ErasedError, Vault

MASTER = bytes(range(32))


@pytest.fixture
def vault() -> Vault:
    return Vault(MASTER)


def test_a_row_opens_with_its_own_key_after_a_restart(vault: Vault) -> None:
    key = vault.new_key()
    blob = key.encrypt(b"Ada", b"persons:1")

    assert Vault(MASTER).open(key.wrapped).decrypt(blob, b"persons:1") == b"Ada"


def test_a_row_moved_to_another_person_does_not_open(vault: Vault) -> None:
    key = vault.new_key()

    with pytest.raises(InvalidTag):
        key.decrypt(key.encrypt(b"Ada", b"persons:1"), b"persons:2")


def test_a_wrapped_key_is_useless_under_another_master(vault: Vault) -> None:
    with pytest.raises(InvalidUnwrap):
        Vault(os.urandom(32)).open(vault.new_key().wrapped)


def test_an_erased_person_cannot_be_read(vault: Vault) -> None:
    with pytest.raises(ErasedError):
        vault.open(None)


def test_the_same_text_never_looks_the_same_twice(vault: Vault) -> None:
    key = vault.new_key()

    assert key.encrypt(b"Ada", b"x") != key.encrypt(b"Ada", b"x")


def test_addresses_hash_alike_in_every_process_and_differ_by_master(vault: Vault) -> None:
    number = "+12025550123"

    assert vault.address_hmac(number) == Vault(MASTER).address_hmac(number)
    assert vault.address_hmac(number) != Vault(os.urandom(32)).address_hmac(number)
    assert len(vault.address_hmac(number)) == 16


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="5"):
        Vault(b"short")


def test_a_key_does_not_show_itself(vault: Vault) -> None:
    assert repr(vault.new_key()) == "<PersonKey>"


async def test_all_processes_share_the_key_of_a_lender_and_day(
    db: asyncpg.Connection, vault: Vault
) -> None:
    day = date(2026, 11, 23)
    mine = await vault.day_key(db, "harbor", day)
    theirs = await Vault(MASTER).day_key(db, "harbor", day)
    other = await vault.day_key(db, "harbor", date(2026, 11, 24))

    blob = mine.encrypt(b"raw", b"inbox:harbor")
    assert theirs.decrypt(blob, b"inbox:harbor") == b"raw"
    with pytest.raises(InvalidTag):
        other.decrypt(blob, b"inbox:harbor")


async def test_keys_of_many_days_are_not_kept_in_memory_for_ever(
    db: asyncpg.Connection, vault: Vault
) -> None:
    for day in range(1, 29):
        for month in range(1, 13):
            await vault.day_key(db, "harbor", date(2026, month, day))

    assert len(vault._days) <= 257
