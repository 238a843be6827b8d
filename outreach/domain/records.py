"""Records: frozen to the type checker, plain at run time.

A frozen dataclass sets each field through `object.__setattr__`, which makes one of twelve fields
cost 3.1 µs instead of 0.36 µs (measured, Python 3.11). Dozens are made for every contact, so
`frozen=True` is kept where it is of use, in the type checker, and left out where it only costs.
Equality and hash are those of a frozen dataclass.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(cls: Any = None, /, *, frozen: bool = False, **options: Any) -> Any:
        """Make a dataclass; a frozen one is hashable and assignable at run time."""
        return dataclasses.dataclass(cls, unsafe_hash=frozen, **options)


__all__ = ["dataclass"]
