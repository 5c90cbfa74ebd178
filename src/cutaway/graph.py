"""A recorded program is a flat list of equations, each one NumPy call; this module holds the records and prints them.

Nothing here knows how a program is recorded, run or differentiated.

A graph is legal (:meth:`Graph.check`) if every variable is defined once, before its first use: as an input, as a
constant (a variable that no equation defines, whose value was fixed when the program was recorded) or as the output
of an equation; and if every output is defined.
"""

from __future__ import annotations

import keyword
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np


@dataclass(eq=False, slots=True)
class Var:
    """One value of a recorded program.

    Attributes
    ----------
    value : numpy.ndarray or scalar
        The value for the example input. Never written to.
    name : str or None
        The author's own name for it, such as ``Z1`` or ``self.W1``.
    """

    value: Any
    name: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; ``()`` for scalars."""
        return np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype of the value; that of a Python scalar is the one that NumPy gives it."""
        return self.value.dtype if hasattr(self.value, "dtype") else np.asarray(self.value).dtype

    def __repr__(self) -> str:
        return f"{self.name or 'value'}: {self.dtype}[{','.join(map(str, self.shape))}]"


Atom: TypeAlias = "Var | int | float | complex | bool | np.generic"
"""What an equation reads: a variable, or a scalar that stands in the program's text."""


@dataclass(frozen=True, slots=True)
class Where:
    """A line of somebody's program."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class NoGradient:
    """Why an argument has no gradient rule; the three reasons are kept apart."""

    reason: Literal["zero", "undefined", "not written"]


ZERO = NoGradient("zero")
UNDEFINED = NoGradient("undefined")
NOT_WRITTEN = NoGradient("not written")

Rule: TypeAlias = Callable[..., Any]
"""``rule(g, y, *args, **params)``: the cotangent of one argument from that of the result ``y``, in plain NumPy."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """A NumPy function and what follows from its meaning, whoever runs it.

    Attributes
    ----------
    name : str
        How errors and tables call it.
    fn : callable
        ``fn(*arrays, **params)`` computes the value.
    vjp : sequence of rules, or NoGradient
        One gradient rule for each argument (the last one serves all further arguments), or why there is none.
    elementwise : bool
        Whether each entry of the result depends on the entries at the same place alone.
    infix : tuple of (str, int), optional
        Template and binding strength (Python's) when it is printed as an operator.
    show : callable, optional
        ``show(texts, **params)`` prints what is neither an operator nor a call.
    """

    name: str
    fn: Callable[..., Any]
    vjp: Sequence[Rule | NoGradient] | NoGradient = NOT_WRITTEN
    elementwise: bool = False
    infix: tuple[str, int] | None = None
    show: Callable[..., str] | None = None

    def rule(self, i: int) -> Rule | NoGradient:
        """Gradient rule of argument ``i``."""
        return self.vjp if isinstance(self.vjp, NoGradient) else self.vjp[min(i, len(self.vjp) - 1)]

    def __repr__(self) -> str:
        return f"Primitive({self.name})"


@dataclass(frozen=True, eq=False, slots=True)
class Eqn:
    """``output = primitive(*inputs, **params)``.

    ``where`` is the line that computed it; for an equation of a gradient, ``of`` is the forward equation that it
    belongs to.
    """

    primitive: Primitive
    inputs: tuple[Atom, ...]
    params: Mapping[str, Any]
    output: Var
    where: Where | None = None
    of: Eqn | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Peek:
    """Python looked at a recorded value: a branch, an index, a number that left the recording, or a print."""

    kind: Literal["branch", "index", "number", "print", "random"]
    var: Var | None
    where: Where | None


@dataclass(frozen=True, eq=False)
class Graph:
    """A recorded program: ``outputs = eqns(inputs)``."""

    inputs: tuple[Var, ...]
    eqns: tuple[Eqn, ...]
    outputs: tuple[Atom, ...]
    peeks: tuple[Peek, ...] = ()
    name: str = "f"
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def constants(self) -> dict[str, Any]:
        """Arrays that were fixed when the program was recorded, by the name under which the program prints them."""
        return {self.names[v]: v.value for v in self._constant_vars}

    @property
    def _constant_vars(self) -> tuple[Var, ...]:
        if "constants" not in self._cache:
            known = {*self.inputs, *(e.output for e in self.eqns)}
            reads = [a for e in self.eqns for a in e.inputs] + list(self.outputs)
            self._cache["constants"] = tuple(dict.fromkeys(a for a in reads if isinstance(a, Var) and a not in known))
        constants: tuple[Var, ...] = self._cache["constants"]
        return constants

    @property
    def names(self) -> dict[Var, str]:
        """A Python identifier for every variable: the author's name where there is one, unique in this graph."""
        if "names" not in self._cache:
            taken = {"np", "slice", *(e.primitive.fn.__name__ for e in self.eqns)}
            names: dict[Var, str] = {}
            for var in (*self.inputs, *self._constant_vars, *(e.output for e in self.eqns)):
                names[var] = _unique(_identifier(var.name), taken)
            self._cache["names"] = names
        result: dict[Var, str] = self._cache["names"]
        return result

    def uses(self) -> dict[Var, int]:
        """How often each variable is read, by equations and as an output."""
        counts: dict[Var, int] = {}
        for atom in (*(a for e in self.eqns for a in e.inputs), *self.outputs):
            if isinstance(atom, Var):
                counts[atom] = counts.get(atom, 0) + 1
        return counts

    def check(self) -> None:
        """Raise ``AssertionError`` unless this graph is legal."""
        defined: set[Var] = {*self.inputs, *self._constant_vars}
        assert len(defined) == len(self.inputs) + len(self._constant_vars), "an input is listed twice"
        for i, eqn in enumerate(self.eqns):
            missing = [a for a in eqn.inputs if isinstance(a, Var) and a not in defined]
            assert not missing, f"equation {i} ({eqn.primitive.name}) reads {missing[0]!r} before it is defined"
            assert eqn.output not in defined, f"equation {i} ({eqn.primitive.name}) defines {eqn.output!r} twice"
            defined.add(eqn.output)

    def source(self) -> str:
        """Python source of a function that computes this graph; constants are its keyword-only arguments.

        ``exec`` it, then call it as ``f(*inputs, **graph.constants)``.
        """
        return "\n".join(_print(self))

    def __str__(self) -> str:
        return self.source()

    def __repr__(self) -> str:
        return f"<Graph {self.name}: {len(self.inputs)} inputs, {len(self.eqns)} equations>"


# Printing --------------------------------------------------------------------------------------------------------

_ATOM, _POWER, _UNARY, _COMPARE = 100, 14, 13, 6  # binding strengths of Python
_WIDTH = 100  # longer expressions get a line of their own


def _identifier(name: str | None) -> str:
    text = re.sub(r"\W+", "_", name or "t").strip("_") or "t"
    return f"_{text}" if text[0].isdigit() or keyword.iskeyword(text) else text


def _unique(name: str, taken: set[str]) -> str:
    candidate, n = name, 1
    while candidate in taken:
        n += 1
        candidate = f"{name}_{n}"
    taken.add(candidate)
    return candidate


def literal(value: Any) -> str:
    """Source text of a parameter or scalar."""
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(literal, value))
        return f"({inner}{',' if len(value) == 1 else ''})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, np.dtype):
        return f"np.dtype({value.str!r})"
    if isinstance(value, np.generic):
        return f"np.{type(value).__name__}({literal(value.item())})"
    if isinstance(value, np.ndarray):
        return f"np.array({literal(value.tolist())}, dtype={value.dtype.name!r})"
    if isinstance(value, float) and not np.isfinite(value):
        return "np.nan" if np.isnan(value) else ("np.inf" if value > 0 else "-np.inf")
    return repr(value)


def function_name(fn: Callable[..., Any]) -> str:
    """Full name of a primitive's function, ``numpy.linalg.inv`` or ``scipy.special.xlogy``, as one would import it."""
    if isinstance(fn, np.ufunc):
        if fn.__name__.endswith("(vectorized)"):
            return "numpy.frompyfunc"
        special = getattr(sys.modules.get("scipy.special"), fn.__name__, None) is fn
        home = "numpy" if hasattr(np, fn.__name__) else "scipy.special" if special else "numpy.strings"
        return f"{home}.{fn.__name__}"
    return f"{fn.__module__}.{fn.__qualname__}"


def _call(eqn: Eqn, args: Sequence[tuple[str, int]], modules: dict[str, str]) -> tuple[str, int]:
    """Source text of one equation and its binding strength."""
    if eqn.primitive.infix and not eqn.params:
        template, strength = eqn.primitive.infix
        # An equally strong right operand keeps its brackets, a - (b - c); for ** the left one; for comparisons both.
        equal_left, equal_right = strength not in (_COMPARE, _POWER), strength == _POWER
        needs = (strength + (not equal_left), strength + (not equal_right))
        texts = [t if s >= need else f"({t})" for (t, s), need in zip(args, needs, strict=False)]
        return template.format(*texts), strength
    if eqn.primitive.show:
        first = args[0] if args[0][1] == _ATOM else (f"({args[0][0]})", _ATOM)
        return eqn.primitive.show([t for t, _ in (first, *args[1:])], **eqn.params), _ATOM
    params = [f"{k}={literal(v)}" for k, v in eqn.params.items()]
    for part in (p for v in eqn.params.values() for p in (v if isinstance(v, tuple) else (v,))):
        if type(part).__module__.startswith("cutaway"):
            modules[type(part).__name__] = type(part).__module__
    module, _, name = function_name(eqn.primitive.fn).rpartition(".")
    if module.split(".")[0] == "numpy":
        name = "np" + module.removeprefix("numpy") + "." + name
    else:
        modules[name] = module
    return f"{name}({', '.join([t for t, _ in args] + params)})", _ATOM


def _print(graph: Graph) -> Iterator[str]:
    """Lines of source; a value that is read once and has no name of its own is written where it is read."""
    names, uses = graph.names, graph.uses()
    modules: dict[str, str] = {}
    inline: dict[Var, tuple[str, int]] = {}
    body: list[str] = []

    def text(atom: Atom) -> tuple[str, int]:
        if not isinstance(atom, Var):
            number = literal(atom)
            return number, _UNARY if number.startswith("-") else _ATOM
        return inline.pop(atom) if atom in inline else (names[atom], _ATOM)

    for eqn in graph.eqns:
        line, strength = _call(eqn, [text(a) for a in eqn.inputs], modules)
        if eqn.output.name is None and uses.get(eqn.output) == 1 and len(line) < _WIDTH:
            inline[eqn.output] = (line, strength)
        else:
            body.append(
                f"    {names[eqn.output]} = {line}"
                + (f"  # {os.path.basename(eqn.where.file)}:{eqn.where.line}" if eqn.where else "")
            )
    results = ", ".join(text(a)[0] for a in graph.outputs)
    constants = [names[v] for v in graph._constant_vars]
    arguments = [names[v] for v in graph.inputs] + (["*", *constants] if constants else [])
    yield "import numpy as np"
    yield from (f"from {module} import {name}" for name, module in sorted(modules.items()))
    yield f"\n\ndef {_identifier(graph.name)}({', '.join(arguments)}):"
    yield from body
    yield f"    return {results}"
