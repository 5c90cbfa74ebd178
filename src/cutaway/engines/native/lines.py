"""Kernels for rows that lie in memory one after the other, each with all its features: *lines*.

A product with a sparse matrix adds up whole lines wherever they are, so that one vector holds many features of one row.
All else is done on tiles, where one vector holds one feature of many rows: blocks are turned on the way. Vectors may be
read behind the end of a line, but are never written there: that may be another thread's.
"""

from __future__ import annotations

from collections.abc import Callable

from cutaway.engines.native.kernels import Tile, combined, neutral
from cutaway.engines.native.text import SCALARS, SIZES, Module, Value, Writer, constant, lanes_of, vector
from cutaway.engines.native.transposed import turned

_VECTORS = 4  # that are added up at once, of one line or of several


def csr_kernel(module: Module, dtype: str, op: str, features: int, *, weighted: bool) -> str:
    """A function ``(first, rows, starts, columns, values, X, Y)``: lines of Y are sums (or maxima) of lines of X.

    Line r of Y is made of the entries ``starts[r]`` to ``starts[r + 1]``: of the lines of X that ``columns`` names, if
    ``weighted`` times ``values``. Entries are added up in an order that depends on their number alone.
    """
    key = ("csr", dtype, op, features, weighted)
    return module.once(key, lambda name: _write_csr(module, name, dtype, op, features, weighted=weighted), "csr")


def _write_csr(module: Module, name: str, dtype: str, op: str, features: int, *, weighted: bool) -> None:
    pointers = [(n, "ptr") for n in ("starts", "columns", "values", "X", "Y")]
    w = Writer(module, name, [("first", "i64"), ("rows", "i64"), *pointers])
    first, rows, starts, columns, values, X, Y = w.arguments
    scalar = SCALARS[dtype]
    lanes = module.width // SIZES[scalar]
    size = constant("i64", features)

    def number(pointer: Value, at: Value) -> Value:
        return w.cast("zext", w.load(w.at(pointer, at, "i32"), "i32"), "i64")

    def columns_from(f: Value | int, parts: list[tuple[int, int, int]], r: Value, begin: Value, end: Value) -> None:
        unroll = max(1, _VECTORS // len(parts))
        kinds = [vector(scalar, width) for _, width, _ in parts]

        def entries(count: int) -> Callable[[Value, list[Value]], list[Value]]:
            def body(e: Value, sums: list[Value]) -> list[Value]:
                new = []
                for u in range(count):
                    at = w.exactly("add", e, constant("i64", u)) if u else e
                    line = w.at(X, w.exactly("mul", number(columns, at), size), scalar)
                    line = w.at(line, f, scalar)
                    weight = w.load(w.at(values, at, scalar), scalar) if weighted else None
                    for i, (offset, width, _) in enumerate(parts):
                        x, old = w.load(w.at(line, offset, scalar), kinds[i]), sums[u * len(parts) + i]
                        if weight is None:
                            new.append(combined(w, op, old, x))
                        else:
                            new.append(w.fma(w.splat(weight, width), x, old))
                return new

            return body

        zeros = [neutral(op, kind) for kind in kinds]
        many = w.two("and", w.exactly("sub", end, begin), constant("i64", -unroll))
        middle = w.exactly("add", begin, many)
        sums = w.loop(begin, middle, entries(unroll), step=unroll, carried=zeros * unroll)
        sums[: len(parts)] = w.loop(middle, end, entries(1), carried=sums[: len(parts)])
        while len(sums) > len(parts):
            half = len(sums) // 2
            sums = [combined(w, op, a, b) for a, b in zip(sums[:half], sums[half:], strict=True)]
        line = w.at(w.at(Y, w.exactly("mul", r, size), scalar), f, scalar)
        for x, (offset, _, used) in zip(sums, parts, strict=True):
            _store(w, x, used, w.at(line, offset, scalar))

    def row(r: Value, _: list[Value]) -> list[Value]:
        begin, end = number(starts, r), number(starts, w.exactly("add", r, constant("i64", 1)))
        block = _VECTORS * lanes
        wide = features // block * block
        whole = [(i * lanes, lanes, lanes) for i in range(_VECTORS)]

        def columns_of(f: Value, _: list[Value]) -> list[Value]:
            columns_from(f, whole, r, begin, end)
            return []

        w.loop(0, wide, columns_of, step=block)
        if wide < features:
            columns_from(wide, _parts(features - wide, lanes), r, begin, end)
        return []

    w.loop(first, w.exactly("add", first, rows), row)
    w.end()


def _in_vectors(w: Writer, features: int, lanes: int, some: Callable[[Value | int, int], object]) -> None:
    """``some(first, count)`` for the features of a whole vector at a time, and for those that are left."""
    whole = features // lanes * lanes

    def body(f: Value, _: list[Value]) -> list[Value]:
        some(f, lanes)
        return []

    w.loop(0, whole, body, step=lanes)
    if whole < features:
        some(whole, features - whole)


def _parts(size: int, lanes: int) -> list[tuple[int, int, int]]:
    """Vectors that cover so many features: where each begins, its lanes (0 for a scalar), how many of them count."""
    found = [(f, lanes, lanes) for f in range(0, size - lanes + 1, lanes)]
    rest = size % lanes
    if rest:
        width = 1 << (rest - 1).bit_length()
        found.append((size - rest, width if width > 1 else 0, rest))
    return found


def _store(w: Writer, x: Value, used: int, place: Value) -> None:
    """Write the first entries of a vector, and nothing behind them."""
    lanes = lanes_of(x.type)
    if used >= lanes:
        w.store(x, place)
        return
    scalar, at = x.type.split(" x ")[1][:-1], 0
    while at < used:
        count = 1 << ((used - at).bit_length() - 1)
        part = w.shuffle(x, None, range(at, at + count)) if count > 1 else w.entry(x, at)
        w.store(part, w.at(place, at, scalar))
        at += count


def turn_kernel(module: Module, dtype: str, tile: Tile, features: int, *, numbered: bool) -> str:
    """A function ``(lines, to, rows, numbers)``: lines, the first ones or those of these numbers, into a tile."""
    key = ("turn", dtype, tile, features, numbered)
    return module.once(key, lambda name: _write_turn(module, name, dtype, tile, features, numbered=numbered), "turn")


def _write_turn(module: Module, name: str, dtype: str, tile: Tile, features: int, *, numbered: bool) -> None:
    w = Writer(module, name, [("lines", "ptr"), ("to", "ptr"), ("rows", "i64"), ("numbers", "ptr")])
    lines, to, rows, numbers = w.arguments
    scalar, lanes = SCALARS[dtype], _lanes(module, dtype, tile)
    kind, size = vector(scalar, lanes), constant("i64", features)
    last = w.exactly("sub", rows, constant("i64", 1))

    def begin(r: Value) -> Value:
        at = w.select(w.compare("slt", r, last), r, last)
        row = w.load(w.at(numbers, at, "i64"), "i64") if numbered else at
        return w.at(lines, w.exactly("mul", row, size), scalar)

    def block(r: Value, _: list[Value]) -> list[Value]:
        begins = [begin(w.exactly("add", r, constant("i64", i))) for i in range(lanes)]

        def some(f: Value | int, count: int) -> list[Value]:
            columns = turned(w, [w.load(w.at(b, f, scalar), kind) for b in begins])
            into = w.at(w.at(to, _times(w, f, tile.stride), scalar), r, scalar)
            for i, x in enumerate(columns[:count]):
                w.store(x, w.at(into, i * tile.stride, scalar))
            return []

        _in_vectors(w, features, lanes, some)
        return []

    def number(r: Value, _: list[Value]) -> list[Value]:
        w.store(w.load(begin(r), scalar), w.at(to, r, scalar))
        return []

    if features == 1 and not numbered:
        _copy(w, lines, to, scalar, lanes, rows)
    elif features == 1:
        w.loop(0, rows, number)
    else:
        w.loop(0, rows, block, step=lanes)
    w.end()


def lines_kernel(module: Module, dtype: str, tile: Tile, features: int, step: int = 1) -> str:
    """A function ``(tile, to, rows)``: the rows of a tile as lines, of every ``step``-th feature."""
    key = ("lines", dtype, tile, features, step)
    return module.once(key, lambda name: _write_lines(module, name, dtype, tile, features, step), "lines")


def _write_lines(module: Module, name: str, dtype: str, tile: Tile, features: int, step: int) -> None:
    w = Writer(module, name, [("tile", "ptr"), ("to", "ptr"), ("rows", "i64")])
    given, to, rows = w.arguments
    scalar, lanes = SCALARS[dtype], _lanes(module, dtype, tile)
    kind, size = vector(scalar, lanes), constant("i64", features)

    def block(r: Value, _: list[Value]) -> list[Value]:
        def some(f: Value | int, count: int) -> list[Value]:
            at = w.at(w.at(given, _times(w, f, step * tile.stride), scalar), r, scalar)
            loaded = [w.load(w.at(at, i * step * tile.stride, scalar), kind) for i in range(count)]
            line = w.at(w.at(to, w.exactly("mul", r, size), scalar), f, scalar)
            for x in turned(w, loaded + [constant(kind, 0)] * (lanes - count)):
                _store(w, x, count, line)
                line = w.at(line, size, scalar)
            return []

        _in_vectors(w, features, lanes, some)
        return []

    def row(r: Value, _: list[Value]) -> list[Value]:
        def feature(f: Value, _: list[Value]) -> list[Value]:
            x = w.load(w.at(w.at(given, _times(w, f, step * tile.stride), scalar), r, scalar), scalar)
            w.store(x, w.at(w.at(to, w.exactly("mul", r, size), scalar), f, scalar))
            return []

        w.loop(0, features, feature)
        return []

    full = w.two("and", rows, constant("i64", -lanes))
    if features == 1:
        _copy(w, given, to, scalar, lanes, full)
    else:
        w.loop(0, full, block, step=lanes)
    w.loop(full, rows, row)
    w.end()


def scatter_kernel(module: Module, dtype: str, features: int, rows: int) -> str:
    """A function ``(lines, numbers, n, Y)``: zeros, to whose lines of these numbers lines are added, one by one."""
    key = ("scatter", dtype, features, rows)
    return module.once(key, lambda name: _write_scatter(module, name, dtype, features, rows), "scatter")


def _write_scatter(module: Module, name: str, dtype: str, features: int, rows: int) -> None:
    w = Writer(module, name, [("lines", "ptr"), ("numbers", "ptr"), ("n", "i64"), ("Y", "ptr")])
    lines, numbers, n, Y = w.arguments
    scalar = SCALARS[dtype]
    lanes = module.width // SIZES[scalar]

    def over(size: int, body: Callable[[Value, str], list[Value]]) -> None:
        whole = size // lanes * lanes
        for start, stop, count in ((0, whole, lanes), (whole, size, 0)):
            kind = vector(scalar, count)
            w.loop(start, stop, lambda i, _, kind=kind: body(i, kind), step=max(1, count))  # type: ignore[misc]

    def line(i: Value, _: list[Value]) -> list[Value]:
        source = w.at(lines, w.exactly("mul", i, constant("i64", features)), scalar)
        row = w.load(w.at(numbers, i, "i64"), "i64")
        target = w.at(Y, w.exactly("mul", row, constant("i64", features)), scalar)

        def add(f: Value, kind: str) -> list[Value]:
            at = w.at(target, f, scalar)
            w.store(w.sum(w.load(at, kind), w.load(w.at(source, f, scalar), kind)), at)
            return []

        over(features, add)
        return []

    def clear(i: Value, kind: str) -> list[Value]:
        w.store(constant(kind, 0), w.at(Y, i, scalar))
        return []

    over(features * rows, clear)
    w.loop(0, n, line)
    w.end()


def _lanes(module: Module, dtype: str, tile: Tile) -> int:
    """Rows of a block: as many numbers as a vector has, but no more than there is room for."""
    return min(tile.lanes, module.width // SIZES[SCALARS[dtype]])


def _times(w: Writer, f: Value | int, step: int) -> Value | int:
    return f * step if isinstance(f, int) else w.exactly("mul", f, constant("i64", step))


def _copy(w: Writer, source: Value, target: Value, scalar: str, lanes: int, count: Value) -> None:
    """Single numbers in whole vectors."""

    def body(r: Value, _: list[Value]) -> list[Value]:
        w.store(w.load(w.at(source, r, scalar), vector(scalar, lanes)), w.at(target, r, scalar))
        return []

    w.loop(0, count, body, step=lanes)
