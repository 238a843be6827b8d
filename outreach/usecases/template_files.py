"""Words as files and back: so that they can be kept in Git, and nobody's work is overwritten.

A folder has the shape of `templates/messages`. `versions.yaml` beside the keys names the words that
were exported: what changed since is told apart by it, on either side.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any, Final, Literal

import yaml

from outreach.domain.records import dataclass
from outreach.domain.template_versions import NewWords, Place, State, Version
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import PHRASES_FOLDER, template_paths
from outreach.rendering.errors import TemplateFileError
from outreach.store.pool import reading_as
from outreach.store.template_versions import list_current
from outreach.usecases.template_checks import Stands, stands_at, words_hash
from outreach.usecases.template_drafts import By, Outfit, Saved, as_kept, open_draft, save_draft

VERSIONS_FILE: Final = "versions.yaml"
_WORDS: Final = ".txt.j2"
_SUBJECT: Final = ".subject.txt.j2"
_META: Final = "meta.yaml"
_LARGEST_VERSIONS: Final = 200_000

Outcome = Literal["same", "draft", "kept", "conflict", "unknown"]


@dataclass(frozen=True, slots=True)
class Exported:
    """Words that were written; `number` 0 is those that came with the installation."""

    place: Place
    number: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file of words, and why.

    `same`: that is what stands, or waits already. `draft`: a draft was made of it. `kept`: only the
    lender changed it since the export. `conflict`: both did. `unknown`: no such key or language.
    """

    place: Place
    outcome: Outcome
    detail: str
    number: int = 0


async def export_words(
    outfit: Outfit, tenant: str, folder: Path, root: Path, *, everything: bool = False
) -> list[Exported]:
    """Write a lender's live words as files, with the meta files and phrases that they need.

    Args:
        outfit: Database and files.
        tenant: Whose.
        folder: Where to; made if it isn't there. Files of the same names are replaced.
        root: The installation's `templates/messages`.
        everything: Words that came with the installation as well.
    """
    found: list[Exported] = []
    named: dict[str, Any] = {}
    for place, (stands, _) in sorted((await _places(outfit, tenant)).items()):
        if not stands.hash or not (stands.number or everything):
            continue
        where = folder / place.key / place.locale
        where.mkdir(parents=True, exist_ok=True)
        (where / f"{place.channel}{_WORDS}").write_text(stands.source, encoding="utf-8")
        if stands.subject:
            (where / f"{place.channel}{_SUBJECT}").write_text(stands.subject, encoding="utf-8")
        (folder / PHRASES_FOLDER).mkdir(exist_ok=True)
        for name in (Path(place.key) / _META, Path(PHRASES_FOLDER) / f"{place.locale}.yaml"):
            copyfile(root / name, folder / name)
        named[str(place)] = {"version": stands.number, "words": stands.hash}
        found.append(Exported(place, stands.number))
    if found:
        text = yaml.safe_dump({"lender": tenant, "words": named}, sort_keys=True)
        (folder / VERSIONS_FILE).write_text(text, encoding="utf-8")
    return found


async def import_words(outfit: Outfit, tenant: str, folder: Path, by: By) -> list[Imported]:
    """Make drafts of what a folder of words says otherwise than what stands.

    Nothing is overwritten: where the lender's words changed since the export as well, or somebody
    has a draft, the file is a conflict. Meta files and phrases belong to the installation and
    aren't read.

    Raises:
        TemplateFileError: `versions.yaml` isn't what an export writes, or is of another lender.
        RefusedError: Whoever imports doesn't write words.
    """
    bases = _bases(folder / VERSIONS_FILE, tenant)
    places = await _places(outfit, tenant)
    catalog = outfit.considering.catalog
    found = []
    for path in template_paths(folder):
        key, locale, name = path.parts[-3], path.parts[-2], path.name.removesuffix(_WORDS)
        if name not in set(Channel) or key not in catalog.keys or locale not in catalog.locales:
            place = Place(
                tenant, key, locale, Channel(name) if name in set(Channel) else Channel.SMS
            )
            found.append(Imported(place, "unknown", f"{path}: no such key, language or channel"))
            continue
        place = Place(tenant, key, locale, Channel(name))
        beside = path.with_name(f"{name}{_SUBJECT}")
        words = as_kept(
            NewWords(
                path.read_text(encoding="utf-8"),
                beside.read_text(encoding="utf-8") if beside.is_file() else "",
                "imported",
            )
        )
        stands, waiting = places.get(place) or (stands_at(catalog, place, ()), None)
        one = _compare(place, words, stands, waiting, bases.get(str(place)))
        if one is None:
            draft = await open_draft(outfit, place, by)
            saved = await save_draft(
                outfit, tenant, draft.version_id, words, by, revision=draft.revision
            )
            number = (saved.version if isinstance(saved, Saved) else saved.theirs).number
            one = Imported(place, "draft", f"draft v{number}", number)
        found.append(one)
    return found


def _compare(
    place: Place, words: NewWords, stands: Stands, waiting: Version | None, base: str | None
) -> Imported | None:
    """Return what to say of a file of words; None where a draft is to be made of it."""
    theirs = words_hash(words.source, words.subject)
    if theirs == stands.hash:
        return Imported(place, "same", "that is what stands", stands.number)
    if waiting is not None and theirs == words_hash(waiting.source, waiting.subject):
        return Imported(place, "same", f"v{waiting.number} says it already", waiting.number)
    base = stands.file_hash if base is None else base
    if theirs == base:
        return Imported(place, "kept", f"only v{stands.number} differs: export it", stands.number)
    if stands.hash != base:
        detail = f"both the file and v{stands.number} changed: merge them by hand"
        return Imported(place, "conflict", detail, stands.number)
    if waiting is not None:
        writers = ", ".join(waiting.authors) or "somebody"
        detail = f"v{waiting.number} of {writers} is open: finish or withdraw it first"
        return Imported(place, "conflict", detail, waiting.number)
    return None


async def _places(outfit: Outfit, tenant: str) -> dict[Place, tuple[Stands, Version | None]]:
    """Return what stands, and what is open, at every place that has words."""
    catalog = outfit.considering.catalog
    async with reading_as(outfit.db, tenant) as conn:
        current = await list_current(conn, tenant)
    own: dict[Place, list[Version]] = {
        Place(tenant, one.key, one.locale, one.channel): [] for one in catalog
    }
    for one in current:
        own.setdefault(one.place, []).append(one)
    return {
        place: (stands_at(catalog, place, _live(versions)), _open(versions))
        for place, versions in own.items()
    }


def _live(versions: Iterable[Version]) -> list[Version]:
    return [one for one in versions if one.state is State.LIVE]


def _open(versions: Iterable[Version]) -> Version | None:
    return next((one for one in versions if one.state is not State.LIVE), None)


def _bases(path: Path, tenant: str) -> Mapping[str, str]:
    """Return the hashes of the words that were exported, by place; empty without an export."""
    if not path.is_file():
        return {}
    mend = "Export again, or remove it: files are then compared with the installation's."
    try:
        is_large = path.stat().st_size > _LARGEST_VERSIONS
        found: Any = None if is_large else yaml.safe_load(path.read_text(encoding="utf-8"))
        lender = found["lender"]
        bases = {_text(place): _text(one["words"]) for place, one in found["words"].items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TemplateFileError(str(path), "it isn't what an export writes", mend) from error
    if lender != tenant:
        raise TemplateFileError(str(path), f"it is an export of {lender}", mend)
    return bases


def _text(told: object) -> str:
    """Return a text of `versions.yaml`; what stands for lists of lists is never written out."""
    if not isinstance(told, str):
        raise TypeError("it is no text")
    return told
