"""`outreach packs schema`."""

import json

import click

from outreach.config_files.pack_schema import pack_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of a pack file, with what every key means.

    It is published as config/schemas/pack.schema.json, which each pack names in its first line, so
    that editors complete and explain keys.
    """
    click.echo(json.dumps(pack_schema(), indent=2, ensure_ascii=False))
