"""A new pack to fill in, and golden cases to fill in beside it."""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from string import Template
from typing import Any

import yaml


def new_pack(
    name: str, country: str, today: date, *, schema: str, like: Mapping[str, Any] | None = None
) -> str:
    """Return the text of a pack to fill in.

    Args:
        name: Its id; the file is named after it.
        country: ISO 3166-1 code of the residences that it is for.
        today: Goes into the dates.
        schema: Path from the pack to its JSON Schema, for editors.
        like: What another pack's file says. Its rules and whom else it requires are taken over;
            none of them is enforced, and each source is to be found anew.
    """
    words = {
        "name": name,
        "country": country,
        "title": f"{country}, to be named",
        "version": f"{today:%Y.%m}",
        "today": today.isoformat(),
        "schema": schema,
        "prefix": prefix_of(name),
        "requires": _requires(like or {}),
    }
    rules = _rules(like, words) if like else _filled("new_rules", words)
    return _filled("new_pack", {**words, "rules": rules})


def new_cases(name: str, *, rule: str, zone: str, offset: str) -> str:
    """Return the text of golden cases to fill in.

    Args:
        name: Id of the pack.
        rule: Id of a rule that the cases exercise.
        zone: A time zone of its country.
        offset: What that zone shows on 10 June 2026, such as `-04:00`.
    """
    words = {"name": name, "prefix": prefix_of(name), "rule": rule, "zone": zone, "offset": offset}
    return _filled("new_cases", words)


def prefix_of(name: str) -> str:
    """Return what the ids of a pack's rules begin with: `us-ma` has `us.ma`."""
    return name.replace("-", ".") if "-" in name else f"{name}.{name}"


def _filled(template: str, words: Mapping[str, str]) -> str:
    text = files("outreach.config_files").joinpath(f"{template}.yaml.txt").read_text("utf-8")
    return Template(text).substitute(words)


def _requires(like: Mapping[str, Any]) -> str:
    kept = {k: v for k, v in like.get("requires", {}).items() if k in {"role", "product", "stage"}}
    return _indented(kept) if kept else ""


def _rules(like: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Take over rules as drafts of our own: other ids, not enforced, nothing vouched for."""
    dropped = {"covers", "cite", "effective"}
    rules = []
    for rule in like["rules"]:
        own = {
            **rule,
            "id": f"{words['prefix']}.{rule['id'].rpartition('.')[2]}",
            "authority": "Act and section",
            "source": "verify",
            "confidence": "low",
            "checked": words["today"],
            "enforce": False,
        }
        rules.append({key: value for key, value in own.items() if key not in dropped})
    return _indented(rules)


def _indented(value: object) -> str:
    dumped = yaml.dump(value, Dumper=_Written, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"  {line}\n" for line in dumped.splitlines())


class _Written(yaml.SafeDumper):
    """Writes everything out, also what the other pack wrote once and used again."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True
