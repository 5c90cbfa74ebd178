"""Rows that lie one behind the other, and rows that lie side by side in a tile: how one becomes the other."""

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


def transpose_kernel(module: Module, dtype: str) -> str:
    """A function ``(a, b, from, fs, to, ts)``: ``to[j, i] = from[i, j]`` for i below a, j below b; steps in entries.

    Vectors are read and written whole: a row of ``from`` has room for a multiple of the lanes, and so has one of
    ``to``, and there are rows of ``from`` up to a multiple of the lanes.
    """
    return module.once(("transpose", dtype), lambda name: _write_transpose(module, name, dtype), "transpose")


def _write_transpose(module: Module, name: str, dtype: str) -> None:
    sizes = [("a", "i64"), ("b", "i64")]
    w = Writer(module, name, [*sizes, ("from", "ptr"), ("fs", "i64"), ("to", "ptr"), ("ts", "i64")])
    a, b, source, fs, target, ts = w.arguments
    scalar = SCALARS[dtype]
    lanes = module.width // SIZES[scalar]
    kind = vector(scalar, lanes)
    room = Value("%room", "ptr")
    w.room["room"] = f"  {room.text} = alloca {kind}, i64 {lanes}, align 64"

    def block(i: Value, j: Value) -> list[Value]:
        at = w.at(w.at(source, w.exactly("mul", i, fs), scalar), j, scalar)
        rows = []
        for _ in range(lanes):
            rows.append(w.load(at, kind))
            at = w.at(at, fs, scalar)
        columns = turned(w, rows)
        left = w.exactly("sub", b, j)
        into = w.at(w.at(target, w.exactly("mul", j, ts), scalar), i, scalar)

        def whole() -> None:
            at = into
            for x in columns:
                w.store(x, at)
                at = w.at(at, ts, scalar)

        def some() -> None:
            for k, x in enumerate(columns):
                w.store(x, w.at(room, k * lanes, scalar))

            def store(k: Value, _: list[Value]) -> list[Value]:
                x = w.load(w.at(room, w.exactly("mul", k, constant("i64", lanes)), scalar), kind)
                w.store(x, w.at(into, w.exactly("mul", k, ts), scalar))
                return []

            w.loop(0, left, store, maybe_empty=False)

        w.either(w.compare("sge", left, constant("i64", lanes)), whole, some)
        return []

    def along(i: Value, _: list[Value]) -> list[Value]:
        return w.loop(0, b, lambda j, _: block(i, j), step=lanes, maybe_empty=False)

    w.loop(0, a, along, step=lanes, maybe_empty=False)
    w.end()


def rows_kernel(module: Module, dtype: str, features: int) -> str:
    """A function ``(from, fs, features, rows, n, to, ts)``: rows of an array, by number, one behind the other."""
    lanes = module.width // SIZES[SCALARS[dtype]]
    key = ("rows", dtype, features >= lanes)
    return module.once(key, lambda name: _write_rows(module, name, dtype, lanes if features >= lanes else 0), "rows")


def _write_rows(module: Module, name: str, dtype: str, lanes: int) -> None:
    sizes = [("fs", "i64"), ("features", "i64"), ("rows", "ptr"), ("n", "i64")]
    w = Writer(module, name, [("from", "ptr"), *sizes, ("to", "ptr"), ("ts", "i64")])
    source, fs, features, rows, n, target, ts = w.arguments
    scalar = SCALARS[dtype]
    kind = vector(scalar, lanes)

    def one(r: Value, _: list[Value]) -> list[Value]:
        number = w.load(w.at(rows, r, "i64"), "i64")
        start = w.at(source, w.exactly("mul", number, fs), scalar)
        into = w.at(target, w.exactly("mul", r, ts), scalar)

        def copy(f: Value, _: list[Value]) -> list[Value]:
            if lanes:  # the last vector ends where the row does
                last = w.exactly("sub", features, constant("i64", lanes))
                f = w.select(w.compare("slt", f, last), f, last)
            w.store(w.load(w.at(start, f, scalar), kind), w.at(into, f, scalar))
            return []

        return w.loop(0, features, copy, step=max(1, lanes), maybe_empty=False)

    w.loop(0, n, one, maybe_empty=False)
    w.end()


def gather_kernel(module: Module, dtype: str, tile: Tile, features: int) -> str:
    """A function ``(from, to, rows, n)``: short rows of an array, by number, into a tile; behind the last, it again."""
    key = ("gather", dtype, tile, features)
    return module.once(key, lambda name: _write_gather(module, name, dtype, tile, features), "gather")


def _write_gather(module: Module, name: str, dtype: str, tile: Tile, features: int) -> None:
    w = Writer(module, name, [("from", "ptr"), ("to", "ptr"), ("rows", "ptr"), ("n", "i64")])
    source, target, rows, n = w.arguments
    scalar, stride = SCALARS[dtype], tile.stride
    last = w.exactly("sub", n, constant("i64", 1))

    def one(r: Value, _: list[Value]) -> list[Value]:
        at = w.select(w.compare("slt", r, last), r, last)
        row = w.load(w.at(rows, at, "i64"), "i64")
        start, into = w.at(source, w.exactly("mul", row, constant("i64", features)), scalar), w.at(target, r, scalar)

        def feature(f: Value, _: list[Value]) -> list[Value]:
            x = w.load(w.at(start, f, scalar), scalar)
            w.store(x, w.at(into, w.exactly("mul", f, constant("i64", stride)), scalar))
            return []

        return w.loop(0, features, feature)

    w.loop(0, stride, one)
    w.end()
