"""Products of matrices that lie in memory row after row: vectors run along the columns of the result.

A block of a few rows by four vectors of the result stays in registers. Rows and columns of the left factor may be
any number of entries apart, so the sum over rows of outer products is the same loop as the product of rows.
"""

from __future__ import annotations

from cutaway.engines.native.kernels import parts_of
from cutaway.engines.native.text import SCALARS, SIZES, Module, Value, Writer, constant, vector


def block_rows(module: Module) -> tuple[int, int]:
    """Rows and vectors of a block: what the registers hold."""
    return (5, 4) if module.width == 64 or "neon" in module.features else (5, 2)


def panel_kernel(module: Module, dtype: str, columns: int, *, add: bool = False, by_number: str = "") -> str:
    """A function ``(M, N, K, A, am, ak, B, bk, C, cm)``: ``C[m, n] = sum_k A[m, k] B[k, n]``, or ``+=``.

    The steps are in entries; those along n are 1. ``N`` is at least a vector, and a multiple of it for ``+=``.
    ``by_number``, "m" or "k": another argument follows, a list of numbers, and A is read at ``numbers[m]`` or
    ``numbers[k]``.
    """
    lanes = module.width // SIZES[SCALARS[dtype]]
    high, wide = block_rows(module)
    parts = parts_of(columns // lanes, (wide, *(() if wide == 2 else (2,)), 1))
    ragged = columns % lanes != 0
    key = ("panel", dtype, parts, ragged, add, by_number)
    write = lambda name: _write_panel(module, name, dtype, high, parts, ragged, add, by_number)  # noqa: E731
    return module.once(key, write, "panel")


def _write_panel(
    module: Module, name: str, dtype: str, high: int, parts: tuple[int, ...], ragged: bool, add: bool, by_number: str
) -> None:
    sizes = [("M", "i64"), ("N", "i64"), ("K", "i64")]
    given = [("A", "ptr"), ("am", "i64"), ("ak", "i64"), ("B", "ptr"), ("bk", "i64"), ("C", "ptr"), ("cm", "i64")]
    w = Writer(module, name, [*sizes, *given, *([("numbers", "ptr")] if by_number else [])])
    M, N, K, A, am, ak, B, bk, C, cm, *numbers = w.arguments
    scalar = SCALARS[dtype]
    lanes = module.width // SIZES[scalar]
    kind = vector(scalar, lanes)

    def number(index: str, i: Value) -> Value:
        return w.load(w.at(numbers[0], i, "i64"), "i64") if index == by_number else i

    def block(i: Value, ni: int, j: Value, nj: int) -> list[Value]:
        lines, places = [], []
        for m in range(ni):
            row = w.exactly("add", i, constant("i64", m)) if m else i
            lines.append(w.at(A, w.exactly("mul", number("m", row), am), scalar))
            places.append(w.at(w.at(C, w.exactly("mul", row, cm), scalar), j, scalar))
        right = w.at(B, j, scalar)

        def body(k: Value, sums: list[Value]) -> list[Value]:
            at = w.at(right, w.exactly("mul", k, bk), scalar)
            b = [w.load(w.at(at, v * lanes, scalar), kind) for v in range(nj)]
            step, new = w.exactly("mul", number("k", k), ak), []
            for m, line in enumerate(lines):
                a = w.splat(w.load(w.at(line, step, scalar), scalar), lanes)
                new += [w.fma(x, a, sums[m * nj + v]) for v, x in enumerate(b)]
            return new

        starts = [constant(kind, 0.0)] * (ni * nj)
        if add:
            starts = [w.load(w.at(place, v * lanes, scalar), kind) for place in places for v in range(nj)]
        sums = w.loop(0, K, body, carried=starts, maybe_empty=False)
        for m, place in enumerate(places):
            for v in range(nj):
                w.store(sums[m * nj + v], w.at(place, v * lanes, scalar))
        return []

    def rows(j: Value, nj: int) -> list[Value]:
        done: Value = constant("i64", 0)
        for part in (high, 1):
            left = w.exactly("sub", M, done)
            stop = w.exactly("add", done, w.exactly("sub", left, w.exactly("urem", left, constant("i64", part))))
            w.loop(done, M if part == 1 else stop, lambda i, _, part=part: block(i, part, j, nj), step=part)  # type: ignore[misc]
            done = stop
        return []

    done: Value = constant("i64", 0)
    whole = w.two("and", N, constant("i64", -lanes))
    for part in parts:
        stop = w.exactly("add", done, w.two("and", w.exactly("sub", whole, done), constant("i64", -part * lanes)))
        w.loop(done, stop, lambda j, _, part=part: rows(j, part), step=part * lanes)  # type: ignore[misc]
        done = stop
    if ragged:  # the last vector covers some columns once more
        rows(w.exactly("sub", N, constant("i64", lanes)), 1)
    w.end()


def total_kernel(module: Module, dtype: str) -> str:
    """A function ``(size, parts, A, step, C)``: ``C[i] = sum_p A[i + p step]``, for i below size, in whole vectors."""
    return module.once(("total", dtype), lambda name: _write_total(module, name, dtype), "total")


def _write_total(module: Module, name: str, dtype: str) -> None:
    w = Writer(module, name, [("size", "i64"), ("parts", "i64"), ("A", "ptr"), ("step", "i64"), ("C", "ptr")])
    size, parts, A, step, C = w.arguments
    scalar = SCALARS[dtype]
    lanes = module.width // SIZES[scalar]
    kind = vector(scalar, lanes)

    def entries(i: Value, _: list[Value]) -> list[Value]:
        at = w.at(A, i, scalar)

        def body(p: Value, sums: list[Value]) -> list[Value]:
            return [w.exactly("fadd", sums[0], w.load(w.at(at, w.exactly("mul", p, step), scalar), kind))]

        (found,) = w.loop(1, parts, body, carried=[w.load(at, kind)], maybe_empty=False)
        w.store(found, w.at(C, i, scalar))
        return []

    w.loop(0, size, entries, step=lanes, maybe_empty=False)
    w.end()
