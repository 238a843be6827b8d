"""`outreach providers`: what the descriptions of gateways may say."""

import json

import click

from outreach.channels.gateway_description import provider_schema


@click.group("providers")
def providers() -> None:
    """Print what a gateway's description may say."""


@providers.command("schema")
def schema() -> None:
    """Print the JSON Schema of a file in config/providers."""
    click.echo(json.dumps(provider_schema(), indent=2, ensure_ascii=False))
