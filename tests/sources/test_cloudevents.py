"""CloudEvents in its three modes."""

import pytest

from outreach.sources.cloudevents import ce_attributes
from outreach.sources.source import MediaTypeError, SchemaError, UnreadableError
from tests.sources.builders import SECRET, a_request, a_source, an_event, signed, stored
from tests.sources.samples import sample

BINARY = sample("077")


def test_binary_mode_is_not_taken_where_only_the_body_is_signed() -> None:
    headers = {name: value for name, value in BINARY.headers.items() if name.startswith("ce-")}
    source = a_source("cloudevents", secrets=(SECRET,))
    request = signed(BINARY.body, headers=headers)
    source.authenticate(request)

    with pytest.raises(MediaTypeError, match="ce-"):
        source.split(request)


def test_binary_mode_at_a_secret_address_reads_back_as_it_was_sent() -> None:
    source = a_source("cloudevents")
    (envelope,) = source.split(BINARY.request())

    mapped = source.map(stored(envelope, source))

    assert isinstance(mapped, list)
    assert mapped[0].sequence == "00000000000000000043"
    assert mapped[0].data["payment"]["amount"] == 25000


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("plain", "plain"),
        ("%E5%80%9F%E6%AC%BE", "\u501f\u6b3e"),
        ("50%25", "50%"),
        ('"quoted \\"text\\""', 'quoted "text"'),
        ("loose%", "loose%"),
    ],
)
def test_header_values_are_percent_decoded(sent: str, read: str) -> None:
    assert ce_attributes({"CE-Subject": sent}) == {"subject": read}


@pytest.mark.parametrize("sent", ["%FF", "a%00b", "x" * 3000], ids=["no UTF-8", "NUL", "long"])
def test_a_header_that_cannot_be_text_is_unreadable(sent: str) -> None:
    with pytest.raises(UnreadableError):
        ce_attributes({"ce-id": sent})


def test_header_floods_are_unreadable() -> None:
    with pytest.raises(UnreadableError):
        ce_attributes({f"ce-x{number}": "1" for number in range(100)})


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Type": "text/plain"}, id="text"),
        pytest.param({"Content-Type": "application/cloudevents+xml"}, id="XML"),
        pytest.param({"Content-Type": "application/json; charset=latin-1"}, id="another charset"),
        pytest.param(
            {"Content-Type": "text/plain", "ce-id": "1"}, id="binary data that isn't JSON"
        ),
    ],
)
def test_other_media_types_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(MediaTypeError):
        a_source("cloudevents").split(a_request(an_event(), headers=headers))


def test_binary_mode_without_an_id_names_the_missing_attributes() -> None:
    headers = {"Content-Type": "application/json", "ce-specversion": "1.0"}

    with pytest.raises(SchemaError) as refused:
        a_source("cloudevents").split(a_request(BINARY.body, headers=headers))

    assert {one.path for one in refused.value.fields} >= {"id", "source", "type", "time"}
