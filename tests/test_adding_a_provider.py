"""docs/adding-a-provider.md, followed: its blocks make an adapter that keeps the contract."""

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import aiohttp
import pytest

from outreach import channels
from outreach.channels.capability_page import as_markdown
from outreach.channels.code_table import read_table
from outreach.channels.provider import Accepted, Capabilities
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, Harness, an_attempt
from tests.channels.push_attempts import Wall

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/adding-a-provider.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
BLOCKS: Final = {
    name: block
    for block in re.findall(r"^```(?:python|yaml)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for name in re.findall(r"\A# (?:in )?(.*)\n", block)
}


def run(name: str, **known: Any) -> ModuleType:
    """Run one block as the module that it is to become."""
    module = ModuleType(f"guide_{Path(name).stem}")
    module.__file__ = str(ROOT / "outreach/channels" / Path(name).name)
    sys.modules[module.__name__] = module  # where classes look their annotations up
    vars(module).update(known)
    code = compile(BLOCKS[name], f"{PAGE}:{name}", "exec")
    exec(code, vars(module))  # noqa: S102 - our own page
    return module


ADAPTER: Final = run("outreach/channels/pigeon_sms.py")
FAKE: Final = run("tests/fakes/pigeon.py")
GUIDE: Final = run("tests/channels/test_pigeon_sms.py", **{**vars(FAKE), **vars(ADAPTER)})


@pytest.fixture(autouse=True)
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the adapter read the page's own table."""
    file = tmp_path / "pigeon_errors.yaml"
    file.write_text(BLOCKS["outreach/channels/pigeon_errors.yaml"], encoding="utf-8")
    monkeypatch.setitem(vars(ADAPTER), "error_table", lambda: read_table(file))


class TestPigeon(GUIDE.TestPigeon):  # type: ignore[name-defined, misc] # made a few lines above
    """The contract, kept by what the page says to write."""


@pytest.fixture
async def harness() -> AsyncIterator[Harness]:
    """The page's own, for the tests beside the contract."""
    made = GUIDE.TestPigeon.harness.__wrapped__
    async for found in made(GUIDE.TestPigeon()):
        yield found


async def test_the_line_of_the_registry_builds_it() -> None:
    known = {**vars(channels), "PigeonSms": ADAPTER.PigeonSms, "pigeon_sms": ADAPTER}
    registered = run("the registry", **known)
    adapter = registered.REGISTRY["pigeon_sms"]
    async with aiohttp.ClientSession() as session:
        ground = channels.Ground(None, session, None, Wall())  # type: ignore[arg-type]
        provider = adapter.build("pigeon", {"api_key": "k", "callback_key": "c"}, ground)

    assert provider.name == "pigeon"
    assert isinstance(adapter.capabilities, Capabilities)
    assert set(adapter.options.model_fields) == {"api_key", "callback_key", "base_url"}


async def test_codes_mean_what_the_table_says() -> None:
    table = ADAPTER.error_table()

    assert table.of_code("no_such_number").error is ErrorClass.INVALID_ADDRESS
    assert table.of_code("never heard of").alert


def test_what_it_names_exists() -> None:
    for name in re.findall(r"`((?:outreach|tests)/[\w/.]+)`", TEXT):
        assert (ROOT / name).is_file() or name in BLOCKS, name
    for name in re.findall(r"\]\((providers/[\w.]+)\)", TEXT):
        assert (ROOT / "docs" / name).is_file(), name
    assert "channels-leaves" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_matrix_of_providers_is_current() -> None:
    written = (ROOT / "docs/providers/README.md").read_text(encoding="utf-8")

    assert written == as_markdown(), "run `make docs`"
    for name in re.findall(r"\]\(([\w./-]+\.md)\)", written):
        assert (ROOT / "docs/providers" / name).is_file(), name
    assert all(f"`{name}`" in written for name in channels.ADAPTERS)


async def test_what_the_contract_does_not_ask(harness: Harness) -> None:
    result = await harness.provider.send(an_attempt(), DEADLINE)

    assert result == Accepted("P0", DeliveryState.QUEUED, None)
