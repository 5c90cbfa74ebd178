"""A writer of LLVM assembly: every method adds an instruction and returns its value.

Writing text is several times faster than building llvmlite's objects, which matters because compiling is a part of a
user's waiting time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


class Value(NamedTuple):
    """An LLVM value: its name or the text of a constant, and its type."""

    text: str
    type: str

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


SCALARS = {"float32": "float", "float64": "double", "int64": "i64", "int32": "i32", "bool": "i8"}
"""How NumPy dtypes lie in memory; there are no others here."""

SIZES = {"ptr": 8, "float": 4, "double": 8, "i64": 8, "i32": 4, "i8": 1, "i1": 1}


def scalar_of(type: str) -> str:
    """Type of the entries of a vector; of a scalar, its own."""
    return type.split(" x ")[1][:-1] if type[0] == "<" else type


def lanes_of(type: str) -> int:
    """How many entries a vector has; 0 for a scalar."""
    return int(type[1:].split(" ")[0]) if type[0] == "<" else 0


def vector(scalar: str, lanes: int) -> str:
    """Type of so many entries; 0 for the scalar itself."""
    return f"<{lanes} x {scalar}>" if lanes else scalar


def like(type: str, scalar: str) -> str:
    """As many lanes as ``type``, of other entries."""
    return vector(scalar, lanes_of(type))


def literal(scalar: str, number: float | int | bool) -> str:
    """Text of a scalar constant, exact."""
    if scalar == "i1":
        return "true" if number else "false"
    if scalar in ("float", "double"):
        with np.errstate(all="ignore"):
            exact = float(np.float32(number)) if scalar == "float" else float(number)
        return f"0x{struct.unpack('<Q', struct.pack('<d', exact))[0]:016X}"
    return str(int(number))


def constant(type: str, number: float | int | bool) -> Value:
    """A constant, the same in all lanes."""
    text = literal(scalar_of(type), number)
    return Value(f"splat ({scalar_of(type)} {text})" if lanes_of(type) else text, type)


class Writer:
    """Writes one function; `module` keeps what all functions of a module need once."""

    def __init__(self, module: Module, name: str, arguments: Sequence[tuple[str, str]], *, exported: bool = False):
        self.module = module
        self.lines: list[str] = []
        self.room: dict[str, str] = {}  # on the stack, by name
        self._count = 0
        self._block = "entry"
        self._shared: dict[object, Value] = {}
        self.arguments = [Value(f"%{n}", t) for n, t in arguments]
        linkage = "" if exported else "internal "
        given = ", ".join(f"{t}{' noalias' if n.startswith('_') else ''} %{n}" for n, t in arguments)
        self._head = f"define {linkage}{{}} @{name}({given}) #0 {{{{"

    def end(self, result: Value | None = None) -> None:
        """Return from the function, and hand it to the module."""
        self.lines.append("  ret void" if result is None else f"  ret {result}")
        head = self._head.format("void" if result is None else result.type)
        self.module.functions.append("\n".join([head, "entry:", *self.room.values(), *self.lines, "}"]))

    def do(self, text: str) -> None:
        """An instruction without a result."""
        self.lines.append("  " + text)

    def new(self, type: str, text: str) -> Value:
        """An instruction with a result."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {text}")
        return Value(name, type)

    # Arithmetic ------------------------------------------------------------------------------------------------

    def two(self, op: str, a: Value, b: Value) -> Value:
        """``fadd``, ``and`` and the like."""
        how = " contract" if op in ("fadd", "fsub", "fmul") else ""
        return self.new(a.type, f"{op}{how} {a}, {b.text}")

    def exactly(self, op: str, a: Value, b: Value) -> Value:
        """As `two`, but never merged with a neighbour into one rounding."""
        return self.new(a.type, f"{op} {a}, {b.text}")

    def sum(self, a: Value, b: Value) -> Value:
        """``a + b``, of floats or integers."""
        return self.exactly("fadd" if scalar_of(a.type) in ("float", "double") else "add", a, b)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """``a * b + c``; in one rounding where the machine has it."""
        if not self.module.fma:
            return self.exactly("fadd", self.exactly("fmul", a, b), c)
        return self.call("llvm.fma", a, b, c)

    def compare(self, how: str, a: Value, b: Value) -> Value:
        """``oeq`` and the like of floats, ``eq`` and the like of integers."""
        kind = "fcmp" if scalar_of(a.type) in ("float", "double") else "icmp"
        return self.new(like(a.type, "i1"), f"{kind} {how} {a}, {b.text}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """``a`` where the condition holds, else ``b``."""
        return self.new(a.type, f"select {condition}, {a}, {b}")

    def cast(self, how: str, a: Value, type: str) -> Value:
        """``bitcast``, ``sitofp`` and the like."""
        return a if a.type == type else self.new(type, f"{how} {a} to {type}")

    def call(self, name: str, *args: Value, result: str | None = None) -> Value:
        """An intrinsic whose name ends in the type of its first argument."""
        type = args[0].type
        suffix = f"v{lanes_of(type)}" if lanes_of(type) else ""
        kind = {"float": "f32", "double": "f64"}.get(scalar_of(type), scalar_of(type))
        return self.declared(f"{name}.{suffix}{kind}", result or type, *args)

    def declared(self, name: str, result: str, *args: Value) -> Value:
        """An intrinsic by its full name."""
        self.module.declare(f"declare {result} @{name}({', '.join(a.type for a in args)})")
        return self.new(result, f"call {result} @{name}({', '.join(map(str, args))})")

    def const(self, type: str, number: float | int | bool) -> Value:
        """A constant, the same in all lanes."""
        return constant(type, number)

    def shared(self, function: Callable[[Writer, Value], Value], x: Value) -> Value:
        """``function(self, x)``, computed once in a block."""
        key = (self._block, function, x)
        if key not in self._shared:
            self._shared[key] = function(self, x)
        return self._shared[key]

    def known(self, function: Callable[[Writer, Value], Value], x: Value) -> Value | None:
        """What `shared` gives if it has been computed in this block."""
        return self._shared.get((self._block, function, x))

    # Vectors ---------------------------------------------------------------------------------------------------

    def splat(self, x: Value, lanes: int) -> Value:
        """A vector of equal entries."""
        if not lanes or lanes_of(x.type):
            return x
        type = vector(x.type, lanes)
        if x.text[0] != "%":
            return Value(f"splat ({x})", type)
        first = self.new(type, f"insertelement {type} poison, {x}, i64 0")
        return self.new(type, f"shufflevector {type} {first.text}, {type} poison, <{lanes} x i32> zeroinitializer")

    def shuffle(self, a: Value, b: Value | None, places: Sequence[int]) -> Value:
        """Entries of ``a`` and ``b``, counted through."""
        mask = ", ".join(f"i32 {p}" for p in places)
        second = "poison" if b is None else b.text
        type = vector(scalar_of(a.type), len(places))
        return self.new(type, f"shufflevector {a}, {a.type} {second}, <{len(places)} x i32> <{mask}>")

    def entry(self, x: Value, i: int) -> Value:
        """One entry of a vector."""
        return self.new(scalar_of(x.type), f"extractelement {x}, i64 {i}")

    def iota(self, scalar: str, lanes: int) -> Value:
        """0, 1, 2, ..."""
        return self.numbers(range(lanes), scalar) if lanes else constant(scalar, 0)

    def numbers(self, numbers: Sequence[float], scalar: str) -> Value:
        """A constant vector."""
        entries = ", ".join(f"{scalar} {literal(scalar, x)}" for x in numbers)
        return Value(f"<{entries}>", vector(scalar, len(numbers)))

    # Memory ----------------------------------------------------------------------------------------------------

    def at(self, pointer: Value, index: Value | int, scalar: str) -> Value:
        """The address of an entry."""
        if isinstance(index, int):
            if index == 0:
                return pointer
            index = Value(str(index), "i64")
        return self.new("ptr", f"getelementptr {scalar}, {pointer}, {index}")

    def load(self, pointer: Value, type: str) -> Value:
        """Read."""
        return self.new(type, f"load {type}, {pointer}, align {SIZES[scalar_of(type)]}")

    def store(self, x: Value, pointer: Value) -> None:
        """Write."""
        self.do(f"store {x}, {pointer}, align {SIZES[scalar_of(x.type)]}")

    def fetch(self, pointer: Value) -> None:
        """Ask for memory that will be read, for the second level of the cache."""
        self.module.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
        self.do(f"call void @llvm.prefetch.p0({pointer}, i32 0, i32 2, i32 1)")

    # Control ---------------------------------------------------------------------------------------------------

    def label(self) -> str:
        """A new name for a block."""
        self._count += 1
        return f"L{self._count}"

    def block(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self._block = label

    def go(self, label: str) -> None:
        """Go on in another block."""
        self.do(f"br label %{label}")

    def branch(self, condition: Value, yes: str, no: str) -> None:
        """Go on in one of two blocks."""
        self.do(f"br {condition}, label %{yes}, label %{no}")

    def when(self, condition: Value, body: Callable[[], None]) -> None:
        """Do something only if the condition holds."""
        yes, end = self.label(), self.label()
        self.branch(condition, yes, end)
        self.block(yes)
        body()
        self.go(end)
        self.block(end)

    def either(self, condition: Value, first: Callable[[], None], second: Callable[[], None]) -> None:
        """Do the one or the other."""
        yes, no, end = self.label(), self.label(), self.label()
        self.branch(condition, yes, no)
        for label, body in ((yes, first), (no, second)):
            self.block(label)
            body()
            self.go(end)
        self.block(end)

    def loop(
        self,
        start: Value | int,
        stop: Value | int,
        body: Callable[[Value, list[Value]], Sequence[Value] | None],
        *,
        step: int = 1,
        carried: Sequence[Value] = (),
        maybe_empty: bool = True,
    ) -> list[Value]:
        """``body(i, carried)`` for i = start, start + step, ... below stop; returns what is carried at the end."""
        first = Value(str(start), "i64") if isinstance(start, int) else start
        last = Value(str(stop), "i64") if isinstance(stop, int) else stop
        if isinstance(start, int) and isinstance(stop, int):
            if start >= stop:
                return list(carried)
            if start + step >= stop:
                return list(body(first, list(carried)) or carried)
            maybe_empty = False
        before, head, end = self._block, self.label(), self.label()
        if maybe_empty:
            self.branch(self.compare("slt", first, last), head, end)
        else:
            self.go(head)
        self.block(head)
        self._count += 1
        i = Value(f"%i{self._count}", "i64")
        place = len(self.lines)
        phis = [Value(f"%c{self._count}_{k}", c.type) for k, c in enumerate(carried)]
        new = list(body(i, list(phis)) or [])
        following = self.exactly("add", i, Value(str(step), "i64"))
        heads = [f"  {i.text} = phi i64 [ {first.text}, %{before} ], [ {following.text}, %{self._block} ]"]
        for phi, c, n in zip(phis, carried, new, strict=True):
            heads.append(f"  {phi.text} = phi {phi.type} [ {c.text}, %{before} ], [ {n.text}, %{self._block} ]")
        self.lines[place:place] = heads
        final = self._block
        self.branch(self.compare("slt", following, last), head, end)
        self.block(end)
        if not maybe_empty:
            return new
        return [
            self.new(c.type, f"phi {c.type} [ {c.text}, %{before} ], [ {n.text}, %{final} ]")
            for c, n in zip(carried, new, strict=True)
        ]


class Module:
    """Functions and declarations of one unit of machine code."""

    def __init__(self, *, width: int, features: frozenset[str]) -> None:
        self.width = width  # bytes of a vector
        self.features = features
        self.fma = bool(features & {"fma", "avx512f", "neon"})
        self.functions: list[str] = []
        self._declared: dict[str, None] = {}
        self._known: dict[object, str] = {}

    def declare(self, line: str) -> None:
        """Declare an intrinsic, once."""
        self._declared[line] = None

    def once(self, key: object, make: Callable[[str], None], kind: str) -> str:
        """The name of the function for this key; ``make(name)`` writes it when it is first asked for."""
        if key not in self._known:
            name = self._known[key] = f"{kind}{len(self._known)}"
            make(name)
        return self._known[key]

    def text(self) -> str:
        """The whole module."""
        wide = f'"min-legal-vector-width"="{8 * self.width}" "prefer-vector-width"="{8 * self.width}"'
        return "\n\n".join([*self._declared, *self.functions, f"attributes #0 = {{ nounwind {wide} }}"])
