"""The code of products and sums of all rows of a step, in shares: each is the work of some features of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cutaway.engines.native.context import ARENA, COUNT, ROWS, SOURCES
from cutaway.engines.native.fused import Fused
from cutaway.engines.native.layout import ROWS_OF_PART, Layout, bytes_of, share_bytes
from cutaway.engines.native.nodes import Node
from cutaway.engines.native.panels import panel_kernel
from cutaway.engines.native.rowless import Rowless
from cutaway.engines.native.schedule import Group
from cutaway.engines.native.text import SCALARS, Module, Value, Writer
from cutaway.engines.native.transposed import rows_kernel
from cutaway.engines.native.wide import pitch, shares
from cutaway.engines.native.wide_code import WideCode, call, i64

_LINE = 64  # bytes that memory gives at once


class ShareCode:
    """Writes it.

    Attributes
    ----------
    ahead : bool
        Whether ``late`` of the last pass does the early work of the next step too, share by share.

    Parameters
    ----------
    fused : dict of Group to Fused
        Updates that may be done in parts.
    rowless : callable
        A writer of what has no rows, for a function and its block of memory.
    n : int
        Rows of a step.
    gathered : sequence of Node
        Data whose rows are gathered from larger arrays by their numbers.
    """

    def __init__(
        self,
        module: Module,
        layout: Layout,
        lines: WideCode,
        fused: Mapping[Group, Fused],
        rowless: Callable[[Writer, Value], Rowless],
        n: int,
        gathered: Sequence[Node],
    ) -> None:
        self.module, self.layout, self.fused = module, layout, fused
        self.n, self.gathered = n, gathered
        self._lines, self._rowless = lines, rowless
        self.wide = layout.wide
        self.ahead = False
        self._shares: dict[Node, str] = {}  # data, and the function for a share of it

    def write(self, passes: Sequence[list[Group]]) -> dict[str, int]:
        """Write what is done in shares, as functions ``(context, thread, group, k)`` for one *group* of shares each.

        There are as many groups as threads, so that a share tends to be worked on by the same core in every step. The
        result says how many groups a function has: ``early``, the products of data, and ``late0`` (after the first
        pass) and so on, the wide sums and what follows from them.
        """
        sums = [[v for group in groups for v in group.roots if v in self.wide.sums] for groups in passes]
        self.ahead = bool(self.wide.early) and self._updates_all(sums[-1])
        self._shares = {data: self._early(i, data) for i, data in enumerate(self.wide.early)}
        found = {}
        if self._shares:
            found["early"] = self._in_groups("early", [(data, data.size) for data in self._shares], self._now)
        for p, nodes in enumerate(sums):
            if nodes:
                late = self._late(self.ahead and p == len(sums) - 1)
                found[f"late{p}"] = self._in_groups(f"late{p}", [(v, v.args[0].size) for v in nodes], late)
        return found

    def _updates_all(self, sums: list[Node]) -> bool:
        """Whether all matrices of early products are updated by shares of wide sums that read the same data."""
        for data, products in self.wide.early.items():
            readers = [v for v in sums if data in {x.node for x in v.args}]
            if len(readers) != 1 or len(products) != 1 or not self._updates(readers[0], products[0]):
                return False
        return True

    def _updates(self, node: Node, product: Node) -> bool:
        """Whether what follows from a share of a wide sum are those rows of a product's matrix that its share reads."""
        (a, b), (data, matrix), places = node.args, product.args, self.layout.places
        if a.node is not data.node or not a.whole or matrix.strides != (b.size, 1):
            return False
        read = places[matrix.node].offset + matrix.offset * bytes_of(matrix.node)
        return any(
            places[v].offset + fused.parts[node] * bytes_of(v) == read
            for group, fused in self.fused.items() if node in fused.parts
            for v in group.roots
        )  # fmt: skip

    def _in_groups(self, name: str, of: list[tuple[Node, int]], body: Callable[..., None]) -> int:
        """The function for a group: for values with their numbers of features, ``body`` for each of its shares."""
        groups = min(self.layout.threads, max(shares(size)[0] for _, size in of))
        w = Writer(self.module, name, [("context", "ptr"), ("thread", "i64"), ("group", "i64"), ("k", "i64")])
        context, thread, group, k = w.arguments
        for node, size in of:
            count = shares(size)[0]

            def first(g: Value, count: int = count) -> Value:
                return w.exactly("sdiv", w.exactly("mul", g, i64(count)), i64(groups))

            def one(share: Value, _: list[Value], node: Node = node, size: int = size) -> list[Value]:
                body(w, node, context, thread, share, k, *self._features(w, size, share))
                return []

            w.loop(first(group), first(w.exactly("add", group, i64(1))), one)
        w.end()
        return groups

    @staticmethod
    def _features(w: Writer, size: int, share: Value) -> tuple[Value, Value]:
        """The features of a share."""
        each = i64(shares(size)[1])
        begin = w.exactly("mul", share, each)
        limit = w.exactly("add", begin, each)
        return begin, w.select(w.compare("slt", limit, i64(size)), limit, i64(size))

    def _now(
        self, w: Writer, node: Node, context: Value, _thread: Value, share: Value, k: Value, _begin: Value, _end: Value
    ) -> None:
        call(w, self._shares[node], context, share, k)

    def _early(self, i: int, node: Node) -> str:
        """A function ``(context, share, k)``: products of a share of data, which is gathered first."""
        name = f"share{i}"
        w = Writer(self.module, name, [("context", "ptr"), ("share", "i64"), ("k", "i64")])
        context, share, k = w.arguments
        arena = w.load(w.at(context, ARENA, "i64"), "ptr")
        begin, end = self._features(w, node.size, share)
        scalar, count = SCALARS[node.dtype], w.exactly("sub", end, begin)
        data, step, numbers = self._data(w, arena, context, node, begin, k)
        if node in self.gathered and not numbers:
            source, which = self._source(w, context, node, k)
            kernel, size = rows_kernel(self.module, node.dtype, node.size), i64(node.size)
            call(w, kernel, w.at(source, begin, scalar), size, count, which, i64(self.n), data, step)
        for product in self.wide.early[node]:
            matrix, out = product.args[1], w.at(arena, self.layout.sums_of_shares[product], "i8")
            out = w.at(out, w.exactly("mul", share, i64(share_bytes(product))), "i8")
            place = self.layout.places[matrix.node].offset + matrix.offset * bytes_of(matrix.node)
            row = i64(matrix.strides[0])
            right = w.at(w.at(arena, place, "i8"), w.exactly("mul", begin, row), scalar)
            kernel = panel_kernel(self.module, product.dtype, product.size, by_number="m" if numbers else "")
            width, into = i64(product.size), (out, i64(pitch(product.size, product)))
            call(w, kernel, i64(self.n), width, count, data, step, i64(1), right, row, *into, *numbers)
        w.end()
        return name

    def _source(self, w: Writer, context: Value, node: Node, k: Value) -> tuple[Value, Value]:
        """The array that rows of data are gathered from, and the numbers of the rows of step ``k``."""
        source = w.load(w.at(context, SOURCES + self.gathered.index(node), "i64"), "ptr")
        return source, w.at(w.load(w.at(context, ROWS, "i64"), "ptr"), w.exactly("mul", k, i64(self.n)), "i64")

    def _data(
        self, w: Writer, arena: Value, context: Value, node: Node, begin: Value, k: Value
    ) -> tuple[Value, Value, list[Value]]:
        """Rows from a feature on: their place, the entries from one to the next, and their numbers, if they have."""
        if node in self.wide.by_number:
            source, numbers = self._source(w, context, node, k)
            return w.at(source, begin, SCALARS[node.dtype]), i64(node.size), [numbers]
        return (
            w.at(self._lines.line(w, arena, node, i64(0)), begin, SCALARS[node.dtype]),
            i64(self.wide.lines[node]),
            [],
        )

    def _late(self, ahead: bool) -> Callable[..., None]:
        """Writes some rows of a wide sum and what follows from them; ``ahead``: then the next step's early work."""

        def some(
            w: Writer, node: Node, context: Value, thread: Value, share: Value, k: Value, begin: Value, end: Value
        ) -> None:
            data, start, following = node.args[0].node, node.args[0].start, w.exactly("add", k, i64(1))
            arena = w.load(w.at(context, ARENA, "i64"), "ptr")
            own = w.exactly("mul", thread, i64(self.layout.scratch_bytes))
            room = self._lines.room(w, w.at(w.at(arena, self.layout.scratch_offset, "i8"), own, "i8"))
            more = w.compare("slt", following, w.load(w.at(context, COUNT, "i64"), "i64"))
            fetched = data in self.gathered and data in self.wide.early

            def part(i: Value, _: list[Value]) -> list[Value]:
                if fetched:
                    w.when(more, lambda: self._fetch(w, data, context, following, begin, end, i))
                left = w.exactly("sub", end, i)
                most = i64(ROWS_OF_PART)
                rows = self._data(w, arena, context, data, w.exactly("add", i, i64(start)), k)
                self._part(w, arena, room, node, i, w.select(w.compare("slt", left, most), left, most), *rows)
                return []

            w.loop(begin, end, part, step=ROWS_OF_PART, maybe_empty=False)
            if ahead and data in self._shares:
                w.when(more, lambda: call(w, self._shares[data], context, share, following))

        return some

    def _fetch(self, w: Writer, node: Node, context: Value, k: Value, begin: Value, end: Value, i: Value) -> None:
        """Ask for a part of a share of step ``k``: memory has nothing to do while a sum is computed."""
        rows, size = -(-self.n // -(-shares(node.size)[1] // ROWS_OF_PART)), bytes_of(node)
        first = w.exactly("mul", w.exactly("sdiv", w.exactly("sub", i, begin), i64(ROWS_OF_PART)), i64(rows))
        limit = w.exactly("add", first, i64(rows))
        limit = w.select(w.compare("slt", limit, i64(self.n)), limit, i64(self.n))
        source, numbers = self._source(w, context, node, k)
        start = w.at(source, begin, SCALARS[node.dtype])
        width = w.exactly("mul", w.exactly("sub", end, begin), i64(size))

        def row(r: Value, _: list[Value]) -> list[Value]:
            line = w.at(start, w.exactly("mul", w.load(w.at(numbers, r, "i64"), "i64"), i64(node.size * size)), "i8")
            return w.loop(0, width, lambda at, _: w.fetch(w.at(line, at, "i8")), step=_LINE)

        w.loop(first, limit, row)

    def _part(
        self, w: Writer, arena: Value, room: Value, node: Node, begin: Value, count: Value, A: Value, step: Value,
        numbers: list[Value],
    ) -> None:  # fmt: skip
        """Some rows of a wide sum: of the features of its left factor that begin at ``A``."""
        b = node.args[1]
        right, zero, scalar = i64(b.size), i64(0), SCALARS[node.dtype]
        start = w.exactly("mul", begin, right)
        B = self._lines.line(w, arena, b.node, zero, b.start)
        follows = [(group, fused.parts[node]) for group, fused in self.fused.items() if node in fused.parts]
        into = room if follows else w.at(w.at(arena, self.layout.places[node].offset, "i8"), start, scalar)
        b_step = i64(self.wide.lines[b.node])
        name = panel_kernel(self.module, node.dtype, b.size, by_number="k" if numbers else "")
        call(w, name, count, right, i64(node.n), A, i64(1), step, B, b_step, into, right, *numbers)
        for group, offset in follows:
            first = w.exactly("add", start, i64(offset))
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
                call(w, self._update(group), code.arena, code.address(vector, begin), i64(begin), i64(end))
