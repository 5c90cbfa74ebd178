"""The code of wide products and sums, and of gathering long rows: all that works on rows in lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cutaway.engines.native.context import ARENA, COUNT, ROWS, SOURCES
from cutaway.engines.native.fused import Fused
from cutaway.engines.native.layout import ROWS_OF_PART, Layout, bytes_of, share_bytes
from cutaway.engines.native.nodes import Node
from cutaway.engines.native.panels import panel_kernel, total_kernel
from cutaway.engines.native.rowless import Rowless
from cutaway.engines.native.schedule import Group
from cutaway.engines.native.text import SCALARS, SIZES, Module, Value, Writer, constant
from cutaway.engines.native.transposed import gather_kernel, rows_kernel, transpose_kernel
from cutaway.engines.native.wide import pitch, shares

_ONE = constant("i64", 1)
_LINE = 64  # bytes that memory gives at once


def call(w: Writer, name: str, *given: Value) -> None:
    """Call a function of the module."""
    w.do(f"call void @{name}({', '.join(map(str, given))})")


def _number(n: int) -> Value:
    return constant("i64", n)


class WideCode:
    """Writes it.

    Parameters
    ----------
    rowless : callable
        A writer of what has no rows, for a function and its block of memory.
    """

    def __init__(
        self,
        module: Module,
        layout: Layout,
        fused: Mapping[Group, Fused],
        rowless: Callable[[Writer, Value], Rowless],
    ) -> None:
        self.module, self.layout, self.fused, self._rowless = module, layout, fused, rowless
        self.tile, self.wide = layout.tile, layout.wide

    def _room(self, w: Writer, scratch: Value) -> Value:
        return w.at(scratch, self.layout.room_offset, "i8")

    def _line(self, w: Writer, arena: Value, node: Node, row: Value, feature: int = 0) -> Value:
        """Where a row of a value begins."""
        at = w.at(arena, self.layout.lines[node] + feature * bytes_of(node), "i8")
        return w.at(at, w.exactly("mul", row, _number(self.wide.lines[node])), SCALARS[node.dtype])

    # In a tile -------------------------------------------------------------------------------------------------

    def into_lines(self, w: Writer, arena: Value, node: Node, row0: Value, rows: Value, columns: Value) -> None:
        """Put the rows of a tile into lines."""
        into, step = self._line(w, arena, node, row0), _number(self.wide.lines[node])
        name = transpose_kernel(self.module, node.dtype)
        call(w, name, _number(node.size), rows, columns, _number(self.tile.stride), into, step)

    def product(
        self, w: Writer, arena: Value, scratch: Value, node: Node, row0: Value, rows: Value, matrix: Value, out: Value
    ) -> None:
        """A wide product: in lines, then turned."""
        a, b = node.args
        scalar = SCALARS[node.dtype]
        features, room, step = _number(node.size), self._room(w, scratch), _number(pitch(node.size, node))
        if node in self.wide.early.get(a.node, ()):
            size = w.exactly("mul", rows, step)
            begin = w.at(w.at(arena, self.layout.sums_of_shares[node], "i8"), w.exactly("mul", row0, step), scalar)
            count, apart = _number(shares(a.size)[0]), _number(share_bytes(node) // bytes_of(node))
            call(w, total_kernel(self.module, node.dtype), size, count, begin, apart, room)
        else:
            left, left_step = self._line(w, arena, a.node, row0, a.start), _number(self.wide.lines[a.node])
            name = panel_kernel(self.module, node.dtype, node.size)
            given = (left, left_step, _ONE, matrix, _number(b.strides[0]), room, step)
            call(w, name, rows, features, _number(a.size), *given)
        name = transpose_kernel(self.module, node.dtype)
        call(w, name, rows, features, room, step, out, _number(self.tile.stride))

    def outer(
        self, w: Writer, scratch: Value, node: Node, rows: Value, A: Value, a_step: Value, B: Value, b_step: Value,
        out: Value,
    ) -> None:  # fmt: skip
        """Add the sum over the rows of a tile of outer products; one factor is turned first."""
        a, b = node.args
        left, right = _number(a.size), _number(b.size)
        room, step = self._room(w, scratch), _number(pitch(b.size, node))
        call(w, transpose_kernel(self.module, node.dtype), right, rows, B, b_step, room, step)
        name = panel_kernel(self.module, node.dtype, b.size, add=True)
        call(w, name, left, right, rows, A, a_step, _ONE, room, step, out, right)

    def gather(
        self, w: Writer, arena: Value, scratch: Value, node: Node, source: Value, numbers: Value, t: Value, rows: Value
    ) -> None:
        """Rows of an array by their numbers, for a tile: long ones in lines first."""
        place, stride, features = self.layout.places.get(node), self.tile.stride, _number(node.size)
        if place is not None:
            target = w.at(arena, place.offset, "i8")
            target = w.at(target, w.exactly("mul", t, _number(place.per_tile)), "i8")
        lanes = self.module.width // SIZES[SCALARS[node.dtype]]
        if node in self.wide.lines:
            step = _number(self.wide.lines[node])
            lines = self._line(w, arena, node, w.exactly("mul", t, _number(self.tile.rows)))
        elif node.size >= lanes and stride % lanes == 0:
            step, lines = _number(pitch(node.size, node)), self._room(w, scratch)
        else:
            name = gather_kernel(self.module, node.dtype, self.tile, node.size)
            return call(w, name, source, target, numbers, rows)
        if node not in self.wide.early:
            name = rows_kernel(self.module, node.dtype, node.size)
            call(w, name, source, features, features, numbers, rows, lines, step)
        if place is not None:
            name = transpose_kernel(self.module, node.dtype)
            call(w, name, rows, features, lines, step, target, _number(stride))
        return None

    # Of all rows, in shares ------------------------------------------------------------------------------------

    def _by_shares(self, name: str, of: list[tuple[Node, int]], body: Callable[..., None]) -> int:
        """``name(context, thread, share, k)``: for values and their numbers of features, ``body`` for some of these.

        Returns how many shares there are.
        """
        arguments = [("context", "ptr"), ("thread", "i64"), ("share", "i64"), ("k", "i64")]
        w = Writer(self.module, name, arguments)
        context, thread, number, k = w.arguments
        arena = w.load(w.at(context, ARENA, "i64"), "ptr")
        own = w.exactly("mul", thread, _number(self.layout.scratch_bytes))
        room = self._room(w, w.at(w.at(arena, self.layout.scratch_offset, "i8"), own, "i8"))
        first = 0
        for node, size in of:
            count, each = shares(size)
            share = w.exactly("sub", number, _number(first))

            def some(node: Node = node, size: int = size, each: int = each, share: Value = share) -> None:
                begin = w.exactly("mul", share, _number(each))
                limit = w.exactly("add", begin, _number(each))
                end = w.select(w.compare("slt", limit, _number(size)), limit, _number(size))
                body(w, node, context, arena, room, k, share, begin, end)

            inside = w.two("and", w.compare("sge", share, _number(0)), w.compare("slt", share, _number(count)))
            w.when(inside, some)
            first += count
        w.end()
        return first

    def early(self, n: int, gathered: Sequence[Node]) -> int:
        """``early(context, thread, share, k)``: products of some features of data, which are gathered first."""

        def some(
            w: Writer, node: Node, context: Value, arena: Value, _room: Value, k: Value, share: Value, begin: Value,
            end: Value,
        ) -> None:  # fmt: skip
            scalar, count = SCALARS[node.dtype], w.exactly("sub", end, begin)
            lines = w.at(self._line(w, arena, node, _number(0)), begin, scalar)
            step = _number(self.wide.lines[node])
            if node in gathered:
                source = w.load(w.at(context, SOURCES + gathered.index(node), "i64"), "ptr")
                numbers = w.at(w.load(w.at(context, ROWS, "i64"), "ptr"), w.exactly("mul", k, _number(n)), "i64")
                name, size = rows_kernel(self.module, node.dtype, node.size), _number(node.size)
                call(w, name, w.at(source, begin, scalar), size, count, numbers, _number(n), lines, step)
            for product in self.wide.early[node]:
                matrix, out = product.args[1], w.at(arena, self.layout.sums_of_shares[product], "i8")
                out = w.at(out, w.exactly("mul", share, _number(share_bytes(product))), "i8")
                place = self.layout.places[matrix.node].offset + matrix.offset * bytes_of(matrix.node)
                row = _number(matrix.strides[0])
                right = w.at(w.at(arena, place, "i8"), w.exactly("mul", begin, row), scalar)
                name, width = panel_kernel(self.module, product.dtype, product.size), _number(product.size)
                into = (out, _number(pitch(product.size, product)))
                call(w, name, _number(n), width, count, lines, step, _ONE, right, row, *into)

        return self._by_shares("early", [(v, v.size) for v in self.wide.early], some)

    def late(self, p: int, groups: list[Group], n: int, gathered: Sequence[Node]) -> int:
        """``late(context, thread, share, k)``: some rows of the wide sums of a pass, and what follows from them."""

        def some(
            w: Writer, node: Node, context: Value, arena: Value, room: Value, k: Value, _share: Value, begin: Value,
            end: Value,
        ) -> None:  # fmt: skip
            data = node.args[0].node
            fetched = data in gathered and data in self.wide.early

            def part(i: Value, _: list[Value]) -> list[Value]:
                if fetched:
                    self._fetch(w, data, context, k, n, gathered.index(data), begin, end, i)
                left = w.exactly("sub", end, i)
                most = _number(ROWS_OF_PART)
                self._part(w, arena, room, node, i, w.select(w.compare("slt", left, most), left, most))
                return []

            w.loop(begin, end, part, step=ROWS_OF_PART, maybe_empty=False)

        found = [v for group in groups for v in group.roots if v in self.wide.sums]
        return self._by_shares(f"late{p}", [(v, v.args[0].size) for v in found], some) if found else 0

    def _fetch(
        self, w: Writer, node: Node, context: Value, k: Value, n: int, source: int, begin: Value, end: Value, i: Value
    ) -> None:
        """Ask for a part of the next step's share: memory has nothing to do while a sum is computed."""
        count = -(-shares(node.size)[1] // ROWS_OF_PART)
        rows, size, following = -(-n // count), bytes_of(node), w.exactly("add", k, _ONE)

        def some() -> None:
            first = w.exactly("sdiv", w.exactly("sub", i, begin), _number(ROWS_OF_PART))
            first = w.exactly("mul", first, _number(rows))
            limit = w.exactly("add", first, _number(rows))
            limit = w.select(w.compare("slt", limit, _number(n)), limit, _number(n))
            numbers = w.at(w.load(w.at(context, ROWS, "i64"), "ptr"), w.exactly("mul", following, _number(n)), "i64")
            start = w.at(w.load(w.at(context, SOURCES + source, "i64"), "ptr"), begin, SCALARS[node.dtype])
            width = w.exactly("mul", w.exactly("sub", end, begin), _number(size))

            def row(r: Value, _: list[Value]) -> list[Value]:
                number = w.load(w.at(numbers, r, "i64"), "i64")
                line = w.at(start, w.exactly("mul", number, _number(node.size * size)), "i8")
                return w.loop(0, width, lambda at, _: w.fetch(w.at(line, at, "i8")), step=_LINE)

            w.loop(first, limit, row)

        w.when(w.compare("slt", following, w.load(w.at(context, COUNT, "i64"), "i64")), some)

    def _part(self, w: Writer, arena: Value, room: Value, node: Node, begin: Value, count: Value) -> None:
        a, b = node.args
        right, zero, scalar = _number(b.size), _number(0), SCALARS[node.dtype]
        start = w.exactly("mul", begin, right)
        A = w.at(self._line(w, arena, a.node, zero, a.start), begin, scalar)
        B = self._line(w, arena, b.node, zero, b.start)
        follows = [(group, fused.parts[node]) for group, fused in self.fused.items() if node in fused.parts]
        into = room if follows else w.at(w.at(arena, self.layout.places[node].offset, "i8"), start, scalar)
        a_step, b_step = (_number(self.wide.lines[x.node]) for x in (a, b))
        name = panel_kernel(self.module, node.dtype, b.size)
        call(w, name, count, right, _number(node.n), A, _ONE, a_step, B, b_step, into, right)
        for group, offset in follows:
            first = w.exactly("add", start, _number(offset))
            last = w.exactly("add", first, w.exactly("mul", count, right))
            call(w, self._update(group), arena, room, first, last)

    def _update(self, group: Group) -> str:
        """The function ``(arena, at, start, stop)`` for a part of a fused update, whose gradient is at ``at``."""

        def write(name: str) -> None:
            arguments = [("arena", "ptr"), ("at", "ptr"), ("start", "i64"), ("stop", "i64")]
            w = Writer(self.module, name, arguments)
            arena, at, start, stop = w.arguments
            self._rowless(w, arena).part(group, self.fused[group].vector, at, start, stop)
            w.end()

        return self.module.once(("update", group), write, "update")

    def rest_of(self, w: Writer, code: Rowless, group: Group) -> None:
        """What of a fused update has not followed from wide sums."""
        vector, parts = self.fused[group].vector, self.fused[group].parts
        spans = sorted((start, start + v.size) for v, start in parts.items())
        begins, ends = [0, *(stop for _, stop in spans)], [*(start for start, _ in spans), group.size]
        for begin, end in zip(begins, ends, strict=True):
            if begin < end:
                call(w, self._update(group), code.arena, code.address(vector, begin), _number(begin), _number(end))
