"""`outreach packs test`."""

from pathlib import Path

import click

from outreach.cli.packs.folders import packs_dir, read_folder, yaml_files
from outreach.cli.packs.reports import REPORTS
from outreach.config_files.golden import Bench, GoldenError, read_cases


@click.command("test")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@packs_dir
@click.option(
    "--format",
    "style",
    type=click.Choice(list(REPORTS)),
    default="table",
    show_default=True,
    help="How to report.",
)
@click.option(
    "--strict", is_flag=True, help="Count days to the second and compare with expect_strict."
)
def test_packs(files: tuple[Path, ...], packs_dir: Path, style: str, *, strict: bool) -> None:
    """Run the golden cases of FILES, or of all files in a folder; exit 1 if one failed.

    Cases whose packs or rules don't exist here wait, grouped by what they wait for, and cases of
    low confidence are reported; neither fails the run.
    """
    bench = Bench(read_folder(packs_dir), strict=strict)
    try:
        results = [bench.run(case) for file in yaml_files(files) for case in read_cases(file)]
    except GoldenError as exc:
        raise click.ClickException(str(exc)) from exc
    REPORTS[style](results)
    if any(result.state == "failed" for result in results):
        raise click.exceptions.Exit(1)
