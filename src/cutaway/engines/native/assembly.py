"""The whole machine code of a step: what is done between the passes over the rows, and the loop around both.

The chunks of tiles of a pass may be shared with other threads; who runs the loop adds the chunks up in their order and
does what has no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cutaway.engines.native.context import ARENA, COUNT, DONE, FIRST, RATES, RECORDS, ROWS, SOURCES
from cutaway.engines.native.fused import Fused
from cutaway.engines.native.layout import Layout, bytes_of
from cutaway.engines.native.nodes import Node
from cutaway.engines.native.passes import PassCode
from cutaway.engines.native.rowless import Rowless
from cutaway.engines.native.scalars import cast
from cutaway.engines.native.schedule import Group, Schedule, Scheduler
from cutaway.engines.native.share_code import ShareCode
from cutaway.engines.native.team import SHARE
from cutaway.engines.native.text import SCALARS, Module, Value, Writer, constant
from cutaway.engines.native.wide_code import WideCode


class Assembly:
    """Writes the module."""

    def __init__(
        self,
        module: Module,
        scheduler: Scheduler,
        schedule: Schedule,
        layout: Layout,
        *,
        n: int,
        lanes: int,
        counters: dict[str, Node],
        records: Sequence[tuple[Node, int]],
        copies: Sequence[tuple[Node, Node]],
        gathered: Sequence[Node],
        fused: Mapping[Group, Fused],
    ) -> None:
        self.module, self.schedule, self.layout = module, schedule, layout
        self.n, self.lanes, self.tile = n, lanes, layout.tile
        self.counters, self.records, self.copies, self.gathered = counters, records, copies, gathered
        self.wide, self.fused = layout.wide, fused
        self.lines = WideCode(module, layout)
        self.shares = ShareCode(module, layout, self.lines, fused, self._rowless, n, gathered)
        self._shared: dict[str, int] = {}  # what is done in groups of shares, and how many there are
        roots = scheduler.roots

        def inlined(node: Node) -> bool:
            return node not in roots and node.op not in ("input", "constant")

        self.inlined = inlined

    def write(self) -> str:
        """The text of the module."""
        for p, groups in enumerate(self.schedule.passes):
            PassCode(self.module, f"pass{p}", self.schedule, self.layout, self.lines, self.inlined).write(groups)
        for p, groups in enumerate(self.schedule.between):
            self._between(p, groups)
        for p in range(len(self.schedule.passes)):
            self._chunk(p)
        self._shared = self.shares.write(self.schedule.passes)
        self._run()
        return self.module.text()

    # No rows ---------------------------------------------------------------------------------------------------

    def _rowless(self, w: Writer, arena: Value) -> Rowless:
        return Rowless(w, arena, self.layout, self.inlined, self.lanes)

    def _between(self, p: int, groups: list[Group]) -> None:
        w = Writer(self.module, f"between{p}", [("arena", "ptr")])
        code = self._rowless(w, w.arguments[0])
        for group in groups:
            if group in self.fused:
                self.shares.rest_of(w, code, group)
            else:
                code.write(group)
        if p == len(self.schedule.between) - 1:
            for source, target in self.copies:
                self._copy(w, code, source, target)
        w.end()

    def _copy(self, w: Writer, code: Rowless, source: Node, target: Node) -> None:
        scalar = SCALARS[source.dtype]
        old, new = code.address(source), code.address(target)

        def body(i: Value, _: list[Value]) -> list[Value]:
            w.store(w.load(w.at(old, i, scalar), scalar), w.at(new, i, scalar))
            return []

        w.loop(0, source.size, body)

    # The loop --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """``run(context, team)``: the steps of a slice, until all are done or a noted number is not finite."""
        w = Writer(self.module, "run", [("context", "ptr"), ("team", "ptr")], exported=True)
        context, team = w.arguments

        def word(i: int, type: str = "i64") -> Value:
            return w.load(w.at(context, i, "i64"), type)

        arena, first, count = word(ARENA, "ptr"), word(FIRST), word(COUNT)
        rates, records = word(RATES, "ptr"), word(RECORDS, "ptr")
        threads = constant("i64", self.layout.threads)
        together = w.compare("ne", team, Value("null", "ptr"))

        def all_of(k: Value, function: str, count: int) -> None:
            chunks = constant("i64", count)

            def alone() -> None:
                def chunk(c: Value, _: list[Value]) -> list[Value]:
                    w.do(f"call void @{function}({context}, i64 0, {c}, {k})")
                    return []

                w.loop(0, chunks, chunk)

            def shared() -> None:
                share = w.load(w.at(team, SHARE, "i64"), "ptr")
                w.do(f"call void {share.text}({team}, ptr @{function}, {context}, {k}, {chunks}, {threads})")

            if self.layout.threads > 1 and count > 1:
                w.either(together, shared, alone)
            else:
                alone()

        def in_shares(k: Value, function: str) -> None:
            if function in self._shared:
                all_of(k, function, self._shared[function])

        def one_pass(k: Value, p: int) -> None:
            if p == 0 and not self.shares.ahead:
                in_shares(k, "early")
            all_of(k, f"chunk{p}", self.layout.chunks[p])
            in_shares(k, f"late{p}")
            self._after_pass(w, p, arena)

        head, body, end = w.label(), w.label(), w.label()
        if self.shares.ahead:  # the early work of the first step; each step does that of the next
            w.when(w.compare("sgt", count, constant("i64", 0)), lambda: in_shares(constant("i64", 0), "early"))
        before = w._block
        w.go(head)
        w.block(head)
        k = Value("%k", "i64")
        place = len(w.lines)
        w.branch(w.compare("slt", k, count), body, end)
        w.block(body)
        self._begin_step(w, arena, rates, first, k)
        for p in range(len(self.schedule.passes)):
            one_pass(k, p)
        going = self._end_step(w, arena, context, records, k)
        following = w.exactly("add", k, constant("i64", 1))
        w.lines.insert(place, f"  %k = phi i64 [ 0, %{before} ], [ {following.text}, %{w._block} ]")
        w.branch(going, head, end)
        w.block(end)
        w.end()

    def _begin_step(self, w: Writer, arena: Value, rates: Value, first: Value, k: Value) -> None:
        at = {kind: w.at(arena, self.layout.places[v].offset, "i8") for kind, v in self.counters.items()}
        number = w.exactly("add", first, k)
        if "lr" in at:
            node = self.counters["lr"]
            rate = w.load(w.at(rates, k, "double"), "double")
            w.store(cast(w, rate, node.dtype), at["lr"])
        if "t" in at:
            following = w.exactly("add", number, constant("i64", 1))
            w.store(cast(w, following, self.counters["t"].dtype), at["t"])
        if "count" in at:
            w.store(cast(w, number, self.counters["count"].dtype), at["count"])
        w.do(f"call void @between0({arena})")

    def _chunk(self, p: int) -> None:
        """``chunk(context, thread, c, k)``: the tiles of one chunk in a pass of step ``k``."""
        arguments = [("context", "ptr"), ("thread", "i64"), ("c", "i64"), ("k", "i64")]
        w = Writer(self.module, f"chunk{p}", arguments)
        context, thread, c, k = w.arguments
        lay = self.layout
        arena = w.load(w.at(context, ARENA, "i64"), "ptr")
        scratch = w.at(arena, lay.scratch_offset, "i8")
        scratch = w.at(scratch, w.exactly("mul", thread, constant("i64", lay.scratch_bytes)), "i8")
        rows = w.load(w.at(context, ROWS, "i64"), "ptr")
        batch = w.at(rows, w.exactly("mul", k, constant("i64", self.n)), "i64")
        own = w.at(arena, lay.chunk_offset - lay.sums_bytes, "i8")
        own = w.at(own, w.exactly("mul", c, constant("i64", lay.sums_bytes)), "i8")
        sums = w.select(w.compare("eq", c, constant("i64", 0)), arena, own)
        for start, stop in lay.ranges[p]:
            self._words(w, start, stop, lambda at, n: _store_zeros(w, sums, at, n))
        n = self.schedule.rows[p]
        tiles = lay.tiles(n)
        per = -(-tiles // lay.chunks[p])
        begin = w.exactly("mul", c, constant("i64", per))
        limit = w.exactly("add", begin, constant("i64", per))
        end = w.select(w.compare("slt", limit, constant("i64", tiles)), limit, constant("i64", tiles))

        def tile(t: Value, _: list[Value]) -> list[Value]:
            start = w.exactly("mul", t, constant("i64", self.tile.rows))
            left = w.exactly("sub", constant("i64", n), start)
            room = constant("i64", self.tile.rows)
            rows = w.select(w.compare("slt", left, room), left, room)
            if p == self.schedule.rows.index(n) and n == self.n:
                for i, node in enumerate(self.gathered):
                    if node in self.wide.by_number:
                        continue
                    source = w.load(w.at(context, SOURCES + i, "i64"), "ptr")
                    self.lines.gather(w, arena, scratch, node, source, w.at(batch, start, "i64"), t, rows)
            given5 = (arena, scratch, sums, t, rows)
            w.do(f"call void @pass{p}({', '.join(map(str, given5))})")
            return []

        w.loop(begin, end, tile)
        w.end()

    def _words(self, w: Writer, start: int, stop: int, body: Callable[[Value, int], None]) -> None:
        """``body(offset, bytes)`` for the bytes of a span, in vectors and what is left."""
        width = self.module.width
        whole = start + (stop - start) // width * width
        w.loop(start, whole, lambda i, _: body(i, width), step=width)
        for at in range(whole, stop, 4):
            body(constant("i64", at), 4)

    def _after_pass(self, w: Writer, p: int, arena: Value) -> None:
        lay = self.layout
        for c in range(1, lay.chunks[p]):
            other = w.at(arena, lay.chunk_offset + (c - 1) * lay.sums_bytes, "i8")
            for node in self._summed(p):
                self._add_chunk(w, node, arena, other)
        w.do(f"call void @between{p + 1}({arena})")

    def _summed(self, p: int) -> list[Node]:
        sums = [v for v in self.layout.places if v.op in ("rowsum", "gram") and v.after == p]
        return [v for v in sums if v not in self.wide.sums]

    def _add_chunk(self, w: Writer, node: Node, arena: Value, other: Value) -> None:
        scalar = SCALARS[node.dtype]
        start = self.layout.places[node].offset

        def add(lanes: int) -> Callable[[Value, list[Value]], list[Value]]:
            kind = f"<{lanes} x {scalar}>" if lanes else scalar

            def body(i: Value, _: list[Value]) -> list[Value]:
                at = [w.at(w.at(base, start, "i8"), i, scalar) for base in (arena, other)]
                a, b = (w.load(x, kind) for x in at)
                w.store(w.exactly("fadd", a, b) if "i" not in scalar else w.exactly("add", a, b), at[0])
                return []

            return body

        whole = node.size // self.lanes * self.lanes
        w.loop(0, whole, add(self.lanes), step=self.lanes)
        w.loop(whole, node.size, add(0))

    def _end_step(self, w: Writer, arena: Value, context: Value, records: Value, k: Value) -> Value:
        """Note the numbers of this step; the result is whether to go on: whether the first of them is finite."""
        width = len(self.records)
        finite = Value("true", "i1")
        for i, (node, offset) in enumerate(self.records):
            scalar = SCALARS[node.dtype]
            at = w.at(arena, self.layout.places[node].offset + offset * bytes_of(node), "i8")
            x = w.load(at, scalar)
            if scalar == "i8":
                x = w.compare("ne", x, constant("i8", 0))
            x = cast(w, x, "float64")
            place = w.exactly("add", w.exactly("mul", k, constant("i64", width)), constant("i64", i))
            w.store(x, w.at(records, place, "double"))
            if i == 0:
                finite = w.compare("one", w.call("llvm.fabs", x), constant("double", float("inf")))
        w.store(w.exactly("add", k, constant("i64", 1)), w.at(context, DONE, "i64"))
        return finite


def _store_zeros(w: Writer, base: Value, at: Value, size: int) -> None:
    kind = f"<{size // 4} x i32>" if size > 4 else "i32"
    w.store(Value("zeroinitializer" if size > 4 else "0", kind), w.at(base, at, "i8"))
