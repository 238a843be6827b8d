"""Where a gateway's description comes from, and what is wrong with it, in words to mend it by."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from outreach.channels.gateway_description import Description
from outreach.channels.gateway_signatures import secret_names
from outreach.channels.gateway_templates import secrets_in, texts_in
from outreach.channels.secret_path import PathSecret

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Options(BaseModel):
    """What one account at a described gateway needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    description: dict[str, Any] | None = Field(
        None,
        description="The gateway's description itself; by default it is the file"
        " `providers/<slug>.yaml` below `config_dir`, of the form of `provider.schema.json`.",
    )
    file: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$",
        description="Another file's name there, without `.yaml`: two accounts may share one.",
    )
    base_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
        description="Address that stands over the description's, for staging.",
    )
    secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="What the description calls `secrets.<name>`, and keys of signatures.",
    )
    path_secrets: tuple[PathSecret, ...] = Field(
        default_factory=tuple,
        max_length=2,
        description="Unguessable last part of the callback addresses, where the gateway signs"
        " nothing (`kind: path`): `openssl rand -hex 24`. Two while one is being rotated.",
    )


class Complaint(NamedTuple):
    """One thing to mend. Never holds a secret's value."""

    where: str
    what: str
    mend: str


class DescriptionError(ValueError):
    """A gateway can't be used as it is described; says everything that is wrong with it."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__(
            "\n".join(f"{one.where}: {one.what}; {one.mend}" for one in self.complaints)
        )


def load_description(name: str, options: Options, folder: Path) -> Description:
    """Return the description of a provider, checked together with its options.

    Args:
        name: The provider's slug in the settings.
        options: Its options.
        folder: Where descriptions are.

    Raises:
        DescriptionError: It can't be read, breaks the schema, or contradicts the options.
    """
    where = f"providers.{name}.options.description"
    found: Any = options.description
    stem = None
    if found is None:
        stem = options.file or name
        file = folder / f"{stem}.yaml"
        where, found = str(file), _read(file, name)
    try:
        description = Description.model_validate(found)
    except ValidationError as error:
        raise DescriptionError(_complaints(error, where)) from None
    if stem is not None and description.gateway != stem:
        raise DescriptionError(
            [Complaint(f"{where}: gateway", f"is {description.gateway!r}", f"call it {stem!r}")]
        )
    if missing := list(_missing(description, options, name)):
        raise DescriptionError(missing)
    if options.base_url is not None:
        return description.model_copy(update={"base_url": options.base_url.rstrip("/")})
    return description


def _read(file: Path, name: str) -> Any:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        mend = f"write it, or name another with providers.{name}.options.file"
        raise DescriptionError([Complaint(str(file), f"{error.strerror}", mend)]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        where = f"{file}:{place.line + 1}" if place else str(file)
        what = f"is no YAML ({getattr(error, 'problem', None) or 'no UTF-8'})"
        raise DescriptionError([Complaint(where, what, "correct that line")]) from None


class _Loader(yaml.CSafeLoader):
    """Dates stay texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _missing(description: Description, options: Options, name: str) -> Iterator[Complaint]:
    """Find what the description needs of the options and isn't there."""
    callbacks = description.callbacks
    needed = {secret for text in texts_in(description.model_dump()) for secret in _secrets_of(text)}
    if callbacks is not None:
        needed |= set(secret_names(callbacks.signature))
    where = f"providers.{name}.options"
    for secret in sorted(needed - options.secrets.keys()):
        mend = f"set OUTREACH_PROVIDERS__{name.upper()}__OPTIONS__SECRETS__{secret.upper()}"
        yield Complaint(f"{where}.secrets.{secret}", "is missing; the description needs it", mend)
    for secret, value in options.secrets.items():
        if not value.get_secret_value():
            yield Complaint(f"{where}.secrets.{secret}", "is empty", "an empty key opens to all")
    if callbacks is not None and callbacks.by_path and not options.path_secrets:
        mend = "add one that `openssl rand -hex 24` prints"
        yield Complaint(f"{where}.path_secrets", "is missing; nothing is signed", mend)


def _secrets_of(text: str) -> frozenset[str]:
    return secrets_in(text) if "secrets" in text and "{{" in text else frozenset()


def _complaints(error: ValidationError, where: str) -> Iterator[Complaint]:
    """Translate the checks' words, with what belongs there; inputs may be secrets, so none."""
    for item in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in item["loc"]]
        place = f"{where}: {'.'.join(path) or 'the whole'}"
        holder, field = _field_at(item["loc"])
        if item["type"] == "extra_forbidden":
            names = sorted(_names(holder))
            near = difflib.get_close_matches(path[-1], names, n=1, cutoff=0.5)
            mend = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(names)}"
            yield Complaint(place, "is no part of a description", mend)
        elif item["type"] == "missing":
            yield Complaint(place, "is missing", f"add it: {field}")
        else:
            what = item["msg"].removeprefix("Value error, ")
            yield Complaint(place, what[:1].lower() + what[1:], f"what belongs here: {field}")


def _field_at(loc: tuple[int | str, ...]) -> tuple[type[BaseModel] | None, str]:
    """Return the table that a place is in, and what the innermost described field is for."""
    holder: type[BaseModel] | None = Description
    text = "see config/schemas/provider.schema.json"
    for part in loc:
        if holder is None:
            break
        field = _fields(holder).get(str(part))
        if field is None:
            continue  # a number of a row, or the kind of a signature
        text = field.description or text
        inner = [one for one in _models(field.annotation) if _fits(one, loc)]
        holder = inner[0] if inner else holder
    return holder, text


def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _names(model: type[BaseModel] | None) -> Iterable[str]:
    return _fields(model) if model is not None else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Return the tables that a field may hold, whatever they are wrapped in."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _fits(model: type[BaseModel], loc: tuple[int | str, ...]) -> bool:
    """Tell the kind of signature that a place names from the others."""
    kind = model.model_fields.get("kind")
    return kind is None or any(part in get_args(kind.annotation) for part in loc)
