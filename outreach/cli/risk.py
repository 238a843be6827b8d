"""`outreach risk`: why a loan is in its risk tier."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from outreach.cli.operators import Desk, at_desk, whom
from outreach.domain.scorecard import Refused, Scorecard
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.domain.risk import Assessment

_LEFT_OUT: Final[Mapping[Refused, Mapping[str, str]]] = {
    Refused.WITHDRAWN: {"en": "taken back by who told it", "zh": "已由提供方撤回"},
    Refused.NO_PURPOSE: {
        "en": "out of a credit report, and nobody recorded for what",
        "zh": "来自信用报告，未记录查询用途",
    },
    Refused.NO_LEGAL_BASIS: {
        "en": "out of a credit report, and nobody recorded on what legal basis",
        "zh": "来自信用报告，未记录法律依据",
    },
    Refused.WRONG_PURPOSE: {
        "en": "out of a credit report that was asked for another purpose",
        "zh": "来自信用报告，查询用途不符",
    },
    Refused.EXPIRED: {"en": "it may not be used any more", "zh": "已过使用期限"},
    Refused.TOO_OLD: {"en": "too long ago", "zh": "时间过久"},
    Refused.NOT_YET: {"en": "its date lies ahead", "zh": "日期在未来"},
}
_WORDS: Final = {
    "en": ("Loan {ref}: risk tier {tier}, {points} points ({card})", "nothing counts", "left out"),
    "zh": ("借款 {ref}：风险等级 {tier}，{points} 分（{card}）", "无计分项", "未计入"),
}


@click.group()
def risk() -> None:
    """Say why a loan is in its risk tier."""


@risk.command("show")
@click.argument("ref")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--borrower", is_flag=True, help="REF is a borrower's: shows all of their loans.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def show(ref: str, lender: str | None, lang: str, *, borrower: bool) -> None:
    """Show every point of the loan REF with its reason, and what was left out and why.

    REF is the lender's own reference. Worked out now, from the facts that the next look will use.
    """
    from outreach.config_files.scorecards import load_scorecards
    from outreach.domain.refs import ref_digest
    from outreach.store.aliases import find_aliases
    from outreach.usecases.risk import show_risk

    class Cards:
        def __init__(self, settings: Settings) -> None:
            self._settings = settings
            self._cards = load_scorecards(settings.config_dir / "scorecards")

        def scorecard_of(self, slug: str) -> Scorecard | None:
            return self._cards.get(self._settings.lenders[slug].scorecard)

    async def work(settings: Settings, desk: Desk) -> "list[tuple[str, Assessment]]":
        about = whom(settings, lender, None if borrower else ref, ref if borrower else None)
        digest = ref_digest(about.tenant, about.kind, about.ref)
        async with desk.db.acquire() as conn:
            alias = (await find_aliases(conn, [digest])).get(digest)
            if alias is None:
                raise click.ClickException(f"nobody of this lender is known by {ref}")
            cards = Cards(settings)
            if cards.scorecard_of(about.tenant) is None:
                name = settings.lenders[about.tenant].scorecard
                raise click.ClickException(f"there is no scorecard {name}: see docs/risk.md")
            found = await show_risk(conn, desk.vault, cards, alias.person_id, now=desk.now)
        if found is None:
            raise click.ClickException("the person was erased: nothing is readable any more")
        book, risks = found
        return [
            (book.loans[loan_id].ref, one)
            for loan_id, one in risks.items()
            if borrower or loan_id == alias.loan_id
        ]

    shown = at_desk(work)
    if not shown:
        raise click.ClickException("the loan is closed: nothing is worked out for it")
    for name, one in shown:
        _print(name, one, lang)


def _print(ref: str, found: "Assessment", lang: str) -> None:
    title, nothing, left_out = _WORDS[lang]
    click.echo(title.format(ref=ref, tier=found.tier, points=found.points, card=found.scorecard))
    for line in found.lines:
        said = line.row.reason[lang].replace("{count}", str(line.facts))
        newest = f" · {line.newest}" if line.newest else ""
        click.echo(f"  {line.points:+4d}  {said} ({line.row.key}{newest})")
    if not found.lines:
        click.echo(f"  {nothing}")
    for one in found.left_out:
        ref_text = f" {one.seen.ref}" if one.seen.ref else ""
        click.echo(f"  {left_out}: {one.seen.fact}{ref_text}: {_LEFT_OUT[one.why][lang]}")
