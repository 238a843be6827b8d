"""`outreach log export`: the lines of a filter as files, as the console's exports make them."""

import asyncio
from pathlib import Path

import click

from outreach.cli.log_rows import known_lender
from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings


@click.command()
@click.option("--lender", help="Its slug; needed where there are several.")
@click.option(
    "--filter",
    "query",
    default="",
    help="What the contact log's address says behind the question mark, such as"
    " `verdict=blocked&from=-7d`; all of the last seven days by default.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the files; Parquet needs the extra of that name.",
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the words beside the values.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files, made if it isn't there; they get a folder of their own in it.",
)
@click.option("--unmasked", is_flag=True, help="With numbers and addresses in full; say --reason.")
@click.option("--reason", default="", help="Why in full; kept with the export.")
@click.option("--by", required=True, help="Your name: it is kept with the export, for good.")
def export(
    lender: str | None,
    query: str,
    form: str,
    language: str,
    out: Path,
    *,
    unmasked: bool,
    reason: str,
    by: str,
) -> None:
    """Write contacts made and not made to files, with a manifest.

    Files hold a million rows each. The export is listed in the console with your name. What was
    recorded after it began isn't in it.
    """
    with on_servers(load_settings(), quiet=True) as settings:
        slug = _lender(settings, lender)
        asyncio.run(
            _export(
                settings,
                {
                    "tenant": slug,
                    "filter": query,
                    "format": form,
                    "language": language,
                    "unmasked": unmasked,
                    "reason": reason,
                },
                out,
                by,
            )
        )


def _lender(settings: Settings, lender: str | None) -> str:
    slug = lender or (next(iter(settings.lenders)) if len(settings.lenders) == 1 else "")
    if not slug:
        raise click.UsageError(f"name the lender with --lender: {', '.join(settings.lenders)}")
    return known_lender(settings, slug)


async def _export(settings: Settings, asked: dict[str, object], out: Path, by: str) -> None:
    from outreach.rendering.tables import Format
    from outreach.runtime import open_runtime
    from outreach.store.exports import find_export
    from outreach.store.operators import keep_action
    from outreach.usecases.exporting import Exporter, ExportError, Wish, ask_export

    async with open_runtime(settings, pool_size=2) as runtime:
        currencies = {slug: one.currency for slug, one in settings.lenders.items()}
        exporter = Exporter(runtime, out, currencies, kept=None)
        wish = Wish(**{**asked, "format": Format(str(asked["format"]))})  # type: ignore[arg-type]  # as click checked them
        try:
            number = await ask_export(runtime, wish, login="", name=by, worker=exporter.worker)
        except ExportError as error:
            raise click.ClickException(_problem(error.reason, error.detail)) from None
        async with runtime.db.acquire() as conn:
            at = runtime.clock.wall_now()
            subject = f"/exports/{number}"
            await keep_action(conn, by, "log export", subject, tenant=wish.tenant, at=at)
        while await exporter.advance(number):
            async with runtime.db.acquire() as conn:
                found = await find_export(conn, number)
            if found is not None and found.state == "running":
                of = "" if found.expected is None else f" of {found.expected:,}"
                click.echo(f"{found.rows:,}{of} rows", err=True)
        async with runtime.db.acquire() as conn:
            found = await find_export(conn, number)
        if found is None or found.state != "done":
            why = found.problem if found else "it is gone"
            raise click.ClickException(f"export {number} wasn't finished: {why}")
        for part in found.parts:
            click.echo(f"{part.sha256}  {exporter.folder_of(number) / part.name}  {part.rows} rows")
        click.echo(f"{found.sha256}  {exporter.folder_of(number) / 'manifest.json'}")


def _problem(reason: str, detail: str) -> str:
    match reason:
        case "filter":
            return f"this is no filter of the contact log: {detail}"
        case "unready":
            return "the contact log is being made anew by a worker: try again when it is done"
        case "reason":
            return "say why numbers are needed in full with --reason, in at most 500 characters"
        case _:
            return detail
