"""Settings: frozen records whose numbers are checked when they are made, and which go to JSON and back by name.

An optimizer or a schedule is its numbers and one formula. The limits of each number stand in its type, so the check
and the words of the error follow from the declaration, and a new optimizer is one class and nothing else.
"""

from __future__ import annotations

import inspect
import math
import numbers
import reprlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Self, TypeAlias, get_args, get_origin, get_type_hints

from cutaway.errors import UsageError, one_of


@dataclass(frozen=True)
class Limit:
    """Which numbers a field may hold: the words for it, the test of it, and an example that passes."""

    words: str
    holds: Callable[[float], bool]
    example: str
    whole: bool = False

    def allows(self, value: object) -> bool:
        """Return whether a value is a finite real number within the limit."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            return False
        return self.holds(float(value)) and not (self.whole and value % 1 != 0)


NOT_NEGATIVE = Limit("a number, 0 or more", lambda v: v >= 0, "0.1")
POSITIVE = Limit("a number above 0", lambda v: v > 0, "1.0")
FRACTION = Limit("a number from 0 to below 1", lambda v: 0 <= v < 1, "0.9")
COUNT = Limit("a whole number, 1 or more", lambda v: v >= 1, "10", whole=True)

NotNegative: TypeAlias = Annotated[float, NOT_NEGATIVE]
Positive: TypeAlias = Annotated[float, POSITIVE]
Fraction: TypeAlias = Annotated[float, FRACTION]
Count: TypeAlias = Annotated[int, COUNT]
MaybePositive: TypeAlias = Annotated[float | None, POSITIVE]
MaybeCount: TypeAlias = Annotated[int | None, COUNT]


@cache
def _limits(kind: type) -> dict[str, tuple[Limit, tuple[type, ...]]]:
    """Return for each limited field of a dataclass its limit, and the types that are taken besides numbers."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is Annotated:
            base, limit = get_args(hint)[:2]
            found[name] = limit, tuple(t for t in get_args(base) if t not in (int, float))
    return found


def check_numbers(record: Any) -> None:
    """Check the limited numbers of a dataclass instance, and make them plain Python numbers.

    A ``np.float64`` left in place would turn a float32 network into a float64 one without a word.

    Raises
    ------
    UsageError
        If a number is outside its limits, or no finite number.
    """
    kind = type(record)
    for name, (limit, others) in _limits(kind).items():  # type: ignore[arg-type]  # a class is hashable
        value = getattr(record, name)
        if isinstance(value, others):
            continue
        if not limit.allows(value):
            also = "".join(f", or {'None' if t is type(None) else f'a {t.__name__}'}" for t in others)
            raise UsageError(
                f"{name} of {kind.__name__} must be {limit.words}{also}",
                received=f"{name}={reprlib.repr(value)}",
                instead=f"Write for example {kind.__name__}({name}={limit.example})",
            )
        object.__setattr__(record, name, int(value) if limit.whole else float(value))


@dataclass(frozen=True, repr=False)
class Settings:
    """A frozen record of numbers that are checked, with a name to be found by and a JSON form."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_numbers(self)

    def __repr__(self) -> str:
        """Return what to write to have it again, without the settings that have their defaults."""
        changed = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default]
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed)})"

    @classmethod
    def name(cls) -> str:
        """Return the name to choose this class by: ``adam``; with its module for classes from outside cutaway."""
        own = cls.__module__.rpartition(".")[0] == __name__.rpartition(".")[0]
        return cls.__name__.lower() if own else f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def known(cls) -> dict[str, type[Self]]:
        """Return every class of this family by its name; a class defined again replaces the earlier one."""
        return {kind.name(): kind for kind in sorted(_family(cls), key=lambda kind: kind.name())}

    @classmethod
    def named(cls, name: object) -> type[Self]:
        """Return the class of this family with that name (``one-cycle``, ``one_cycle`` and ``OneCycle`` are one).

        Raises
        ------
        UsageError
            If there is none; the error lists cutaway's own, and all if a name with its module was asked for.
        """
        known, text = cls.known(), str(name)
        found = known.get(text) or known.get(text.lower().replace("-", "").replace("_", ""))
        if found is None:
            own = [known_name for known_name in known if "." not in known_name]
            raise one_of(name, known if "." in text else own, name=f"the {cls.__name__.lower()}")
        return found

    def to_json(self) -> dict[str, Any]:
        """Return these settings as a dictionary for JSON, with the ``name`` of the class."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            "name": self.name(),
            **{k: v.to_json() if isinstance(v, Settings) else v for k, v in values.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Make the settings that `to_json` wrote; fields that are left out take their defaults.

        Raises
        ------
        UsageError
            If the name, or a field, is not known.
        """
        kind = cls.named(data.get("name"))
        values = {k: Settings.from_json(v) if isinstance(v, Mapping) else v for k, v in data.items() if k != "name"}
        names = [f.name for f in fields(kind)]
        for key in values:
            if key not in names:
                raise one_of(key, names, name=f"the setting of {kind.__name__}")
        return kind(**values)


def _family(cls: type[Any]) -> Iterator[type[Any]]:
    if cls is not Settings and not inspect.isabstract(cls):
        yield cls
    for sub in cls.__subclasses__():
        yield from _family(sub)
