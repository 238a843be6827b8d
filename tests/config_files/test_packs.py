"""Pack files: what is refused and how it is said, and what the shipped ones promise."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from outreach.compliance import PRIMITIVES, compile_packs
from outreach.compliance.pack import Confidence, Force, OnFail, Requires
from outreach.config_files.pack_lint import SCHEMA_LINE
from outreach.config_files.pack_schema import pack_schema
from outreach.config_files.packs import PackError, parse_pack, read_pack, read_packs

ROOT = Path(__file__).parents[2]
SHIPPED = read_packs(ROOT / "config" / "compliance")
RULES = [
    pytest.param(rule, id=f"{pack.id}-{number}-{rule.id}")
    for pack in SHIPPED
    for number, rule in enumerate(pack.rules)
]
GOOD = """
    pack: x
    version: "2026.11"
    requires: {role: third_party, country: [US]}
    rules:
      - id: x.hours
        primitive: quiet_hours
        force: law
        enforce: false
        effective: {from: 2026-01-01, to: null}
        authority: a law
        source: verify
        confidence: low
        checked: 2026-11-23
        covers: [x.other]
        on_fail: {decision: warn, needs: daylight, obligations: [call back]}
        windows: {mon-fri: [["08:00", "21:00"]]}
        tz_basis: [address]
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return dedent(GOOD.replace(old, new))


def test_a_pack_is_read() -> None:
    pack = parse_pack(dedent(GOOD))

    rule = pack.rules[0]
    assert pack.id == "x"
    assert pack.requires == Requires(frozenset({"third_party"}), frozenset({"US"}))
    assert (rule.force, rule.enforce, rule.confidence) == (Force.LAW, False, Confidence.LOW)
    assert (rule.on_fail, rule.needs, rule.obligations) == (OnFail.WARN, "daylight", ("call back",))
    assert str(rule.effective.start) == "2026-01-01"
    assert rule.effective.end is None
    assert rule.parameters == {
        "windows": {"mon-fri": [["08:00", "21:00"]]},
        "tz_basis": ["address"],
    }
    assert pack.ids == {"x.hours", "x.other"}


def test_the_hash_covers_what_a_pack_says_and_not_how() -> None:
    same = parse_pack("# a comment\n" + dedent(GOOD)).content_hash

    assert same == parse_pack(dedent(GOOD)).content_hash
    assert same != parse_pack(changed("21:00", "20:00")).content_hash


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            changed("quiet_hours", "loud_hours"),
            ["x.hours", "primitive", "quiet_hours"],
            id="primitive",
        ),
        pytest.param(
            changed("force: law", "force: mood"), ["x.hours", "force", "presumption"], id="force"
        ),
        pytest.param(
            changed("tz_basis", "tz_bases"), ["x.hours", "tz_bas"], id="unknown parameter"
        ),
        pytest.param(
            changed("authority: a law", "x: y"), ["x.hours", "authority"], id="no authority"
        ),
        pytest.param(changed('"21:00"', '"21.00"'), ["x.hours", "windows.mon-fri.0.1"], id="time"),
        pytest.param(changed('"21:00"', '"24:30"'), ["24:30"], id="no time of day"),
        pytest.param(
            changed("tz_basis", "applies_to: {channel: [pigeon]}\n        tz_basis"),
            ["x.hours", "applies_to.channel.0", "pigeon", "whatsapp"],
            id="a channel nobody has",
        ),
        pytest.param(changed("version", "edition"), ["file", "edition"], id="not a rule's"),
        pytest.param(changed("third_party,", "third,"), ["debt_buyer"], id="a role nobody has"),
        pytest.param(changed("[US]", "[USA]"), ["requires.country.0"], id="no country"),
        pytest.param(changed("id: x.hours", "ID: x.hours"), ["rule 0", "id"], id="rule without id"),
        pytest.param(changed("- id", "- 7\n      - id"), ["rule 0"], id="a rule that is none"),
        pytest.param("- 1\n", ["file"], id="no mapping"),
        pytest.param("a: [", ["is no YAML"], id="no YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: list[str]) -> None:
    with pytest.raises(PackError) as caught:
        parse_pack(text, "x.yaml")

    said = str(caught.value)
    assert said.startswith("x.yaml:")
    assert [word for word in words if word not in said] == []
    assert caught.value.file == "x.yaml"
    assert caught.value.problems


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="can't be read"):
        read_pack(tmp_path / "absent.yaml")


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(dedent(GOOD), encoding="utf-8")

    with pytest.raises(PackError, match="two files hold a pack named x"):
        read_packs(tmp_path)


def test_the_schema_file_is_what_the_code_says() -> None:
    written = (ROOT / "config" / "schemas" / "pack.schema.json").read_text(encoding="utf-8")

    assert json.loads(written) == pack_schema(), (
        "run: outreach packs schema > config/schemas/pack.schema.json"
    )


def test_every_key_of_the_schema_says_what_it_means() -> None:
    assert list(_silent(pack_schema(), "")) == []


def _silent(schema: Any, path: str) -> Iterator[str]:
    """Yield the keys that have no description."""
    if isinstance(schema, list):
        for one in schema:
            yield from _silent(one, path)
    elif isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            if not value.keys() & {"description", "$ref", "const"}:
                yield f"{path}.{key}"
        for key, value in schema.items():
            yield from _silent(value, f"{path}.{key}")


@pytest.mark.parametrize("file", sorted((ROOT / "config" / "compliance").glob("*.yaml")))
def test_every_shipped_pack_names_its_schema_for_editors(file: Path) -> None:
    first = file.read_text(encoding="utf-8").partition("\n")[0]

    assert first.startswith(SCHEMA_LINE)
    assert (file.parent / first.removeprefix(SCHEMA_LINE)).resolve() == (
        ROOT / "config" / "schemas" / "pack.schema.json"
    )


def test_shipped_packs_are_named_after_their_files_and_compile() -> None:
    names = {file.stem for file in (ROOT / "config" / "compliance").glob("*.yaml")}

    assert {pack.id for pack in SHIPPED} == names
    assert len(compile_packs(SHIPPED).rules) == len(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_where_its_numbers_come_from(rule: Any) -> None:
    assert rule.authority.strip()
    assert rule.source.strip()
    assert rule.checked is not None


def test_what_waits_is_not_there_yet() -> None:
    for pack in SHIPPED:
        assert not pack.waiting.keys() & pack.ids
        assert not set(pack.waiting.values()) & PRIMITIVES.keys()


def test_every_primitive_describes_itself() -> None:
    for primitive in PRIMITIVES.values():
        assert primitive.description
        assert set(primitive.required) <= primitive.schema.keys()
