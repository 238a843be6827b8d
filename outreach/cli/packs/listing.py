"""`outreach packs list`."""

from pathlib import Path

import click
from rich.table import Table

from outreach.cli.packs.folders import console, packs_dir, read_folder, whom


@click.command("list")
@packs_dir
def list_packs(packs_dir: Path) -> None:
    """Show what there is: each pack, whom it is for, and how much of it is enforced.

    `oldest check` is the date on which the source was looked at that was longest not looked at.
    """
    table = Table(
        "pack", "version", "for", "rules", "enforced", "shadow", "waiting", "oldest check", "hash"
    )
    for pack in read_folder(packs_dir):
        enforced = 0 if pack.draft else sum(rule.enforce for rule in pack.rules)
        checks = [rule.checked for rule in pack.rules if rule.checked]
        table.add_row(
            pack.id,
            pack.version,
            whom(pack),
            str(len(pack.rules)),
            str(enforced),
            str(len(pack.rules) - enforced),
            str(len(pack.waiting)),
            min(checks).isoformat() if checks else "never",
            pack.content_hash,
        )
    console().print(table)
