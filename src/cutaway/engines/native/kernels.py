"""The loops over the rows of a tile, as functions with run-time sizes that are written once for each kind of work.

A tile holds each feature of its rows side by side, ``stride`` rows of room for each, so that one vector holds one
feature of many rows. Products keep a block of four features by four vectors in registers. The room behind the last row
holds copies of it: what is computed there does no harm, and sums leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cutaway.engines.native.across import horizontal
from cutaway.engines.native.chains import FEATURE, ROW, SCALAR, Chain, Evaluator, in_memory
from cutaway.engines.native.scalars import OPS
from cutaway.engines.native.text import SCALARS, Module, Value, Writer, constant, vector

_BLOCK = 4
_SHORT = 8  # instructions, roughly


@dataclass(frozen=True)
class Tile:
    """How rows lie in a tile."""

    lanes: int
    stride: int  # rows of room, a multiple of lanes

    exact: bool = True  # all rows of room are computed; otherwise only vectors that hold a row, which costs more code
    most: int = 0  # rows in it, if there are fewer than there is room for

    @property
    def rows(self) -> int:
        """How many rows are in a tile, but for the last."""
        return self.most or self.stride

    def spans(self, w: Writer, rows: Value) -> list[tuple[Value | int, Value | int, int]]:
        """Spans of rows, (start, stop, vectors at once)."""
        vectors = self.stride // self.lanes
        if not self.exact:
            room = w.two("and", w.exactly("add", rows, constant("i64", self.lanes - 1)), constant("i64", -self.lanes))
            middle = w.two("and", room, constant("i64", -_BLOCK * self.lanes))
            return [(0, middle, _BLOCK), (middle, room, 1)]
        whole = vectors // _BLOCK * _BLOCK
        spans: list[tuple[Value | int, Value | int, int]] = [(0, whole * self.lanes, _BLOCK)] if whole else []
        rest = vectors - whole
        return spans + ([(whole * self.lanes, self.stride, rest)] if rest else [])


def parts_of(size: int, parts: Sequence[int]) -> tuple[int, ...]:
    """Which blocks cover ``size`` features."""
    needed = []
    for part in parts:
        if size >= part:
            needed.append(part)
            size %= part
    return tuple(needed)


def row_kernel(module: Module, kind: str, chain: Chain, tile: Tile, size: int, inner: int) -> str:
    """A function ``(rows, row0, features, inner, A, W, wk, wm, *slots)`` for a "map" or "product" group."""
    parts = parts_of(size, (_BLOCK, 1)) if inner > _BLOCK or _is_short(chain) else (1,)
    chain = _biased(chain)
    key = (kind, tile, chain.key(), parts)
    return module.once(key, lambda name: _RowKernel(module, name, kind, chain, tile, parts).write(), kind)


def _is_short(chain: Chain) -> bool:
    """Whether so little is done to each entry that a block of features is done in registers, without a loop."""
    return sum(max(1, OPS[c[2]].cost) for c in chain.code if c[0] == "op") <= _SHORT


def _biased(chain: Chain) -> Chain:
    """A product that is read only where a bias is added to it begins with the bias: ``("product", dtype, bias)``."""
    for i, (kind, dtype, *rest) in enumerate(chain.code):
        if kind == "op" and rest[0] == "add":
            for a, b in (rest[1:], rest[:0:-1]):
                same = chain.dtype(a) == chain.dtype(b) == dtype
                if chain.code[a][0] == "product" and chain.code[b][0] in ("feature", "scalar") and same:
                    code = [*chain.code]
                    code[i] = ("product", dtype, b)
                    return replace(chain, code=code) if chain.readers(a) == [i] else chain
    return chain


class _RowKernel:
    def __init__(self, module: Module, name: str, kind: str, chain: Chain, tile: Tile, parts: tuple[int, ...]) -> None:
        self.kind, self.chain, self.tile, self.parts = kind, chain, tile, parts
        slots = [(f"p{i}", "ptr") for i in range(len(chain.slots))]
        sizes = [("rows", "i64"), ("row0", "i64"), ("features", "i64"), ("inner", "i64")]
        given = [("A", "ptr"), ("W", "ptr"), ("wk", "i64"), ("wm", "i64")]
        self.w = Writer(module, name, [*sizes, *given, *slots])
        self.rows, row0, self.features, self.inner, self.A, self.W, self.wk, self.wm, *pointers = self.w.arguments
        self.pointers = dict(enumerate(pointers))
        self.ev = Evaluator(self.w, chain, self.pointers, lanes=tile.lanes, stride=tile.stride, row0=row0)
        self.sums = [o for o in chain.outputs if o[0] == "sum"]

    def write(self) -> None:
        w = self.w
        self.ev.hoist(SCALAR)
        self.spans = self.tile.spans(w, self.rows)
        done: Value = constant("i64", 0)
        for part in self.parts:
            if part == self.parts[-1] == 1:
                stop = self.features
            else:
                left = w.exactly("sub", self.features, done)
                whole = w.two("and", left, constant("i64", -part))
                stop = w.exactly("add", done, whole)
            w.loop(done, stop, lambda f, _, part=part: self._features(f, part), step=part)  # type: ignore[misc]
            done = stop
        w.end()

    def _features(self, first: Value, part: int) -> list[Value]:
        """A block of features, over all rows."""
        w = self.w
        fs = [first] + [w.exactly("add", first, constant("i64", i)) for i in range(1, part)]
        weights = [w.at(self.W, w.exactly("mul", f, self.wm), self._scalar()) for f in fs if self.kind == "product"]
        self.ev.forget(FEATURE)
        unrolled = part == 1 or _is_short(self.chain)
        if unrolled:
            for i, f in enumerate(fs):
                self.ev.hoist(FEATURE, f, i)
        zeros = [constant(vector(SCALARS[o[3]], self.tile.lanes), 0) for o in self.sums]
        totals = [zero for zero in zeros for _ in fs]  # of the first output for all features, of the second, ...
        if not unrolled:
            for k, zero in enumerate(zeros):
                for i in range(part):
                    w.store(zero, self._room(f"sum{k}", zero.type, i))
        for begin, end, vectors in self.spans:

            def body(r: Value, carried: list[Value], vectors: int = vectors) -> list[Value]:
                return self._rows(fs, r, vectors, weights, carried, unrolled=unrolled)

            carried = totals if unrolled else []
            result = w.loop(begin, end, body, step=vectors * self.tile.lanes, carried=carried)
            totals = result if unrolled else totals
        for k, output in enumerate(self.sums):
            kind = zeros[k].type
            if unrolled:
                found = totals[k * part : (k + 1) * part]
            else:
                found = [w.load(self._room(f"sum{k}", kind, i), kind) for i in range(part)]
            self._add_up(output, found, first)
        return []

    def _room(self, name: str, type: str, i: int | Value) -> Value:
        """A place on the stack, for a block of vectors that is walked through by a loop."""
        pointer = Value(f"%{name}", "ptr")
        self.w.room[name] = f"  {pointer.text} = alloca {type}, i64 {_BLOCK * _BLOCK}, align 64"
        return self.w.new("ptr", f"getelementptr {type}, {pointer}, i64 {i if isinstance(i, int) else i.text}")

    def _scalar(self) -> str:
        return SCALARS[next(c[1] for c in self.chain.code if c[0] == "product")]

    def _rows(
        self,
        fs: list[Value],
        first: Value,
        vectors: int,
        weights: list[Value],
        carried: list[Value],
        *,
        unrolled: bool,
    ) -> list[Value]:
        w, ev, lanes = self.w, self.ev, self.tile.lanes
        ev.forget(ROW)
        rs = [first] + [w.exactly("add", first, constant("i64", v * lanes)) for v in range(1, vectors)]
        if self.kind == "product":
            self._product(fs, rs, weights)
        self.valid = [self._valid(r) for r in rs] if self.sums else []
        if unrolled:
            new = list(carried)
            for i, f in enumerate(fs):
                new[i :: len(fs)] = self._entries(f, i, rs, carried[i :: len(fs)])
            return new
        for (i, v), x in ev.product.items():
            w.store(x, self._room("product", x.type, i * vectors + v))

        def feature(i: Value, _: list[Value]) -> list[Value]:
            ev.forget(FEATURE)
            ev.forget(ROW)
            f = w.exactly("add", fs[0], i)
            ev.hoist(FEATURE, f)
            kind = vector(self._scalar(), lanes)
            at = w.exactly("mul", i, constant("i64", vectors))
            base = self._room("product", kind, at)
            ev.product = {(0, v): w.load(w.at(base, v * lanes, self._scalar()), kind) for v in range(vectors)}
            places = [self._room(f"sum{k}", vector(SCALARS[o[3]], lanes), i) for k, o in enumerate(self.sums)]
            old = [w.load(p, vector(SCALARS[o[3]], lanes)) for p, o in zip(places, self.sums, strict=True)]
            for x, p in zip(self._entries(f, 0, rs, old), places, strict=True):
                w.store(x, p)
            ev.forget(FEATURE)
            ev.forget(ROW)
            return []

        w.loop(0, len(fs), feature)
        return []

    def _entries(self, f: Value, fi: int, rs: list[Value], carried: list[Value]) -> list[Value]:
        """What is done to the entries of a feature: stored, or added to the sums."""
        w = self.w
        totals = list(carried)
        for v, r in enumerate(rs):
            at = 0
            for kind, number, slot, dtype, *_ in self.chain.outputs:
                x = self.ev.value(number, f, fi, r, v)
                if kind == "store":
                    place = w.exactly("add", w.exactly("mul", f, constant("i64", self.tile.stride)), r)
                    w.store(in_memory(w, x, dtype), w.at(self.pointers[slot], place, SCALARS[dtype]))
                else:
                    totals[at] = w.select(self.valid[v], w.sum(totals[at], x), totals[at])  # not behind the last row
                    at += 1
        return totals

    def _valid(self, r: Value) -> Value:
        """Which rows from ``r`` are none behind the last."""
        w, lanes = self.w, self.tile.lanes
        left = w.splat(w.cast("trunc", w.exactly("sub", self.rows, r), "i32"), lanes)
        return w.compare("slt", w.iota("i32", lanes), left)

    def _product(self, fs: list[Value], rs: list[Value], weights: list[Value]) -> None:
        """The block of ``sum_k W[k, f] A[k, r]``."""
        w, lanes = self.w, self.tile.lanes
        scalar = self._scalar()
        kind = vector(scalar, lanes)
        bias = next((c[2] for c in self.chain.code if c[0] == "product" and len(c) > 2), None)
        zero = constant(kind, 0.0)
        starts = [zero if bias is None else self.ev.value(bias, f, i, None, 0) for i, f in enumerate(fs) for _ in rs]

        def body(k: Value, sums: list[Value]) -> list[Value]:
            at = w.at(self.A, w.exactly("mul", k, constant("i64", self.tile.stride)), scalar)
            a = [w.load(w.at(at, r, scalar), kind) for r in rs]
            row = w.exactly("mul", k, self.wk)
            new = []
            for i, pointer in enumerate(weights):
                b = w.splat(w.load(w.at(pointer, row, scalar), scalar), lanes)
                new += [w.fma(x, b, sums[i * len(rs) + v]) for v, x in enumerate(a)]
            return new

        sums = w.loop(0, self.inner, body, carried=starts, maybe_empty=False)
        self.ev.product = {(i, v): sums[i * len(rs) + v] for i in range(len(fs)) for v in range(len(rs))}

    def _add_up(self, output: tuple[object, ...], totals: list[Value], first: Value) -> None:
        """Add the sums over the lanes of neighbouring features to those in memory."""
        w = self.w
        _, _, slot, dtype, *_ = output
        scalar = SCALARS[str(dtype)]
        place = w.at(self.pointers[slot], first, scalar)  # type: ignore[index]
        found = horizontal(w, totals)
        if len(totals) == 1:
            found = w.entry(found, 0)
        w.store(w.sum(w.load(place, found.type), found), place)


def fold_kernel(module: Module, chain: Chain, tile: Tile) -> str:
    """A function ``(rows, row0, features, *slots)`` that folds over the features of each row."""
    key = ("fold", tile, chain.key())
    return module.once(key, lambda name: _write_fold(module, name, chain, tile), "fold")


def _write_fold(module: Module, name: str, chain: Chain, tile: Tile) -> None:
    slots = [(f"p{i}", "ptr") for i in range(len(chain.slots))]
    w = Writer(module, name, [("rows", "i64"), ("row0", "i64"), ("features", "i64"), *slots])
    rows_, row0, features, *pointers = w.arguments
    ev = Evaluator(w, chain, dict(enumerate(pointers)), lanes=tile.lanes, stride=tile.stride, row0=row0)
    ev.hoist(SCALAR)
    for begin, end, vectors in tile.spans(w, rows_):

        def rows(r: Value, _: list[Value], vectors: int = vectors) -> list[Value]:
            rs = [r] + [w.exactly("add", r, constant("i64", v * tile.lanes)) for v in range(1, vectors)]
            ev.forget(FEATURE)
            ev.forget(ROW)
            starts = [neutral(o[4], vector(SCALARS[o[3]], tile.lanes)) for o in chain.outputs for _ in rs]

            def body(f: Value, carried: list[Value]) -> list[Value]:
                ev.forget(FEATURE)
                ev.forget(ROW)
                new = []
                for v, at in enumerate(rs):
                    for k, output in enumerate(chain.outputs):
                        x = ev.value(output[1], f, 0, at, v)
                        new.append((k * len(rs) + v, combined(w, output[4], carried[k * len(rs) + v], x)))
                return [x for _, x in sorted(new, key=lambda pair: pair[0])]

            results = w.loop(0, features, body, carried=starts, maybe_empty=False)
            for k, output in enumerate(chain.outputs):
                for v, at in enumerate(rs):
                    pointer = w.at(pointers[output[2]], at, SCALARS[output[3]])
                    w.store(results[k * len(rs) + v], pointer)
            ev.forget(FEATURE)
            ev.forget(ROW)
            return []

        w.loop(begin, end, rows, step=vectors * tile.lanes)
    w.end()


def neutral(op: str, type: str) -> Value:
    """What a reduction starts from."""
    floats = "float" in type or "double" in type
    if op == "sum":
        return constant(type, 0)
    if floats:
        return constant(type, float("-inf") if op == "max" else float("inf"))
    bits = 63 if "i64" in type else 31
    return constant(type, -(2**bits) if op == "max" else 2**bits - 1)


def combined(w: Writer, op: str, a: Value, b: Value) -> Value:
    """One step of a reduction."""
    name = {"sum": "add", "max": "maximum", "min": "minimum"}[op]
    return OPS[name].emit(w, a, b)
