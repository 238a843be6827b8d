"""What no single field can tell: contradictions, and what an installation still lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from outreach.settings.credentials import is_demo
from outreach.settings.problems import Problem, unknown_key

if TYPE_CHECKING:
    from outreach.settings import Settings
    from outreach.settings.lenders import Lender, Source

_SIGNED: Final = frozenset({"standard", "fineract_events"})
_PRODUCTION: Final = "production"
NO_MASTER_KEY: Final = Problem(
    "master_key",
    "is missing, so personal data can be neither written nor read",
    "set OUTREACH_MASTER_KEY to what `openssl rand -base64 32` prints, or OUTREACH_MASTER_KEY_FILE",
)


def contradictions(settings: Settings) -> list[Problem]:
    """Return what makes the settings unusable; an empty list when they can be used."""
    found = [*_repeated_slugs(settings), *_secrets_not_unique(settings)]
    for slug, lender in settings.lenders.items():
        found.extend(_lender(settings, slug, lender))
    if settings.profile == _PRODUCTION:
        found.extend(_production(settings))
    simulator = settings.providers.get("simulated")
    if simulator is not None and simulator.adapter != "sandbox":
        found.append(Problem("providers.simulated", "is what a simulator is called",
                             "call the account something else"))  # fmt: skip
    found.extend(_groups(settings))
    if settings.master_key is not None and settings.master_key_file is not None:
        mend = "keep one of `master_key` and `master_key_file`"
        found.append(Problem("master_key_file", "there is a `master_key` as well", mend))
    return found


def _groups(settings: Settings) -> Iterator[Problem]:
    """Yield roles of lenders that there aren't."""
    for group, grants in settings.oidc.groups.items() if settings.oidc else ():
        for grant in grants:
            lender = grant.partition(":")[0]
            if lender not in settings.lenders:
                where = f"oidc.groups.{group}"
                mend = unknown_key(where, lender, settings.lenders).mend
                yield Problem(where, f"there is no lender `{lender}`", mend)


def gaps(settings: Settings) -> Iterator[Problem]:
    """Yield what is missing for a useful service, though it would start."""
    if not settings.lenders:
        yield Problem("lenders", "there is no lender", "add a table `[lenders.<slug>]`")
    if not settings.providers:
        yield Problem("providers", "there is no provider, so nothing can be sent",
                      "add a table `[providers.<slug>]`")  # fmt: skip
    if settings.profile == _PRODUCTION:
        yield from _left_to_development(settings)
    if settings.master_key_file is not None and not settings.master_key_file.is_file():
        yield Problem("master_key_file", f"there is no {settings.master_key_file}",
                      "write the key there, or correct the path")  # fmt: skip
    for slug, lender in settings.lenders.items():
        yield from _idle_lender(settings, f"lenders.{slug}", lender)


def _left_to_development(settings: Settings) -> Iterator[Problem]:
    if settings.master_key is None and settings.master_key_file is None:
        yield NO_MASTER_KEY
    for key in ("database_url", "redis_url"):
        if getattr(settings, key) is None:
            yield Problem(key, "is missing; the embedded server is for development",
                          f"set OUTREACH_{key.upper()}")  # fmt: skip


def _idle_lender(settings: Settings, where: str, lender: Lender) -> Iterator[Problem]:
    if not lender.sources:
        yield Problem(f"{where}.sources", "has no source, so no signal can come",
                      f"add a table `[{where}.sources.<slug>]`")  # fmt: skip
    if not lender.senders:
        yield Problem(f"{where}.senders", "has no sender, so nobody can be contacted",
                      f"add a table `[{where}.senders.<slug>]`")  # fmt: skip
    for pack in lender.packs:
        path = settings.config_dir / "compliance" / f"{pack}.yaml"
        if not path.is_file():
            known = unknown_key(
                f"{where}.packs", pack, [f.stem for f in path.parent.glob("*.yaml")]
            )
            yield Problem(known.where, f"there is no pack `{pack}`", known.mend)
    card = settings.config_dir / "scorecards" / f"{lender.scorecard}.yaml"
    if "scorecard" in lender.model_fields_set and not card.is_file():
        yield Problem(
            f"{where}.scorecard", f"there is no scorecard `{lender.scorecard}`", f"write {card}"
        )


def _repeated_slugs(settings: Settings) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for lender_slug, lender in settings.lenders.items():
        for slug in lender.sources:
            if slug in owners:
                yield Problem(
                    f"lenders.{lender_slug}.sources.{slug}",
                    f"lender `{owners[slug]}` has a source of that name",
                    "rename one: the slug alone names lender and secrets in the address",
                )
            owners.setdefault(slug, lender_slug)


def _secrets_not_unique(settings: Settings) -> Iterator[Problem]:
    """One secret for two sources would let each lender sign for the other."""
    owners: dict[str, str] = {}
    for lender_slug, lender in settings.lenders.items():
        for slug, source in lender.sources.items():
            where = f"lenders.{lender_slug}.sources.{slug}"
            for secret in {one.get_secret_value() for one in _secrets(source)}:
                if owners.setdefault(secret, where) != where:
                    what = f"shares a secret with {owners[secret]}"
                    yield Problem(where, what, "give each source secrets of its own")


def _secrets(source: Source) -> list[SecretStr]:
    return [*source.secrets, *([source.path_secret] if source.path_secret else [])]


def _lender(settings: Settings, slug: str, lender: Lender) -> Iterator[Problem]:
    for name, sender in lender.senders.items():
        if sender.provider not in settings.providers:
            where = f"lenders.{slug}.senders.{name}.provider"
            known = settings.providers
            problem = unknown_key(where, sender.provider, known)
            mend = problem.mend if known else "add a table `[providers.<slug>]`"
            yield Problem(where, f"there is no provider `{sender.provider}`", mend)
    if lender.mode == "team" and not lender.guests:
        yield Problem(f"lenders.{slug}.guests", "is empty, so mode `team` contacts nobody",
                      "list the addresses of your team, or use `test`")  # fmt: skip
    for name, source in lender.sources.items():
        yield from _source(f"lenders.{slug}.sources.{name}", source)
    if lender.daily_spend_cap is not None and not any(
        sender.cost_micros_per_part for sender in lender.senders.values()
    ) and lender.senders:  # fmt: skip
        yield Problem(
            f"lenders.{slug}.daily_spend_cap",
            "can never be reached, since no sender states its cost",
            "set `cost_micros_per_part` of its senders",
        )


def _source(where: str, source: Source) -> Iterator[Problem]:
    if source.adapter in _SIGNED and not source.secrets:
        yield Problem(f"{where}.secrets", f"`{source.adapter}` is signed and has no secret",
                      "add one, such as `whsec_$(openssl rand -base64 32)`")  # fmt: skip
    if source.adapter == "cloudevents" and not source.secrets and source.path_secret is None:
        yield Problem(where, "has neither `secrets` nor `path_secret`, so anybody could post",
                      "add either")  # fmt: skip
    if source.adapter == "fineract_hook":
        if source.path_secret is None:
            yield Problem(f"{where}.path_secret", "is missing, and these hooks are unsigned",
                          "set it to what `openssl rand -hex 24` prints")  # fmt: skip
        if source.read_back is None:
            yield Problem(f"{where}.read_back", "is missing, and an unsigned hook proves nothing",
                          "add the address and a read-only user of the platform's API")  # fmt: skip


def _production(settings: Settings) -> Iterator[Problem]:
    if settings.clock.mode != "live":
        yield Problem("clock.mode", f"`{settings.clock.mode}` is refused in production",
                      "remove it, or set OUTREACH_PROFILE=development")  # fmt: skip
    if not settings.public_base_url.startswith("https://"):
        yield Problem("public_base_url", "is not https, and carries borrowers' replies",
                      "set the address of your TLS proxy")  # fmt: skip
    for lender_slug, lender in settings.lenders.items():
        page = lender.self_service
        if page is not None and not page.base_url.startswith("https://"):
            yield Problem(f"lenders.{lender_slug}.self_service.base_url",
                          "is not https, and shows borrowers' debts",
                          "set the address of your TLS proxy")  # fmt: skip
        for slug, source in lender.sources.items():
            if any(is_demo(secret) for secret in _secrets(source)):
                yield Problem(
                    f"lenders.{lender_slug}.sources.{slug}.secrets",
                    "is the demo's, which everybody knows",
                    "make one of your own: `whsec_$(openssl rand -base64 32)`",
                )
            if source.read_back is not None and is_demo(source.read_back.password):
                where = f"lenders.{lender_slug}.sources.{slug}.read_back.password"
                yield Problem(where, "is the demo's", "set the platform's own")
