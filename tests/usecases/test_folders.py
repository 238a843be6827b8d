"""Folders that are handed over: whole or not at all, and every change in them is noticed."""

import json
from pathlib import Path

import pytest

from outreach.usecases.folders import MANIFEST, check_folder, write_folder

FILES = {"case.json": b"{}\n", "documents/a.pdf": b"%PDF"}


def test_a_folder_is_there_with_the_hash_of_each_file(tmp_path: Path) -> None:
    written = write_folder(tmp_path / "out", "case-1", FILES, {"kind": "referral"})
    manifest = json.loads((written.path / MANIFEST).read_text())

    assert manifest["kind"] == "referral"
    assert [one["path"] for one in manifest["files"]] == sorted(FILES)
    assert check_folder(written.path) == []
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["case-1"]
    assert not (written.path / "case.json").stat().st_mode & 0o077


def test_one_of_the_same_name_is_left_as_it_is(tmp_path: Path) -> None:
    first = write_folder(tmp_path, "case-1", FILES, {})

    assert write_folder(tmp_path, "case-1", {"case.json": b"other"}, {}) == first
    assert (first.path / "case.json").read_bytes() == FILES["case.json"]


def test_what_can_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"exists|directory"):
        write_folder(tmp_path, "case-1", {"a": b"1", "a/b": b"2"}, {})

    assert list(tmp_path.iterdir()) == []


def test_every_change_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "case-1", FILES, {}).path
    (folder / "case.json").write_bytes(b"[]\n")
    (folder / "documents" / "a.pdf").unlink()
    (folder / "more.txt").write_bytes(b"")

    assert check_folder(folder) == [
        "case.json was changed since",
        "documents/a.pdf is missing",
        "more.txt is in no manifest",
    ]
