"""What one loop computes at each entry, as a short program of its own; loops with equal programs share machine code.

An instruction reads earlier ones by number. Memory is reached through numbered *slots*: the same code serves another
layer when it is called with other addresses.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.engines.native.nodes import Node, RowRef, Unsupported, WholeRef
from cutaway.engines.native.scalars import OPS, cast
from cutaway.engines.native.text import SCALARS, Value, Writer, constant, like, vector

_GOLDEN = 0x9E3779B9
SCALAR, FEATURE, ROW, FULL = range(4)
"""On what a value depends: on nothing, the feature, the row, both; of two values together, ``a | b``."""


@dataclass
class Chain:
    """A program.

    Attributes
    ----------
    code : list of tuple
        Instructions: ``(kind, dtype, ...)``.
    slots : list
        What the addresses mean, for the caller: pairs of a node and an offset in entries.
    outputs : list of tuple
        ``("store" | "sum" | "fold", instruction, slot, dtype, ...)``.
    """

    code: list[tuple[Any, ...]] = field(default_factory=list)
    slots: list[tuple[Node, int]] = field(default_factory=list)
    outputs: list[tuple[Any, ...]] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)

    def key(self) -> tuple[Any, ...]:
        """Equal for chains that can share code."""
        return tuple(self.code), tuple(self.outputs)

    def slot(self, node: Node, offset: int = 0) -> int:
        """The number of an address."""
        if (node, offset) not in self.slots:
            self.slots.append((node, offset))
        return self.slots.index((node, offset))

    def add(self, level: int, *instruction: Any) -> int:
        """An instruction, if there is no equal one yet; its number."""
        if instruction in self.code:
            return self.code.index(instruction)
        self.code.append(instruction)
        self.levels.append(level)
        return len(self.code) - 1

    def readers(self, i: int) -> list[int]:
        """The instructions that read the result of one; -1 for an output."""
        first = {"op": 3, "cast": 2, "uniform": 3, "key": 4}
        found = [j for j, c in enumerate(self.code) if i in c[first.get(c[0], len(c)) :]]
        return found + [-1 for o in self.outputs if o[1] == i]

    def dtype(self, i: int) -> str:
        """The dtype of an instruction's result."""
        return str(self.code[i][1])


class ChainBuilder:
    """Builds the chain of a group of nodes with one domain of ``size`` features (or entries)."""

    def __init__(self, size: int, inlined: Callable[[Node], bool], *, rows: bool = True) -> None:
        self.chain = Chain()
        self.size, self.rows = size, rows
        self._inlined = inlined
        self._known: dict[Node, int] = {}

    def product(self, node: Node) -> None:
        """The group's product, which its other values may read."""
        self._known[node] = self.chain.add(FULL, "product", node.dtype)

    def in_memory(self, node: Node) -> None:
        """The group's product, if it has been computed."""
        self._known[node] = self.chain.add(FULL, "tile", node.dtype, self.chain.slot(node), 0, 1)

    def compute(self, node: Node) -> int:
        """The instruction that gives a node's value."""
        if node in self._known:
            return self._known[node]
        if node.op == "uniform":
            seeds = [self.read(a, "int64") for a in node.args]
            keys = [self.chain.add(SCALAR, "key", "int32", k, node.how["draw"], *seeds) for k in (0, 1)]
            i = self.chain.add(FULL, "uniform", node.dtype, node.size, *keys)
        else:
            i = self._op(node)
        self._known[node] = i
        return i

    def _op(self, node: Node) -> int:
        op = OPS[node.op]
        dtype = node.dtype
        if op.of == "result":
            if op.floats and dtype not in ("float32", "float64"):
                raise Unsupported(f"{node.op} with a result of dtype {dtype}")
            if dtype == "bool" and node.op not in ("copy", "cast"):
                raise Unsupported(f"{node.op} of Booleans")
            wanted = [dtype] * len(node.args)
        elif op.of == "where":
            wanted = ["bool", dtype, dtype]
        elif op.of == "arguments":
            common = _common(node.args)
            wanted = [common] * len(node.args)
        else:
            wanted = [_common([a]) for a in node.args]
            if op.floats and wanted[0] not in ("float32", "float64"):
                raise Unsupported(f"{node.op} of dtype {wanted[0]}")
        args = [self.read(a, d) for a, d in zip(node.args, wanted, strict=True)]
        if node.op in ("copy", "cast", "positive"):
            return args[0]
        level = functools.reduce(operator.or_, [self.chain.levels[i] for i in args])
        return self.chain.add(level, "op", dtype, node.op, *args)

    def read(self, a: Any, dtype: str) -> int:
        """The instruction that gives an argument in a dtype."""
        return self.read_as(self._read(a, dtype), dtype)

    def read_as(self, i: int, dtype: str) -> int:
        """An instruction's result in a dtype."""
        if self.chain.dtype(i) == dtype:
            return i
        return self.chain.add(self.chain.levels[i], "cast", dtype, i)

    def _read(self, a: Any, dtype: str) -> int:
        if not isinstance(a, (RowRef, WholeRef)):
            kind = np.dtype(dtype).type
            with np.errstate(all="ignore"):
                return self.chain.add(SCALAR, "number", dtype, repr(kind(a).item()))
        node = a.node
        if isinstance(a, WholeRef):
            if not self.rows and a.size == node.size and (node in self._known or self._inlined(node)):
                return self.compute(node)
            if a.size == 1:
                return self.chain.add(SCALAR, "scalar", node.dtype, self.chain.slot(node, a.offset))
            if not self.rows:
                return self.chain.add(FULL, "tile", node.dtype, self.chain.slot(node, a.offset), 0, 1)
            if len(a.shape) != 1 and not a.contiguous:
                raise Unsupported("a view without order")
            stride = a.strides[-1] if len(a.shape) == 1 else 1
            return self.chain.add(FEATURE, "feature", node.dtype, self.chain.slot(node, a.offset), stride)
        if a.whole and (node in self._known or self._inlined(node)):
            return self.compute(node)
        if a.size == 1:
            return self.chain.add(ROW, "row", node.dtype, self.chain.slot(node, 0), a.start)
        return self.chain.add(FULL, "tile", node.dtype, self.chain.slot(node, 0), a.start, a.step)

    def output(self, kind: str, i: int, node: Node, *how: Any) -> None:
        """Store a value, or add it up."""
        self.chain.outputs.append((kind, i, self.chain.slot(node, 0), node.dtype, *how))


def _common(args: Any) -> str:
    """The dtype in which NumPy would compare these; Python numbers follow the others."""
    strong = [np.dtype(a.node.dtype) for a in args if isinstance(a, (RowRef, WholeRef))]
    strong += [a.dtype for a in args if isinstance(a, np.generic)]
    weak = [a for a in args if type(a) in (int, float, bool)]
    if not strong:
        return np.result_type(*weak).name
    return np.result_type(*strong, *weak).name


class Evaluator:
    """Writes the instructions of a chain at given places, each once."""

    def __init__(
        self,
        w: Writer,
        chain: Chain,
        pointers: Mapping[int, Value],
        *,
        lanes: int,
        stride: int,
        row0: Value | None = None,
    ) -> None:
        self.w, self.chain, self.pointers = w, chain, pointers
        self.lanes, self.stride, self.row0 = lanes, stride, row0
        self._memo: dict[tuple[Any, ...], Value] = {}
        self.product: dict[tuple[int, int], Value] = {}

    def forget(self, level: int) -> None:
        """Drop what depends on the feature, or the row: a new iteration begins."""
        drop = (FEATURE, FULL) if level == FEATURE else (ROW, FULL)
        self._memo = {k: v for k, v in self._memo.items() if self.chain.levels[k[0]] not in drop}

    def hoist(self, level: int, f: Value | None = None, fi: int = 0) -> None:
        """Compute all instructions of a level now, outside of the loops inside."""
        for i, known in enumerate(self.chain.levels):
            if known == level:
                self.value(i, f, fi, None, 0)

    def value(self, i: int, f: Value | None, fi: int, r: Value | None, vi: int) -> Value:
        """Instruction ``i`` for feature ``f``, the ``fi``-th of a block, and rows from ``r``, the ``vi``-th vector."""
        level = self.chain.levels[i]
        key = (i, fi if level in (FEATURE, FULL) else -1, vi if level in (ROW, FULL) else -1)
        if key not in self._memo:
            self._memo[key] = self._write(self.chain.code[i], f, fi, r, vi)
        return self._memo[key]

    def _write(self, code: tuple[Any, ...], f: Value | None, fi: int, r: Value | None, vi: int) -> Value:
        w, kind, dtype = self.w, code[0], code[1]
        if kind == "number":
            scalar = "i1" if dtype == "bool" else SCALARS[dtype]
            return constant(vector(scalar, self.lanes), float(code[2]) if "float" in dtype else eval(code[2], {}))
        if kind == "product":
            return self.product[fi, vi]
        if kind == "cast":
            return cast(w, self.value(code[2], f, fi, r, vi), dtype)
        if kind == "op":
            args = [self.value(i, f, fi, r, vi) for i in code[3:]]
            return OPS[code[2]].emit(w, *args)
        if kind == "uniform":
            return self._uniform(code, f, r)
        if kind == "key":
            return _key(w, code[2], code[3], *(self.value(i, f, fi, r, vi) for i in code[4:]))
        scalar = SCALARS[dtype]
        pointer = self.pointers[code[2]]
        if kind == "scalar":
            return self._loaded(w.splat(w.load(pointer, scalar), self.lanes), dtype)
        if kind == "feature":
            assert f is not None
            place = f if code[3] == 1 else w.exactly("mul", f, constant("i64", code[3]))
            return self._loaded(w.splat(w.load(w.at(pointer, place, scalar), scalar), self.lanes), dtype)
        assert r is not None
        place = r
        if kind == "row" and code[3]:
            place = w.exactly("add", r, constant("i64", code[3] * self.stride))
        if kind == "tile":
            assert f is not None
            start, step = code[3], code[4]
            at = w.exactly("mul", f, constant("i64", step * self.stride))
            place = w.exactly("add", at, r)
            if start:
                place = w.exactly("add", place, constant("i64", start * self.stride))
        return self._loaded(w.load(w.at(pointer, place, scalar), vector(scalar, self.lanes)), dtype)

    def _loaded(self, x: Value, dtype: str) -> Value:
        return self.w.compare("ne", x, constant(x.type, 0)) if dtype == "bool" else x

    def _uniform(self, code: tuple[Any, ...], f: Value | None, r: Value | None) -> Value:
        """The hash of :mod:`cutaway.ops.random`, in the same integer arithmetic."""
        w, features = self.w, code[2]
        key, other = (self.value(i, None, 0, None, 0) for i in code[3:])
        assert r is not None and self.row0 is not None and f is not None
        lanes = vector("i32", self.lanes)
        row = w.splat(w.cast("trunc", w.exactly("add", r, self.row0), "i32"), self.lanes)
        row = w.exactly("add", row, w.iota("i32", self.lanes))
        column = w.splat(w.cast("trunc", f, "i32"), self.lanes)
        index = w.exactly("add", w.exactly("mul", row, constant(lanes, features)), column)
        bits = _mix(w, w.exactly("add", _mix(w, w.two("xor", index, key)), other))
        bits = w.exactly("lshr", bits, constant(lanes, 8))
        number = w.cast("uitofp", bits, vector(SCALARS[code[1]], self.lanes))
        return w.exactly("fmul", number, constant(number.type, 2.0**-24))


def _key(w: Writer, which: int, draw: int, seed: Value, step: Value) -> Value:
    """The two keys of a draw, from its seed and step."""
    lanes = like(seed.type, "i32")
    low = w.cast("trunc", seed, lanes)
    high = w.cast("trunc", w.exactly("lshr", seed, constant(seed.type, 32)), lanes)
    count = w.cast("trunc", step, lanes)
    first = _mix(w, w.exactly("add", low, _word(lanes, _GOLDEN * (draw + 1))))
    if which == 0:
        return _mix(w, w.two("xor", first, count))
    other = _mix(w, w.two("xor", high, first))
    return _mix(w, w.exactly("add", other, w.exactly("mul", count, _word(lanes, _GOLDEN))))


def _word(type: str, number: int) -> Value:
    """A constant of 32 bits."""
    number &= 0xFFFFFFFF
    return constant(type, number - 2**32 if number >= 2**31 else number)


def _mix(w: Writer, x: Value) -> Value:
    x = w.two("xor", x, w.exactly("lshr", x, constant(x.type, 16)))
    x = w.exactly("mul", x, _word(x.type, 0x7FEB352D))
    x = w.two("xor", x, w.exactly("lshr", x, constant(x.type, 15)))
    x = w.exactly("mul", x, _word(x.type, 0x846CA68B))
    return w.two("xor", x, w.exactly("lshr", x, constant(x.type, 16)))


def in_memory(w: Writer, x: Value, dtype: str) -> Value:
    """A value as it is stored: Booleans as bytes."""
    return w.cast("zext", x, like(x.type, "i8")) if dtype == "bool" else x
