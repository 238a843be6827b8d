"""Read a labeled set of answers: YAML, language by language; see docs/replies.md."""

from pathlib import Path

import msgspec
import yaml

from outreach.domain.reply_accuracy import Labeled, read_labels


class LabelsError(ValueError):
    """A labeled set can't be read; says where and why."""


def load_labels(path: Path) -> list[Labeled]:
    """Return the answers of a file.

    Raises:
        LabelsError: It is no such file.
    """
    try:
        told = msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[str, list[str]]])
        return read_labels(told)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, yaml.YAMLError, ValueError) as exc:
        raise LabelsError(f"{path}: {exc}") from None
