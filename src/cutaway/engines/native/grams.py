"""Sums over the rows of a tile of outer products, such as the gradient of a weight matrix.

Small ones keep a block of four by four sums in registers, a vector of partial sums for each, and add the lanes up at
the end. Of wide ones the right factor is turned first, so that no sum crosses the lanes: see :mod:`.panels`.
"""

from __future__ import annotations

from collections.abc import Callable

from cutaway.engines.native.across import horizontal
from cutaway.engines.native.kernels import Tile, parts_of
from cutaway.engines.native.text import SCALARS, Module, Value, Writer, constant, vector


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
