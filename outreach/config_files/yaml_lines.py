"""YAML as JSON knows it, and on which line of the text each thing stands."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import yaml

_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
_MERGE: Final = "tag:yaml.org,2002:merge"


class _PlainLoader(yaml.CSafeLoader):
    """Dates stay texts."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str) -> Any:
    """Return the one document of a text.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a safe loader without dates


class Lines:
    """Finds lines in a text that is known to be YAML. Lines are counted from 1."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=_PlainLoader)

    def of(self, path: Sequence[str | int]) -> int:
        """Return the line of what stands at a path, or of the nearest thing around it."""
        node, line = self._root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            node, line = found
        return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
        for merged in _merged(node):
            if found := _child(merged, step):
                return found
    return None


def _merged(node: yaml.MappingNode) -> Iterable[yaml.Node]:
    """Return the mappings that `<<` brings in."""
    for key, value in node.value:
        if key.tag == _MERGE:
            yield from value.value if isinstance(value, yaml.SequenceNode) else (value,)
