"""Sums over the rows of a tile of outer products, such as the gradient of a weight matrix.

Small ones keep a block of four by four sums in registers, a vector of partial sums for each, and add the lanes up at
the end. Of wide ones the right factor is turned first, so that no sum crosses the lanes.
"""

from __future__ import annotations

from collections.abc import Callable

from cutaway.engines.native.functions import horizontal
from cutaway.engines.native.kernels import Tile, parts_of
from cutaway.engines.native.text import SCALARS, Module, Value, Writer, constant, vector
from cutaway.engines.native.transposed import turned

_BLOCK = 4


def gram_kernel(module: Module, dtype: str, tile: Tile, left: int, right: int) -> str:
    """A function ``(rows, I, J, A, a_step, B, b_step, D, ldd)``: ``D[i, j] += sum_r A[i, r] B[j, r]``."""
    blocks = parts_of(left, (4, 2, 1)), parts_of(right, (4, 1))
    key = ("gram", dtype, tile, blocks)
    return module.once(key, lambda name: _write_gram(module, name, dtype, tile, *blocks), "gram")


def _write_gram(
    module: Module, name: str, dtype: str, tile: Tile, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    sizes = [("rows", "i64"), ("I", "i64"), ("J", "i64")]
    w = Writer(
        module, name, [*sizes, ("A", "ptr"), ("B", "ptr"), ("as", "i64"), ("bs", "i64"), ("D", "ptr"), ("ldd", "i64")]
    )
    rows, I, J, A, B, a_step, b_step, D, ldd = w.arguments  # noqa: E741
    scalar, lanes = SCALARS[dtype], tile.lanes
    kind = vector(scalar, lanes)
    full = w.two("and", rows, constant("i64", -lanes))
    rest = w.exactly("sub", rows, full)
    mask = w.compare("slt", w.iota("i32", lanes), w.splat(w.cast("trunc", rest, "i32"), lanes))

    def over(size: Value, parts: tuple[int, ...], body: Callable[[Value, int], None]) -> None:
        done: Value = constant("i64", 0)
        for part in parts:
            stop = w.exactly("add", done, w.two("and", w.exactly("sub", size, done), constant("i64", -part)))
            w.loop(done, stop, lambda i, _, part=part: body(i, part), step=part)  # type: ignore[misc]
            done = stop

    def block(i: Value, ni: int, j: Value, nj: int) -> None:
        rows_of = []
        for base, first, n, step in ((A, i, ni, a_step), (B, j, nj, b_step)):
            for k in range(n):
                f = w.exactly("add", first, constant("i64", k)) if k else first
                rows_of.append(w.at(base, w.exactly("mul", f, step), scalar))

        def at(r: Value, sums: list[Value], masked: Value | None = None) -> list[Value]:
            a = [w.load(w.at(p, r, scalar), kind) for p in rows_of[:ni]]
            b = [w.load(w.at(p, r, scalar), kind) for p in rows_of[ni:]]
            if masked is not None:
                a = [w.select(masked, x, constant(kind, 0.0)) for x in a]
                b = [w.select(masked, x, constant(kind, 0.0)) for x in b]
            return [w.fma(x, y, sums[k * nj + m]) for k, x in enumerate(a) for m, y in enumerate(b)]

        sums = w.loop(0, full, at, step=lanes, carried=[constant(kind, 0.0)] * (ni * nj))
        yes, end, before = w.label(), w.label(), w._block
        w.branch(w.compare("ne", rest, constant("i64", 0)), yes, end)
        w.block(yes)
        more = at(full, sums, mask)
        w.go(end)
        last = w._block
        w.block(end)
        sums = [
            w.new(kind, f"phi {kind} [ {m.text}, %{last} ], [ {s.text}, %{before} ]")
            for m, s in zip(more, sums, strict=True)
        ]
        found = horizontal(w, sums)
        row = w.exactly("mul", i, ldd)
        for k in range(ni):
            place = w.at(D, w.exactly("add", row, j), scalar)
            row = w.exactly("add", row, ldd)
            part = w.shuffle(found, None, range(k * nj, (k + 1) * nj)) if nj > 1 else w.entry(found, k)
            w.store(w.exactly("fadd", w.load(place, part.type), part), place)

    over(I, left, lambda i, ni: over(J, right, lambda j, nj: block(i, ni, j, nj)))
    w.end()


def outer_kernel(module: Module, dtype: str, tile: Tile) -> str:
    """A function ``(rows, I, J, A, a_step, B, b_step, D, room)``: ``D[i, j] += sum_r A[i, r] B[j, r]`` for many i.

    ``J`` is a multiple of the lanes. The rows of B are turned into ``room`` first; then no sum crosses the lanes.
    """
    key = ("outer", dtype, tile)
    return module.once(key, lambda name: _write_outer(module, name, dtype, tile), "outer")


def _write_outer(module: Module, name: str, dtype: str, tile: Tile) -> None:
    sizes = [("rows", "i64"), ("I", "i64"), ("J", "i64"), ("A", "ptr"), ("as", "i64"), ("B", "ptr"), ("bs", "i64")]
    w = Writer(module, name, [*sizes, ("D", "ptr"), ("room", "ptr")])
    rows, I, J, A, a_step, B, b_step, D, room = w.arguments  # noqa: E741
    scalar, lanes = SCALARS[dtype], tile.lanes
    kind = vector(scalar, lanes)

    def turn(r: Value, _: list[Value]) -> list[Value]:
        def features(j: Value, _: list[Value]) -> list[Value]:
            at = w.at(B, w.exactly("add", w.exactly("mul", j, b_step), r), scalar)
            block = []
            for _k in range(lanes):
                block.append(w.load(at, kind))
                at = w.at(at, b_step, scalar)
            into = w.at(room, w.exactly("add", w.exactly("mul", r, J), j), scalar)
            for x in turned(w, block):
                w.store(x, into)
                into = w.at(into, J, scalar)
            return []

        w.loop(0, J, features, step=lanes)
        return []

    w.loop(0, rows, turn, step=lanes)

    def block(i: Value, ni: int, j: Value, nj: int) -> None:
        lines = []
        for k in range(ni):
            row = w.exactly("add", i, constant("i64", k)) if k else i
            lines.append(w.at(A, w.exactly("mul", row, a_step), scalar))

        def at(r: Value, sums: list[Value]) -> list[Value]:
            place = w.at(room, w.exactly("add", w.exactly("mul", r, J), j), scalar)
            b = [w.load(w.at(place, v * lanes, scalar), kind) for v in range(nj)]
            new = []
            for k, line in enumerate(lines):
                a = w.splat(w.load(w.at(line, r, scalar), scalar), lanes)
                new += [w.fma(x, a, sums[k * nj + v]) for v, x in enumerate(b)]
            return new

        sums = w.loop(0, rows, at, carried=[constant(kind, 0.0)] * (ni * nj), maybe_empty=False)
        place = w.at(D, w.exactly("add", w.exactly("mul", i, J), j), scalar)
        for k in range(ni):
            for v in range(nj):
                into = w.at(place, v * lanes, scalar)
                w.store(w.exactly("fadd", w.load(into, kind), sums[k * nj + v]), into)
            place = w.at(place, J, scalar)

    done: Value = constant("i64", 0)
    wide = w.two("and", J, constant("i64", -_BLOCK * lanes))
    for part in (_BLOCK, 1):
        stop = w.exactly("add", done, w.two("and", w.exactly("sub", I, done), constant("i64", -part)))
        for first, end, nj in ((constant("i64", 0), wide, _BLOCK), (wide, J, 1)):

            def over(
                j: Value, _: list[Value], nj: int = nj, part: int = part, done: Value = done, stop: Value = stop
            ) -> list[Value]:
                w.loop(done, stop, lambda i, _: block(i, part, j, nj), step=part)
                return []

            w.loop(first, end, over, step=nj * lanes)
        done = stop
    w.end()
