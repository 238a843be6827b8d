"""Settings of an installation of its own, here and in the processes that it starts."""

from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from outreach.domain.vocabulary import Channel
from outreach.settings import Settings
from outreach.settings.installation import PREFIX
from outreach.settings.lenders import Provider

PRINTER: Final = "demo_printer"
"""Account that collects the demonstration's letters, wherever the settings send them."""

_ADAPTER: Final = "letter_files"
_EVERY: Final = "every"
_LETTERS: Final = "letters"


def printer_folder(settings: Settings) -> Path:
    """Return the folder of the demonstration's letters."""
    return settings.data_dir / _LETTERS


def settings_for(base: Settings, data_dir: Path, port: int) -> Settings:
    """Return settings of an installation of its own, whatever the environment names.

    Letters go to a folder, and each of them waits for a second person.
    """
    url = f"http://{base.listen_host}:{port}"
    changes: dict[str, Any] = {
        "data_dir": data_dir,
        "hand_off_dir": data_dir / "hand-offs",
        "database_url": None,
        "redis_url": None,
        "public_base_url": url,
    }
    folder = str(data_dir / _LETTERS)
    printer = Provider(adapter=_ADAPTER, options={"folder": folder})
    lenders = {}
    for slug, lender in base.lenders.items():
        page = lender.self_service
        lenders[slug] = lender.model_copy(
            update={
                "self_service": page and page.model_copy(update={"base_url": url}),
                "letters": lender.letters.model_copy(update={"approve": _EVERY}),
                "senders": {
                    name: one.model_copy(update={"provider": PRINTER})
                    if one.channel is Channel.LETTER
                    else one
                    for name, one in lender.senders.items()
                },
            }
        )
    providers = {**base.providers, PRINTER: printer}
    return base.model_copy(update={**changes, "lenders": lenders, "providers": providers})


def own_variables(settings: Settings) -> dict[str, str]:
    """Return the variables by which child processes get the same."""
    account = f"{PREFIX}PROVIDERS__{PRINTER.upper()}__"
    found = {
        f"{account}ADAPTER": _ADAPTER,
        f"{account}OPTIONS__FOLDER": str(printer_folder(settings)),
        f"{PREFIX}HAND_OFF_DIR": str(settings.hand_offs_dir),
    }
    for slug, lender in settings.lenders.items():
        own = f"{PREFIX}LENDERS__{slug.upper()}__"
        found[f"{own}LETTERS__APPROVE"] = lender.letters.approve
        if lender.self_service is not None:
            found[f"{own}SELF_SERVICE__BASE_URL"] = lender.self_service.base_url
        for name, one in lender.senders.items():
            if one.channel is Channel.LETTER:
                found[f"{own}SENDERS__{name.upper()}__PROVIDER"] = PRINTER
    return found


def clear_papers(settings: Settings) -> None:
    """Delete the letters and packages of earlier demonstrations: their data is gone."""
    for folder in (printer_folder(settings), settings.hand_offs_dir):
        if folder.is_relative_to(settings.data_dir):
            rmtree(folder, ignore_errors=True)
