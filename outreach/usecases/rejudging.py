"""A stored decision made once more, on the facts that were kept with it: every rule's verdict.

What was decided stands as it was stored; this only shows the rules that had nothing to object, and
whether the same comes of it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import msgspec

from outreach.compliance import compile_packs, decide, examine
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.records import dataclass
from outreach.facts.snapshot import restore
from outreach.store.pack_versions import list_pack_versions
from outreach.store.pool import Pool
from outreach.usecases.explain import RuleVerdict
from outreach.usecases.pack_versions import pack_from
from outreach.usecases.replay_packs import action_of
from outreach.usecases.rulebook import Rulebook

_SHADOWED: Final = "-shadow"
_Key: TypeAlias = tuple[str, str, str]
"""Rule, verdict, and until when it objects."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A decision made again.

    Attributes:
        action: What was asked of the rules.
        rules: Every rule about such an action, with its objection if it has one.
        has_same_packs: The packs are those by which it was decided then, byte by byte.
        is_same: The same rules object, to the same end, until the same time.
    """

    action: ProposedAction
    rules: tuple[RuleVerdict, ...]
    has_same_packs: bool
    is_same: bool


def rejudge(
    rulebook: Rulebook,
    tenant: str,
    body: Mapping[str, Any],
    *,
    packs: Sequence[Pack] | None = None,
) -> Rejudged | None:
    """Return a stored decision made again; None if that can't be.

    Of a contact the way that was taken is judged, of one that wasn't made the first way tried.

    Args:
        rulebook: Packs and lenders.
        tenant: Lender.
        body: Of the `decided`, `deferred` or `blocked` row, decrypted.
        packs: By which to make it; those of now where None.
    """
    kept = body.get("action") or next(iter(body.get("tried", ())), None)
    if kept is None or "facts" not in body or tenant not in rulebook.lenders:
        return None
    try:
        facts = restore(body["facts"])
        action = action_of(kept, body["debts"])
    except (KeyError, TypeError, ValueError, msgspec.DecodeError):
        return None  # kept by a release whose facts had another form
    if packs is None:
        judgment = rulebook.judgment(rulebook.lenders[tenant], facts)
        used, compiled = judgment.selection.packs, judgment.compiled
        decision = judgment.decide(action, facts)
    else:
        used, compiled = tuple(packs), compile_packs(packs)
        decision = decide(action, facts, compiled)
    hashes = [[pack.id, pack.content_hash] for pack in used]
    found = examine(action, facts, compiled)
    return Rejudged(
        action,
        tuple(RuleVerdict(*one) for one in found),
        hashes == [list(one) for one in body.get("packs", ())],
        _is_same(decision, kept, body),
    )


async def packs_of(db: Pool, body: Mapping[str, Any]) -> tuple[Pack, ...] | None:
    """Return the packs that a decision was made by, from the record; None if one is missing."""
    found = []
    async with db.acquire() as conn:
        for name, wanted in body.get("packs", ()):
            digest = wanted.removesuffix(_SHADOWED)
            versions = await list_pack_versions(conn, name)
            kept = next((one for one in versions if one.content_hash == digest), None)
            pack = pack_from(kept) if kept else None
            if pack is None:
                return None
            pack = replace(pack, content_hash=digest)
            found.append(pack.shadowed() if wanted.endswith(_SHADOWED) else pack)
    return tuple(found)


def _is_same(decision: Decision, kept: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Compare with what was kept; what the service itself objected to is in no pack."""
    if "action" in body:
        return (
            decision.verdict is Verdict.ALLOW
            and _made(decision.warnings) == _kept(body.get("warnings", ()))
            and _made(decision.shadow) == _kept(body.get("shadow", ()))
        )
    stored = [one for one in kept.get("reasons", ()) if one.get("pack")]
    return _made(one for one in decision.reasons if one.pack) == _kept(stored)


def _made(reasons: Iterable[Reason]) -> list[_Key]:
    return sorted(
        (one.rule, str(one.verdict), one.until.isoformat() if one.until else "") for one in reasons
    )


def _kept(reasons: Iterable[Mapping[str, Any]]) -> list[_Key]:
    return sorted(
        (str(one["rule"]), str(one["verdict"]), str(one.get("until", ""))) for one in reasons
    )
