"""`outreach webhook`: sign and post samples, as a lending platform would."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
import click

from outreach.settings import Settings, load_settings

_TYPES: Final = {
    ".json": "application/json",
    ".form": "application/x-www-form-urlencoded",
    ".txt": "text/plain",
}
_SECONDS: Final = 15
_FIRST_ERROR: Final = 400


@click.group()
def webhook() -> None:
    """Sign and post sample signals."""


@webhook.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "slug", help="Configured source to post as; the only one by default.")
@click.option("--url", help="Address of the web process; the settings' by default.")
@click.option(
    "--id", "message_id", help="webhook-id; drawn by default. Repeat one to see a duplicate."
)
@click.option("--content-type", help="By default from the file: JSON, or CloudEvents if it is one.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    help="Moment to sign for where the service's clock is frozen, in UTC; now by default.",
)
@click.option(
    "--header", "-H", "headers", multiple=True, metavar="NAME:VALUE", help="Add a header."
)
def send(
    file: Path,
    slug: str | None,
    url: str | None,
    message_id: str | None,
    content_type: str | None,
    at: datetime | None,
    headers: tuple[str, ...],
) -> None:
    """Sign FILE with the source's secret, post it, and print what came of it."""
    settings = load_settings()
    slug = slug or _only_source(settings)
    body = file.read_bytes()
    given = dict(_header(text) for text in headers)
    given.setdefault("Content-Type", content_type or _media_type(file, body))
    base = (url or f"http://{settings.listen_host}:{settings.listen_port}").rstrip("/")
    address, proof = _proof(settings, slug, body, message_id, at)
    try:
        status, answer = asyncio.run(_post(base + address, body, given | proof))
    except (aiohttp.ClientError, TimeoutError) as exc:
        raise click.ClickException(
            f"{base} doesn't answer ({type(exc).__name__}):"
            " start `outreach serve`, or correct --url"
        ) from None
    click.echo(f"{status} from {base}/v1/signals/{slug}")
    click.echo(answer)
    if status >= _FIRST_ERROR:
        raise click.exceptions.Exit(1)


def _only_source(settings: Settings) -> str:
    slugs = [slug for lender in settings.lenders.values() for slug in lender.sources]
    if len(slugs) != 1:
        known = ", ".join(slugs) or "none is configured"
        raise click.UsageError(f"say which source to post as with --source: {known}")
    return slugs[0]


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"a header is NAME:VALUE, not {text!r}")
    return name.strip(), value.strip()


def _media_type(file: Path, body: bytes) -> str:
    if b'"specversion"' in body:
        batch = body.lstrip().startswith(b"[")
        return f"application/cloudevents{'-batch' if batch else ''}+json"
    return _TYPES.get(file.suffix, "application/octet-stream")


def _proof(
    settings: Settings, slug: str, body: bytes, message_id: str | None, at: datetime | None
) -> tuple[str, dict[str, str]]:
    """Return the address to post to and the headers that prove who posts."""
    from secrets import token_hex

    from outreach.runtime import Clock
    from outreach.sources.signature import secret_key, sign

    sources = {
        name: one for lender in settings.lenders.values() for name, one in lender.sources.items()
    }
    source = sources.get(slug)
    if source is None:
        raise click.UsageError(f"no source is called {slug}; there are: {', '.join(sources)}")
    if not source.secrets:
        if source.path_secret is None:
            raise click.UsageError(f"source {slug} has neither secrets nor a path_secret")
        return f"/v1/signals/{slug}/{source.path_secret.get_secret_value()}", {}
    message_id = message_id or f"msg_{token_hex(12)}"
    timestamp = int((at.replace(tzinfo=UTC) if at else Clock().wall_now()).timestamp())
    key = secret_key(source.secrets[0].get_secret_value())
    return f"/v1/signals/{slug}", {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(key, message_id, timestamp, body),
    }


async def _post(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.post(address, data=body, headers=headers, allow_redirects=False) as response,
    ):
        return response.status, await response.text(errors="replace")
