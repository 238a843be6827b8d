"""`outreach check-config`: what is configured, what is missing or wrong, how to mend it."""

import sys
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import click
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outreach.settings import (
    Lender,
    Problem,
    Settings,
    SettingsError,
    Source,
    config_file,
    load_settings,
)
from outreach.settings.checks import gaps
from outreach.settings.credentials import is_demo
from outreach.settings.problems import problems_of, unknown_key

_WIDE: Final = 160


@click.command("check-config")
@click.option("--reference", is_flag=True, help="Print the reference of all settings instead.")
def check_config(*, reference: bool) -> None:
    """Show what is configured; name what is missing or wrong and how to mend it.

    No secret is shown. Exit status 1 when something must be mended.
    """
    if reference:
        from outreach.settings.reference import as_markdown

        click.echo(as_markdown(option_models()), nl=False)
        return
    # A file or a pipe has no width; tables that aren't broken can be searched.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    try:
        settings = load_settings()
    except SettingsError as error:
        _show_problems(console, error.problems)
        raise click.exceptions.Exit(1) from None
    _show_settings(console, settings)
    problems = [
        *gaps(settings),
        *_wrong_options(settings),
        *_wrong_gateways(settings),
        *_wrong_packs(settings),
    ]
    for note in _notes(settings):
        console.print(f"[yellow]note[/] {note}", highlight=False)
    if problems:
        _show_problems(console, problems)
        raise click.exceptions.Exit(1)
    console.print("[green]nothing is missing[/]")


def option_models() -> dict[str, type[BaseModel]]:
    """Return the options of each provider adapter, by the adapter's name."""
    from outreach.channels import REGISTRY

    return {name: adapter.options for name, adapter in REGISTRY.items()}


def _wrong_options(settings: Settings) -> Iterator[Problem]:
    models = option_models()
    for slug, provider in settings.providers.items():
        where = f"providers.{slug}"
        model = models.get(provider.adapter)
        if model is None:
            mend = unknown_key(where, provider.adapter, models).mend
            yield Problem(f"{where}.adapter", f"there is no adapter `{provider.adapter}`", mend)
            continue
        try:
            model.model_validate(provider.options)
        except ValidationError as error:
            for found in problems_of(error, model):
                key = f"{where}.options.{found.where}"
                yield Problem(key, found.what, found.mend)


def _wrong_gateways(settings: Settings) -> Iterator[Problem]:
    """Find gateways that can't be used as they are described."""
    from outreach.channels.gateway_file import DescriptionError, Options, load_description

    for slug, provider in settings.providers.items():
        if provider.adapter != "http_gateway":
            continue
        try:
            options = Options.model_validate(provider.options)
            load_description(slug, options, settings.config_dir / "providers")
        except ValidationError:
            continue  # said with the other options
        except DescriptionError as error:
            for one in error.complaints:
                yield Problem(one.where, one.what, one.mend)


def _wrong_packs(settings: Settings) -> Iterator[Problem]:
    """Find packs that can't be used, and lenders that name one there isn't: they send nothing."""
    from outreach.config_files.packs import PackError, read_packs

    folder = settings.config_dir / "compliance"
    try:
        known = {pack.id: pack for pack in read_packs(folder)}
    except PackError as error:
        for one in error.problems:
            yield Problem(f"{error.file}:{one.line}", one.text, "see `outreach packs lint`")
        return
    for slug, lender in settings.lenders.items():
        for name in lender.packs:
            if name not in known:
                where = f"lenders.{slug}.packs"
                mend = unknown_key(where, name, known).mend
                yield Problem(where, f"there is no pack `{name}`", mend)


def _notes(settings: Settings) -> Iterator[str]:
    for slug, lender in settings.lenders.items():
        for name, sender in lender.senders.items():
            provider = settings.providers.get(sender.provider)
            if provider and provider.adapter == "sandbox":
                yield f"lenders.{slug}.senders.{name} uses the sandbox: nothing leaves this machine"
        if "mode" not in lender.model_fields_set:
            yield f"lenders.{slug} doesn't say its mode, so it is `test`: nothing leaves"
        if any(is_demo(one) for source in lender.sources.values() for one in source.secrets):
            yield f"lenders.{slug} has demo secrets; production refuses them"


def _show_settings(console: Console, settings: Settings) -> None:
    table = Table(title="Installation", title_justify="left", show_header=False)
    embedded = f"embedded, under {settings.data_dir}"
    rows: list[tuple[str, str]] = [
        ("settings", str(config_file() or "no file, variables only")),
        ("profile", settings.profile.value),
        ("database", _without_password(settings.database_url) or embedded),
        ("valkey", _without_password(settings.redis_url) or embedded),
        ("master key", _master_key(settings)),
        ("public address", settings.public_base_url),
        ("listens on", f"{settings.listen_host}:{settings.listen_port}"),
        ("clock", settings.clock.mode.value),
        ("packs, treatments", str(settings.config_dir)),
        ("templates", str(settings.templates_dir)),
        *((f"provider {slug}", one.adapter) for slug, one in settings.providers.items()),
    ]
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for slug, lender in settings.lenders.items():
        console.print(_lender_table(slug, lender))


def _lender_table(slug: str, lender: Lender) -> Table:
    table = Table(title=f"Lender {slug}", title_justify="left", show_header=False)
    cap = lender.daily_spend_cap
    table.add_row("name", lender.name)
    table.add_row("role", f"{lender.role.value} in {lender.country}, {lender.timezone}")
    table.add_row("language, money", f"{lender.locale}, {lender.currency}")
    table.add_row("licences", ", ".join(f"{k} {v}" for k, v in lender.licences.items()) or "none")
    table.add_row("packs", ", ".join(["by country and role", *lender.packs]))
    table.add_row("mode", _mode(lender))
    table.add_row("daily spend cap", "none" if cap is None else f"{cap} {lender.currency}")
    for name, source in lender.sources.items():
        table.add_row(f"source {name}", _source(source))
    for name, sender in lender.senders.items():
        text = f"{sender.channel.value} by {sender.provider}, {sender.rate_per_second:g} parts/s"
        table.add_row(f"sender {name}", text)
    return table


def _mode(lender: Lender) -> str:
    match lender.mode:
        case "test":
            return "test: nothing leaves, a simulator answers"
        case "team":
            return f"team: only {len(lender.guests)} guests are contacted for real"
        case _:
            return "live"


def _source(source: Source) -> str:
    parts = [source.adapter, f"ordered by {source.order.value}", source.freshness]
    if source.secrets:
        parts.append(f"{len(source.secrets)} signing secret" + "s" * (len(source.secrets) > 1))
    if source.path_secret:
        parts.append("secret path")
    if source.read_back:
        parts.append("read back")
    return ", ".join(parts)


def _master_key(settings: Settings) -> str:
    if settings.master_key is not None:
        return "set"
    if settings.master_key_file is not None:
        return f"from {settings.master_key_file}"
    if settings.profile == "development":
        return f"development: {settings.data_dir / 'master.key'}, made on first use"
    return "missing"


def _without_password(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")))


def _show_problems(console: Console, problems: Sequence[Problem]) -> None:
    table = Table(title="To mend", title_justify="left", title_style="bold red", show_lines=True)
    for heading in ("where", "what", "how to mend it"):
        table.add_column(heading, overflow="fold")
    for problem in problems:
        table.add_row(escape(problem.where), escape(problem.what), escape(problem.mend))
    console.print(table)
