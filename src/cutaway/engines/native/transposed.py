"""Blocks of numbers turned from rows to columns in registers: how a mini-batch is gathered into a tile."""

from __future__ import annotations

from collections.abc import Sequence

from cutaway.engines.native.kernels import Tile
from cutaway.engines.native.text import SCALARS, SIZES, Module, Value, Writer, constant, vector


def turned(w: Writer, block: Sequence[Value]) -> list[Value]:
    """The columns of a square block whose rows are vectors: pairs trade halves, then quarters, and so on."""
    rows = list(block)
    lanes = len(rows)
    step = 1
    while step < lanes:
        for i in range(lanes):
            if i & step:
                continue
            a, b = rows[i], rows[i | step]
            rows[i] = w.shuffle(a, b, [k if not k & step else lanes + k - step for k in range(lanes)])
            rows[i | step] = w.shuffle(a, b, [k + step if not k & step else lanes + k for k in range(lanes)])
        step *= 2
    return rows


def gather_kernel(module: Module, dtype: str, tile: Tile, features: int) -> str:
    """A function ``(from, to, rows, n)``: rows of an array, by number, into a tile; behind the last, that one again."""
    key = ("gather", dtype, tile, features)
    return module.once(key, lambda name: _write_gather(module, name, dtype, tile, features), "gather")


def _write_gather(module: Module, name: str, dtype: str, tile: Tile, features: int) -> None:
    w = Writer(module, name, [("from", "ptr"), ("to", "ptr"), ("rows", "ptr"), ("n", "i64")])
    source, target, rows, n = w.arguments
    scalar, stride = SCALARS[dtype], tile.stride
    lanes = module.width // SIZES[scalar]
    whole = features // lanes * lanes if stride % lanes == 0 and lanes > 1 else 0
    last = w.exactly("sub", n, constant("i64", 1))

    def begin(r: Value) -> Value:
        at = w.select(w.compare("slt", r, last), r, last)
        row = w.load(w.at(rows, at, "i64"), "i64")
        return w.at(source, w.exactly("mul", row, constant("i64", features)), scalar)

    def block(r: Value, _: list[Value]) -> list[Value]:
        starts = [begin(w.exactly("add", r, constant("i64", k))) for k in range(lanes)]

        def turn(f: Value, _: list[Value]) -> list[Value]:
            columns = turned(w, [w.load(w.at(s, f, scalar), vector(scalar, lanes)) for s in starts])
            into = w.at(target, w.exactly("add", w.exactly("mul", f, constant("i64", stride)), r), scalar)
            for k, x in enumerate(columns):
                w.store(x, w.at(into, k * stride, scalar))
            return []

        w.loop(0, whole, turn, step=lanes)
        return []

    def one(r: Value, _: list[Value]) -> list[Value]:
        start, into = begin(r), w.at(target, r, scalar)

        def feature(f: Value, _: list[Value]) -> list[Value]:
            x = w.load(w.at(start, f, scalar), scalar)
            w.store(x, w.at(into, w.exactly("mul", f, constant("i64", stride)), scalar))
            return []

        w.loop(whole, features, feature)
        return []

    if whole:
        w.loop(0, stride, block, step=lanes)
    if whole < features:
        w.loop(0, stride, one)
    w.end()
