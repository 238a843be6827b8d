"""What the lint of packs finds, on which line, and what it leaves alone."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from outreach.config_files.pack_lint import lint_packs

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
GOOD = """\
    # yaml-language-server: $schema=../schemas/pack.schema.json
    pack: x
    version: "2026.11"
    requires: {role: third_party, country: US, region: US-MA}
    rules:
      - id: x.hours
        primitive: quiet_hours
        force: law
        effective: {from: 2026-01-01}
        authority: a law
        source: somewhere
        confidence: high
        checked: 2026-11-01
        applies_to: {channel: [call], role: third_party}
        windows: {mon-fri: [["08:00", "21:00"]]}
        tz_basis: [address]
        multi_zone: all
        unknown_zone: block
      - &cap
        id: x.cap
        primitive: rolling_cap
        force: law
        authority: a law
        source: somewhere
        confidence: high
        checked: 2026-11-01
        limit: 7
        window: {n: 7, unit: days}
        unit: debt
        count: {channel: [call], outcome: [no_answer, conversation]}
        exclude: [not_connected]
"""


def findings(folder: Path, text: str, name: str = "x") -> list[tuple[int, str, str]]:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return [(one.line, one.level, one.text) for one in lint_packs([file], TODAY)[0]]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return dedent(GOOD.replace(old, new, 1))


def test_a_good_pack_gives_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, dedent(GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "level", "words"),
    [
        pytest.param("rolling_cap", "rolling_cup", 21, "error", "rolling_cap", id="primitive"),
        pytest.param("[no_answer, ", "[no_anser, ", 30, "error", "no_answer", id="outcome"),
        pytest.param("{channel: [call], role", "{channel: [cal], role", 14, "error", "voicemail", id="channel"),
        pytest.param("{channel: [call], role", "{purpose: [colect], role", 14, "error", "collection", id="purpose"),
        pytest.param("role: third_party, c", "role: third_part, c", 4, "error", "debt_buyer", id="role"),
        pytest.param("{channel: [call], role", "{recipient_role: [deptor], role", 14, "error", "'debtor'", id="recipient"),
        pytest.param("limit: 7", "limits: 7", 27, "error", "did you mean 'limit'", id="key"),
        pytest.param("source: somewhere", "source: ' '", 11, "error", "source is empty", id="no source"),
        pytest.param("authority: a law", "authority: ''", 10, "error", "authority is empty", id="no authority"),
        pytest.param("source: somewhere", "source: verify", 11, "error", "enforce: false", id="general knowledge"),
        pytest.param("force: law", "force: draft", 8, "error", "draft", id="draft"),
        pytest.param('"21:00"', '"08:00"', 15, "error", "closes before it opens", id="closed window"),
        pytest.param('[["08:00", "21:00"]]', "[]", 15, "error", "never opens", id="no window"),
        pytest.param('"21:00"]]', '"21:00"], ["20:00", "22:00"]]', 15, "error", "overlap", id="overlap"),
        pytest.param('mon-fri: [["08:00", "21:00"]]', 'mon-fri: [["08:00", "21:00"]], fri: []', 15, "error", "both name fri", id="day twice"),
        pytest.param('"21:00"]]}', '"08:30"]]}\n        end_guard: 60', 15, "error", "end guard", id="guard"),
        pytest.param("multi_zone: all", "zone: Mars/Olympus", 17, "error", "no IANA", id="zone"),
        pytest.param("tz_basis: [address]", "tz_basis: [fixed]", 16, "error", "doesn't name", id="no fixed zone"),
        pytest.param("{from: 2026-01-01}", "{from: 2026-01-01, to: 2025-01-01}", 9, "error", "never", id="inverted"),
        pytest.param("{from: 2026-01-01}", "{from: 2026-01-01, waived_until: 2025-01-01}", 9, "error", "doesn't lie", id="waived before"),
        pytest.param("{from: 2026-01-01}", "{from: 2026-01-01, waived_until: 2026-02-01}", 9, "warning", "waiver ended", id="waiver over"),
        pytest.param("checked: 2026-11-01", "checked: 2027-11-01", 13, "error", "yet to come", id="checked tomorrow"),
        pytest.param("checked: 2026-11-01", "checked: 2025-01-01", 13, "warning", "again", id="checked long ago"),
        pytest.param("checked: 2026-11-01", "checked: null", 13, "error", "nobody", id="never checked"),
        pytest.param(", role: third_party}", ", role: first_party}", 14, "error", "requires role third_party", id="role never"),
        pytest.param(", role: third_party}", ", residence: US-NY}", 14, "error", "US-MA", id="residence never"),
        pytest.param(", role: third_party}", ", dpd: {min: 5, max: 2}}", 14, "error", "no number", id="days never"),
        pytest.param("tz_basis: [address]", "tz_basis: [address]\n        unless: [{channel: [call, sms]}]", 17, "error", "never stops", id="always lifted"),
        pytest.param("exclude: [not_connected]", "exclude: [no_answer, conversation]", 31, "error", "is not one of", id="not an exclusion"),
        pytest.param("[no_answer, conversation]", "[not_connected]", 31, "error", "counts nothing", id="all left out"),
        pytest.param("[no_answer, conversation]", "[inbound_message]", 30, "error", "counts nothing", id="direction never"),
        pytest.param("country: US", "country: [US, XX]", 4, "error", "'XX'", id="country"),
        pytest.param("country: US", "country: CN", 4, "error", "none of the countries", id="region elsewhere"),
        pytest.param("pack: x", "pack: y", 2, "error", "name the file y.yaml", id="file name"),
        pytest.param("rules:", "waiting: {x.later: opt_out}\n    rules:", 5, "warning", "which is there", id="needn't wait"),
        pytest.param("rules:", "waiting: {x.cap: telepathy}\n    rules:", 5, "warning", "it is written", id="waits though written"),
        pytest.param("# yaml-language-server", "# yaml", 1, "warning", "editors", id="no schema line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_on_its_line(
    tmp_path: Path, old: str, new: str, line: int, level: str, words: str
) -> None:
    found = findings(tmp_path, changed(old, new))

    assert [one for one in found if words in one[2]], found
    assert {(one[0], one[1]) for one in found if words in one[2]} == {(line, level)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("source: somewhere", "enforce: false\n        source: verify", id="a shadow"),
        pytest.param("source: somewhere", "enforce: true\n        source: verify", id="decided"),
        pytest.param("force: law", "enforce: false\n        force: draft", id="a shadow draft"),
        pytest.param("pack: x", "pack: x\n    draft: true", id="a draft pack"),
        pytest.param(", role: third_party}", ", residence: US}", id="a wider residence"),
        pytest.param("checked: 2026-11-01", "checked: 2025-12-01", id="checked a year ago"),
    ],
)
def test_what_somebody_decided_is_left_alone(tmp_path: Path, old: str, new: str) -> None:
    assert findings(tmp_path, changed(old, new)) == []


def test_a_rule_that_ended_need_not_be_checked_again(tmp_path: Path) -> None:
    text = changed("checked: 2026-11-01", "checked: 2025-01-01")

    assert findings(tmp_path, text.replace("{from: 2026-01-01}", "{to: 2025-02-28}")) == []


def test_a_rule_that_stands_twice_is_found(tmp_path: Path) -> None:
    found = findings(tmp_path, dedent(GOOD) + "  - *cap\n")

    assert [(level, "line 19" in text) for _, level, text in found] == [("error", True)]


def test_packs_that_claim_the_same_are_found(tmp_path: Path) -> None:
    for name, text in {"x": GOOD, "z": GOOD, "y": GOOD.replace("pack: x", "pack: y")}.items():
        (tmp_path / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")

    found = [one.text for one in lint_packs(sorted(tmp_path.glob("*.yaml")), TODAY)[0]]

    assert sum("holds a pack x as well" in text for text in found) == 1
    assert sum("pack x has rules of that id" in text for text in found) == 2
    assert sum("pack y has rules of that id" in text for text in found) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("pack: x", "pack: y\n    opt_in: true", id="a pack that a firm opts into"),
        pytest.param("force: law", "force: policy", id="a firm's policy"),
    ],
)
def test_a_variant_may_say_the_same_rows(tmp_path: Path, old: str, new: str) -> None:
    variant = GOOD.replace(old, new).replace("pack: x", "pack: y")
    for name, text in {"x": GOOD, "y": variant}.items():
        (tmp_path / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")

    assert lint_packs(sorted(tmp_path.glob("*.yaml")), TODAY)[0] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"pack: [", "is no YAML", id="no YAML"),
        pytest.param(b"- 1", "file:", id="no mapping"),
        pytest.param(b"\xff\xfe", "UTF-8", id="no text"),
    ],
)
def test_what_can_not_be_read_is_found_too(tmp_path: Path, text: bytes, words: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(text)

    found, packs = lint_packs([file, tmp_path / "absent.yaml"], TODAY)

    assert packs == []
    assert [one.file for one in found] == [f"{tmp_path}/absent.yaml", str(file)]
    assert words in found[1].text


def test_the_shipped_packs_have_no_findings() -> None:
    found, packs = lint_packs(sorted((ROOT / "config/compliance").glob("*.yaml")), TODAY)

    assert [f"{one.place} {one.text}" for one in found] == []
    assert len(packs) > 40
