"""Every reason code that the code can emit, read out of its source.

A primitive objects by `block(cause)`, `defer(cause)` or `Objection(cause, …)`. A cause that isn't
written there is followed to where it was assigned, returned or chosen.
"""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from outreach import compliance
from outreach.compliance import PRIMITIVES

FOLDER: Final = Path(compliance.__file__).parent
_OBJECTING: Final = {"block", "defer", "Objection"}
ANY: Final = "*"
"""Stands for a part of a cause that is put in at run time."""


def emitted() -> dict[str, str]:
    """Return every code of every primitive, with the line it comes from; `*` stands for a part."""
    found: dict[str, str] = {}
    for name in PRIMITIVES:
        source = _Source(FOLDER / f"{name}.py")
        for call in source.objections():
            for cause in source.texts(call.args[0]):
                if cause:
                    found[f"{name}.{cause}"] = f"{source.path.name}:{call.lineno}"
    return found


class _Source:
    """One module."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._following: set[str] = set()

    def objections(self) -> Iterator[ast.Call]:
        """Yield the calls that object, those alone that name the cause by themselves."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and _called(node) in _OBJECTING and node.args:
                yield node

    def texts(self, node: ast.expr) -> set[str]:
        """Return every text that an expression may be."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=parts):
                return {"".join(self._part(part) for part in parts)}
            case ast.IfExp(body=one, orelse=other):
                return self.texts(one) | self.texts(other)
            case ast.BoolOp(values=each):
                return set().union(*map(self.texts, each))
            case ast.Call(func=ast.Name(id=name)):
                return self._named(name, chain(self._returned(name), self._imported(name)))
            case ast.Name(id=name):
                return self._named(name, self._assigned(name))
            case _:
                return set()

    def _part(self, part: ast.expr) -> str:
        return str(part.value) if isinstance(part, ast.Constant) else ANY

    def _named(self, name: str, values: Iterator[ast.expr]) -> set[str]:
        if name in self._following:
            return set()
        self._following.add(name)
        found = set().union(*map(self.texts, values))
        self._following.discard(name)
        return found

    def _returned(self, name: str) -> Iterator[ast.expr]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield inner.value

    def _assigned(self, name: str) -> Iterator[ast.expr]:
        for node in ast.walk(self._tree):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        yield from self._bound(target, value, name)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    yield from self._bound(target, value, name)
                case ast.NamedExpr(target=target, value=value):
                    yield from self._bound(target, value, name)
                case _:
                    pass
        yield from self._passed(name)
        yield from self._imported(name)

    def _bound(self, target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
        match target, value:
            case ast.Name(id=bound), _ if bound == name:
                yield value
            case ast.Tuple(elts=targets), ast.Tuple(elts=values):
                for one, each in zip(targets, values, strict=True):
                    yield from self._bound(one, each, name)
            case _:
                pass

    def _passed(self, name: str) -> Iterator[ast.expr]:
        """Yield what callers within the module pass for a parameter of this name."""
        for node in ast.walk(self._tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            names = [one.arg for one in node.args.args]
            if name not in names:
                continue
            place = names.index(name) - (names[0] == "self")
            for call in ast.walk(self._tree):
                if isinstance(call, ast.Call) and _called(call) == node.name:
                    yield from call.args[place : place + 1]

    def _imported(self, name: str) -> Iterator[ast.expr]:
        """Yield the value of a constant that comes from another module of the folder."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and any(one.name == name for one in node.names):
                path = FOLDER / f"{(node.module or '').rpartition('.')[2]}.py"
                if path.is_file() and path != self.path:
                    other = _Source(path)
                    for text in sorted(other._named(name, other._assigned(name))):
                        yield ast.Constant(text)
                    for text in sorted(other._named(name, other._returned(name))):
                        yield ast.Constant(text)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
