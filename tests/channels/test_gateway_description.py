"""A description that is wrong is refused with what, where, and how to mend it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from outreach.channels.gateway_description import State, provider_schema
from outreach.channels.gateway_file import DescriptionError, Options, load_description
from outreach.channels.gateway_paths import select, text_at
from outreach.channels.gateway_templates import (
    TemplateFailedError,
    check_template,
    fill_path,
    fill_text,
    fill_tree,
)
from outreach.domain.vocabulary import DeliveryState

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config/providers"
EXAMPLE = yaml.safe_load((FOLDER / "example_gateway.yaml").read_text("utf-8"))
SECRETS = {"api_key": "hidden-key", "webhook": "hidden-webhook"}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the example with one place set, or taken out where `value` is None."""
    found: dict[str, Any] = copy.deepcopy(EXAMPLE)
    *front, last = path.split(".")
    table = found
    for name in front:
        table = table[name]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return found


def load(description: Any, **given: Any) -> Any:
    options = Options.model_validate({"description": description, "secrets": SECRETS, **given})
    return load_description("acme", options, FOLDER)


@pytest.mark.parametrize(
    ("path", "value", "where", "said"),
    [
        ("send.reply.reff", "$.id", "send.reply.reff", "did you mean `ref`?"),
        ("send.reqest", {}, "send.reqest", "did you mean `request`?"),
        ("zzz", "red", "zzz", "known here: "),
        ("send.reply.ref", "data.id", "send.reply.ref", "must start with `$`"),
        ("send.reply.ref", "$..id", "send.reply.ref", "use `.name`, `[0]`, `[*]`"),
        ("send.reply.ref", None, "send.reply", "needs `ref` or `accepted`"),
        ("send.request.path", "messages", "send.request.path", "must start with one `/`"),
        ("send.request.path", "//evil.example/x", "send.request.path", "stay on `base_url`"),
        ("send.request.path", "/a?b=c", "send.request.path", "a query goes to `query`"),
        ("send.request.path", "/../x", "send.request.path", "stay on `base_url`"),
        ("send.request.form", {"a": "b"}, "send.request", "keep one of `json`, `form`, `text`"),
        ("send.request.method", "FETCH", "send.request.method", "`POST`, `GET`"),
        ("send.request.json", {"a": ["{{ salary }}"]}, "send.request.json", "unknown facts: salary"),
        ("send.request.json", {"a": "{{ body"}, "send.request.json", "bad template"),
        ("send.request.json", {"a": "{{ body.upper() }}"}, "send.request.json", "can't use Call"),
        ("send.request.json", {"a": "{{ body.format }}"}, "send.request.json", "have fields"),
        ("send.request.json", {"a": "{{ body|tojson }}"}, "send.request.json", "no filter 'tojson'"),
        ("send.request.json", {"a": "{{ secrets }}"}, "send.request.json", "name one secret"),
        ("send.request.json", {"a": "x" * 9000}, "send.request.json", "at most 8192"),
        ("send.request.headers", {"A b": "c"}, "send.request.headers.A b.[key]", "pattern"),
        ("states.sent", "flying", "states.sent", "'accepted', 'queued'"),
        ("errors", [{"codes": ["1"], "class": "oops"}], "errors.0.class", "'opt_out'"),
        ("errors", [{"class": "opt_out"}], "errors.0", "needs `codes` or `pattern`"),
        ("errors", [{"pattern": "(", "class": "opt_out"}], "errors.0.pattern", "no regular expression"),
        ("lookup.match", {"$.to": "{{ recipient }}"}, "lookup", "must match `{{ id }}`"),
        ("lookup.match", None, "lookup.match", "is missing; add it: What a record must say"),
        ("lookup.reply", {"format": "text"}, "lookup.reply", "`pattern` goes with"),
        ("callbacks.signature", {"kind": "rot13"}, "callbacks.signature", "'hmac'"),
        ("callbacks.signature.header", None, "callbacks.signature.hmac.header", "is missing"),
        ("callbacks.signature.secrets", [], "callbacks.signature.hmac.secrets", "rotated"),
        ("callbacks.signature", None, "callbacks.signature", "known to be the gateway's own"),
        ("callbacks.status.attempt_id", None, "callbacks.status.ref", ""),
        ("callbacks.acknowledge.status", 999, "callbacks.acknowledge.status", "HTTP status"),
        ("base_url", "ftp://x", "base_url", "Address that all requests go to"),
        ("base_url", "https://user:pw@x.example", "base_url", "Address that all requests go to"),
        ("channels", [], "channels", "What it carries"),
        ("channels", ["fax"], "channels.0", "What it carries"),
        ("valid_for_seconds", [600, 60], "the whole", "must rise"),
    ],
)  # fmt: skip
def test_a_wrong_part_is_named_with_how_to_mend_it(
    path: str, value: Any, where: str, said: str
) -> None:
    description = changed(path, value)
    if path == "callbacks.status.attempt_id":
        del description["callbacks"]["status"]["ref"]
        where, said = "callbacks.status", "whose report is it?"

    with pytest.raises(DescriptionError) as refused:
        load(description)

    complaint, *_ = refused.value.complaints
    assert complaint.where == f"providers.acme.options.description: {where}"
    assert said in f"{complaint.what}; {complaint.mend}"


def test_everything_that_is_wrong_is_said_at_once_and_no_value_is_shown() -> None:
    description = changed("send.reply.ref", "hidden-path")
    description["headers"] = {"X": "hidden {{ nobody }}"}
    description["hidden_key"] = "hidden-value"

    with pytest.raises(DescriptionError) as refused:
        load(description)

    assert len(refused.value.complaints) == 3
    assert "hidden-value" not in str(refused.value)
    assert "hidden {{" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        ({"secrets": {"webhook": "x"}}, "secrets.api_key", "OUTREACH_PROVIDERS__ACME__OPTIONS__SECRETS__API_KEY"),
        ({"secrets": {"api_key": "x"}}, "secrets.webhook", "is missing"),
        ({"secrets": {"api_key": "x", "webhook": ""}}, "secrets.webhook", "is empty"),
    ],
)  # fmt: skip
def test_a_secret_that_the_description_needs_is_asked_for(
    given: dict[str, Any], where: str, said: str
) -> None:
    with pytest.raises(DescriptionError) as refused:
        load(EXAMPLE, **given)

    [complaint] = refused.value.complaints
    assert complaint.where == f"providers.acme.options.{where}"
    assert said in f"{complaint.what}; {complaint.mend}"


def test_without_a_signature_the_path_must_be_secret() -> None:
    with pytest.raises(DescriptionError, match="path_secrets: is missing"):
        load(changed("callbacks.signature", {"kind": "path"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gateway: [", r"acme\.yaml:\d+: is no YAML"),
        ("gateway: other\n", r"acme\.yaml: base_url: is missing"),
        ("- a\n- b\n", r"acme\.yaml: the whole: "),
        (yaml.safe_dump(EXAMPLE), r"gateway: is 'example_gateway'; call it 'acme'"),
        ("gateway: \udcff", r"is no YAML"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "acme.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(DescriptionError, match=said):
        load_description("acme", Options.model_validate({"secrets": SECRETS}), tmp_path)


def test_the_options_address_stands_over_the_descriptions() -> None:
    assert load(EXAMPLE, base_url="http://127.0.0.1:9/x/").base_url == "http://127.0.0.1:9/x"
    assert load(EXAMPLE).base_url == "https://sms.gateway.example/v2"


def test_the_published_schema_is_current() -> None:
    written = (ROOT / "config/schemas/provider.schema.json").read_text(encoding="utf-8")

    assert json.loads(written) == provider_schema(), (
        "run: outreach providers schema > config/schemas/provider.schema.json"
    )
    assert set(State.__args__) < set(DeliveryState)  # type: ignore[attr-defined]


def test_the_published_schema_describes_every_name() -> None:
    schema = provider_schema()
    tables = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]

    for table in tables:
        assert table["additionalProperties"] is False
        assert table["description"]
        for name, part in table["properties"].items():
            told = part.get("description") or "$ref" in part or name == "kind"
            assert told, (table["title"], name)


DOCUMENT = {"a": {"b": [{"c": 1}, {"c": "two"}, {}]}, "odd name": True, "n": None, "f": 0.5}


@pytest.mark.parametrize(
    ("path", "found", "text"),
    [
        ("$.a.b[0].c", [1], "1"),
        ("$.a.b[*].c", [1, "two"], "1"),
        ("$.a.b[7].c", [], None),
        ("$['odd name']", [True], "true"),
        ("$.n", [None], None),
        ("$.f", [0.5], "0.5"),
        ("$.a", [DOCUMENT["a"]], None),
        ("$.a.b.c", [], None),
        ("$.a[0]", [], None),
        ("$.f[*]", [], None),
    ],
)
def test_a_path_leads_where_it_says(path: str, found: list[Any], text: str | None) -> None:
    assert select(path, DOCUMENT) == found
    assert text_at(path, DOCUMENT) == text


def facts(**changes: Any) -> dict[str, Any]:
    return {"id": "7-0a", "recipient": "+8613800138000", "valid_for": 60, "now": 1795424400,
            "body": "Zahl’ bitte", **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("{{ recipient | without('+86') }}", "13800138000"),
        ("{{ recipient | digits }}", "8613800138000"),
        ("{{ now | time('%Y-%m-%d %H:%M:%S', 8) }}", "2026-11-23 17:00:00"),
        ("{{ 'a:b' | b64encode }}", "YTpi"),
        ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
        ("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("{{ 'what do ya want for nothing?' | hmac_sha1('Jefe') }}", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("{{ 'what do ya want for nothing?' | hmac_sha256('Jefe') }}", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("{{ body | urlencode }}", "Zahl%E2%80%99%20bitte"),
        ("{{ body | upper }}{{ body | lower }}", "ZAHL’ BITTEzahl’ bitte"),
        ("{{ body | replace('’', 'e') }}", "Zahle bitte"),
        ("{% if valid_for > 30 %}long{% else %}short{% endif %}", "long"),
        ("{{ 'x' if id == '7-0a' and not body == '' else 'y' }}", "x"),
        ("{{ now + valid_for - 1 }}", "1795424459"),
    ],
)  # fmt: skip
def test_a_template_prints_facts_the_gateways_way(source: str, filled: str) -> None:
    assert fill_text(check_template(source), facts()) == filled


def test_a_text_that_is_one_expression_keeps_its_type() -> None:
    tree = {"n": "{{ valid_for }}", "s": "{{ valid_for }}s", "l": ["{{ now + 1 }}", 5, None, ""]}

    assert fill_tree(tree, facts()) == {"n": 60, "s": "60s", "l": [1795424401, 5, None, ""]}


@pytest.mark.parametrize("source", ["{{ ref }}", "{{ ref }}x", "{{ now | time('%Y', 'x') }}"])
def test_what_cannot_be_filled_is_said(source: str) -> None:
    with pytest.raises(TemplateFailedError):
        fill_tree({"a": source}, facts())


def test_a_fact_stays_one_part_of_an_address() -> None:
    assert fill_path("/m/{{ id }}/x", facts(id="a/b?c")) == "/m/a%2Fb%3Fc/x"
    with pytest.raises(TemplateFailedError):
        fill_path("/m/{{ id }}", facts(id=".."))
