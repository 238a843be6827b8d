"""Whatever is posted, with whatever headers, is never our mistake: no 5xx."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from outreach.sources import ADAPTERS
from outreach.sources.source import (
    Envelope,
    ForgedError,
    IncomingRequest,
    MappingError,
    MediaTypeError,
    RawSignal,
    SchemaError,
    SourceOptions,
    UnreadableError,
)
from tests.sources.builders import SECRET, a_source, signed, stored
from tests.sources.samples import NOW, PATH_SECRET, SAMPLES, sample
from tests.web.builders import a_web

JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES: Final = st.sampled_from(
    [
        "Content-Type", "Content-Encoding", "ce-id", "ce-type", "ce-source", "ce-time", "ce-subject",
        "ce-specversion", "webhook-id", "webhook-timestamp", "webhook-signature",
        "X-Fineract-Entity", "X-Fineract-Action", "Fineract-Platform-TenantId",
    ]
)  # fmt: skip
VALUES: Final = st.sampled_from(
    [
        "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
        "application/json; charset=utf-16", "1.0", "payment.received", "LOAN", "REPAYMENT", "v1,AAAA",
        "1795424400", "%ff", "%00", "loan/1",
    ]
) | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc", "Cs"]), max_size=30)  # fmt: skip
HEADERS: Final = st.dictionaries(NAMES, VALUES, max_size=6)
BODIES: Final[list[Any]] = [
    json.loads(one.body) for one in SAMPLES.values() if one.name[:3] != "012"
]


def paths(content: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member."""
    items: Any = ()
    if isinstance(content, dict):
        items = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    inner = [path for key, value in items for path in paths(value, (*at, key))]
    return [at, *inner] if at else inner


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """Draw a recorded payload with up to three members replaced by anything."""
    content = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    for _ in range(draw(st.integers(1, 3))):
        *steps, last = draw(st.sampled_from(paths(content) or [("type",)]))
        node = content
        try:
            for step in steps:
                node = node[step]
            node[last] = draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier replacement took this member away
    return json.dumps(content).encode()


ANY_BODY: Final = st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode()) | bent()


def handle(adapter: str, body: bytes, headers: dict[str, str]) -> None:
    """Do what web and worker do; only our own errors may come of it."""
    source = ADAPTERS[adapter](SourceOptions("acme", "core", path_secret=PATH_SECRET), None)
    request = IncomingRequest(CIMultiDict(headers), body, PATH_SECRET, NOW)
    try:
        source.authenticate(request)
        envelopes: list[Envelope] = source.split(request)
    except (ForgedError, UnreadableError, MediaTypeError, SchemaError):
        return
    assert envelopes
    for envelope in envelopes:
        assert envelope.type.isascii()
        assert len(envelope.type) <= 80
        assert all(len(digest) == 16 for digest in envelope.subject_digests("acme"))
        raw = stored(envelope, source)
        assert RawSignal.unpack(raw.pack()) == raw
        with suppress(MappingError):
            source.map(raw)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(ADAPTERS)), ANY_BODY, HEADERS)
def test_no_body_and_no_header_makes_a_source_fail(
    adapter: str, body: bytes, headers: dict[str, str]
) -> None:
    handle(adapter, body, {"Content-Type": "application/json"} | headers)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100), HEADERS)
def test_no_header_makes_a_signed_source_fail(body: bytes, headers: dict[str, str]) -> None:
    source = a_source("standard", secrets=(SECRET,))
    request = signed(body, headers=headers)
    with suppress(ForgedError, UnreadableError, MediaTypeError, SchemaError):
        source.authenticate(request)
        source.split(request)


async def test_nothing_that_is_posted_is_answered_with_a_5xx(
    database_url: str, redis_url: str
) -> None:
    sources = [a_source(adapter, slug=adapter.replace("_", "-")) for adapter in ADAPTERS]
    drawn: list[tuple[str, bytes, dict[str, str]]] = []

    @settings(max_examples=150, database=None, deadline=None)
    @given(st.sampled_from(sources), ANY_BODY, HEADERS)
    def draw(source: Any, body: bytes, headers: dict[str, str]) -> None:
        drawn.append((source.options.slug, body, headers))

    await asyncio.to_thread(draw)
    answered: list[int] = []
    async with a_web(database_url, redis_url, *sources) as (_, client):
        for slug, body, headers in drawn:
            async with client.post(
                f"/v1/signals/{slug}/{PATH_SECRET}", data=body, headers=headers
            ) as response:
                answered.append(response.status)
                assert response.status < 500, (slug, body, headers)

    assert len(answered) >= 100
    assert len(set(answered)) > 1


async def test_a_raw_line_that_is_no_http_is_refused(database_url: str, redis_url: str) -> None:
    async with a_web(database_url, redis_url, a_source("cloudevents")) as (_, client):
        for line in (b"\x00\xff\r\n\r\n", b"POST /v1/signals/core HTTP/1.1\r\nA: \x00\r\n\r\n"):
            reader, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(line)
            answer = await asyncio.wait_for(reader.read(200), 5)
            writer.close()
            await writer.wait_closed()
            assert answer.startswith((b"HTTP/1.0 4", b"HTTP/1.1 4")), sample("080").name
