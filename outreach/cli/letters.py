"""`outreach letters`: what was written, the files of it, and what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from outreach.cli.servers import on_servers
from outreach.domain.vocabulary import DeliveryState
from outreach.settings import load_settings

if TYPE_CHECKING:
    from outreach.runtime import Runtime

_T = TypeVar("_T")
_account = click.option("--provider", "account", help="Slug of the account; needed for several.")


@click.group()
def letters() -> None:
    """List and open letters, hand batches to a printer, take in what became of them.

    A letter is decided as every contact is. Where somebody has to approve it, `outreach approvals
    grant --for lawyers_letter` or `--for collection_letter` does.
    """


@letters.command("list")
@click.option("--lender", help="Only this lender's; all by default.")
@click.option(
    "--state",
    type=click.Choice([one.value for one in DeliveryState]),
    help="Only those; `accepted` are the ones that nobody has posted yet.",
)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
def list_(lender: str | None, state: str | None, limit: int) -> None:
    """List letters, the newest first."""
    from rich.console import Console
    from rich.table import Table

    from outreach.usecases.letters_desk import list_all, name_of

    async def work(runtime: "Runtime") -> Table:
        tenants = [lender] if lender else list(runtime.settings.lenders)
        table = Table()
        for heading in ("number", "written (UTC)", "template", "account", "state"):
            table.add_column(heading, overflow="fold")
        for row in await list_all(runtime, tenants, state=state or "", limit=limit):
            told = f"{row.delivery_state} {row.error_code or ''}".strip()
            at = row.at.isoformat(sep=" ")[:16]
            table.add_row(name_of(row), at, row.template, row.provider, told)
        return table

    found = _at_installation(work)
    if found.row_count:
        Console().print(found)
    else:
        click.echo("no letter")


@letters.command()
@click.argument("number")
def show(number: str) -> None:
    """Show the words of the letter NUMBER, and what became of it. They are personal data."""
    from outreach.usecases.letters_desk import open_letter

    async def work(runtime: "Runtime") -> str:
        row, draft = await open_letter(runtime, number)
        head = f"{draft.number} · {draft.on} · {row.delivery_state} {row.error_code or ''}".rstrip()
        recipient = "\n".join(draft.recipient)
        return f"{head}\n\n{recipient}\n\n{draft.title}\n\n{draft.body}"

    click.echo(_at_installation(work))


@letters.command("open")
@click.argument("number")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; NUMBER.pdf here by default.",
)
def open_(number: str, out: Path | None) -> None:
    """Write the PDF of the letter NUMBER, the same bytes as were printed.

    It is personal data: read it, and delete it.
    """
    from outreach.usecases.letters_desk import open_letter

    async def work(runtime: "Runtime") -> tuple[str, bytes]:
        opened = await open_letter(runtime, number)
        return opened.draft.number, opened.pdf

    name, pdf = _at_installation(work)
    path = out or Path(f"{name}.pdf")
    path.touch(mode=0o600)
    path.write_bytes(pdf)
    click.echo(path)


@letters.command()
@click.argument("key")
@click.option("--locale", default="en-US", show_default=True, help="Language of the words.")
@click.option("--sample", help="Name of a sample in its meta file; the first by default.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; KEY-LOCALE.pdf here by default.",
)
def preview(key: str, locale: str, sample: str | None, out: Path | None) -> None:
    """Write a PDF of the letter template KEY with invented facts, as it would be printed."""
    from outreach.domain.vocabulary import Channel
    from outreach.rendering.catalog import load_template
    from outreach.rendering.errors import RenderError, TemplateFileError
    from outreach.rendering.letter_pdf import PrintError, render_pdf
    from outreach.rendering.lint_letters import sample_sheet
    from outreach.rendering.message import render

    root = load_settings().templates_dir / "messages"
    path = root / key / locale / f"{Channel.LETTER}.txt.j2"
    if not path.is_file():
        raise click.UsageError(f"there is no {path}")
    try:
        template = load_template(path, root)
        samples = template.meta.samples.get(locale, {})
        name = sample or next(iter(samples), "")
        if name not in samples:
            known = ", ".join(samples) or "none"
            raise click.UsageError(f"there is no sample {name!r}; there are {known}")
        pdf = render_pdf(sample_sheet(render(template, samples[name])))
    except (TemplateFileError, RenderError, PrintError) as error:
        raise click.ClickException(str(error)) from error
    target = out or Path(f"{key}-{locale}.pdf")
    target.write_bytes(pdf)
    click.echo(target)


@letters.command()
@_account
@click.option("--all", "known", is_flag=True, help="List the batches that were made instead.")
def batch(account: str | None, *, known: bool) -> None:
    """Make a batch of all letters that wait, for the printer to fetch."""
    from outreach.usecases.letters_desk import Batching, close_batches

    async def work(runtime: "Runtime") -> list[str]:
        if known:
            found = [
                each
                for name, one in runtime.providers.items()
                if isinstance(one, Batching) and account in {None, name}
                for each in await one.batches()
            ]
        else:
            now = runtime.clock.wall_now()
            found = await close_batches(runtime, now, account=account or "")
        return [f"{one.folder}  {one.letters} letters" for one in found]

    for line in _at_installation(work) or ["nothing waits"]:
        click.echo(line)


@letters.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_account
def evidence(file: Path, account: str | None) -> None:
    """Take in what a printer or the post says: FILE is CSV or JSON with `id` and `state`.

    The id is that of the letter in its manifest. States: printed, posted, delivered, returned,
    refused, lost, spoiled. Workers fold it, as they do a message of the printer's own.
    """
    from outreach.channels.letter_evidence import EvidenceError, read_evidence
    from outreach.usecases.letters_desk import Evidenced, take_evidence

    try:
        rows = read_evidence(file.read_bytes())
    except EvidenceError as error:
        raise click.ClickException(f"{file.name}: {error}") from error

    async def work(runtime: "Runtime") -> int:
        able = [name for name, one in runtime.providers.items() if isinstance(one, Evidenced)]
        name = account or (able[0] if len(able) == 1 else "")
        if name not in able:
            known = ", ".join(able) or "none"
            raise click.UsageError(f"name the account with --provider; there are {known}")
        wall = runtime.clock.wall_now()
        count = await take_evidence(runtime, runtime.settings, name, rows, wall)
        runtime.wake("receipts")
        return count

    click.echo(f"took in {_at_installation(work)} letters")


def _at_installation(work: "Callable[[Runtime], Awaitable[_T]]") -> _T:
    from outreach.rendering.letter_pdf import PrintError
    from outreach.runtime import open_runtime
    from outreach.usecases.letters_desk import UnknownLetterError

    async def run() -> _T:
        async with open_runtime(settings, pool_size=2) as runtime:
            return await work(runtime)

    with on_servers(load_settings(), quiet=True) as settings:
        try:
            return asyncio.run(run())
        except UnknownLetterError as error:
            raise click.ClickException(str(error)) from error
        except PrintError as error:
            raise click.ClickException(f"it can't be printed: {error.detail}") from error
        except KeyError as error:
            raise click.ClickException(f"the account {error} collects no letters") from error
        except OSError as error:
            raise click.ClickException(f"the folder can't be written to: {error}") from error
