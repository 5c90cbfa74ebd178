"""Code for what has no rows: the update of the parameters, statistics of a batch, numbers.

Entry-by-entry functions of equally long arrays become one loop over all of them; single numbers are computed in
registers; views that are not in order are walked through entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cutaway.engines.native.across import horizontal
from cutaway.engines.native.chains import ChainBuilder, Evaluator, in_memory
from cutaway.engines.native.kernels import combined, neutral
from cutaway.engines.native.layout import Layout, bytes_of
from cutaway.engines.native.lines import scatter_kernel
from cutaway.engines.native.nodes import Node, Ref, Unsupported, WholeRef
from cutaway.engines.native.scalars import cast
from cutaway.engines.native.schedule import Group, node_domain
from cutaway.engines.native.text import SCALARS, Value, Writer, constant, vector

_UNROLL = 4  # independent sums of a reduction


class Rowless:
    """Writes groups without rows into a function that knows where the block of memory begins."""

    def __init__(self, w: Writer, arena: Value, layout: Layout, inlined: Callable[[Node], bool], lanes: int) -> None:
        self.w, self.arena, self.layout, self.inlined, self.lanes = w, arena, layout, inlined, lanes

    def write(self, group: Group) -> None:
        """The code of a group."""
        getattr(self, f"_{group.kind}")(group)

    def address(self, node: Node, offset: int = 0) -> Value:
        """Where a value lies."""
        return self.w.at(self.arena, self.layout.places[node].offset + offset * bytes_of(node), "i8")

    def _chain(self, group: Group, outputs: list[tuple[str, Node, Ref | Node, tuple[str, ...]]]) -> ChainBuilder:
        builder = ChainBuilder(group.size, self.inlined, rows=False)
        for kind, node, value, how in outputs:
            dtype = node.dtype
            number = builder.compute(value) if isinstance(value, Node) else builder.read(value, dtype)
            builder.output(kind, builder.read_as(number, dtype), node, *how)
        return builder

    def _single(self, group: Group) -> None:
        builder = self._chain(group, [("store", v, v, ()) for v in group.roots])
        chain = builder.chain
        pointers = {i: self.address(*slot) for i, slot in enumerate(chain.slots)}
        ev = Evaluator(self.w, chain, pointers, lanes=0, stride=0)
        zero = constant("i64", 0)
        found = [(ev.value(number, zero, 0, zero, 0), slot, dtype) for _, number, slot, dtype in chain.outputs]
        for x, slot, dtype in found:
            self.w.store(in_memory(self.w, x, dtype), pointers[slot])

    def _flat(self, group: Group) -> None:
        builder = self._chain(group, [("store", v, v, ()) for v in group.roots])
        exact = any(v in self.layout.exact for v in group.roots)
        size = group.size if exact else -(-group.size // self.lanes) * self.lanes
        self._loop(0, size, builder, moved={})

    def _loop(
        self, start: Value | int, stop: Value | int, builder: ChainBuilder, *, moved: Mapping[Node, Value]
    ) -> None:
        w, chain = self.w, builder.chain
        pointers = {i: moved[v] if v in moved else self.address(v, at) for i, (v, at) in enumerate(chain.slots)}
        zero = constant("i64", 0)

        def run(start: Value | int, stop: Value | int, lanes: int) -> None:
            if isinstance(start, int) and isinstance(stop, int) and start >= stop:
                return
            ev = Evaluator(w, chain, pointers, lanes=lanes, stride=0)
            ev.hoist(0)

            def body(r: Value, _: list[Value]) -> list[Value]:
                ev.forget(1)
                ev.forget(2)
                found = [(ev.value(number, zero, 0, r, 0), slot, dtype) for _, number, slot, dtype in chain.outputs]
                for x, slot, dtype in found:  # all is read before anything is written: it may be the same memory
                    w.store(in_memory(w, x, dtype), w.at(pointers[slot], r, SCALARS[dtype]))
                return []

            w.loop(start, stop, body, step=max(1, lanes))

        if isinstance(start, int) and isinstance(stop, int):
            middle: Value | int = start + (stop - start) // self.lanes * self.lanes
        else:
            first, last = (constant("i64", x) if isinstance(x, int) else x for x in (start, stop))
            count = w.two("and", w.exactly("sub", last, first), constant("i64", -self.lanes))
            middle = w.exactly("add", first, count)
        run(start, middle, self.lanes)
        run(middle, stop, 0)

    def part(self, group: Group, vector: Node, at: Value, start: Value, stop: Value) -> None:
        """Some entries of a "flat" group, if those of ``vector`` from ``start`` on lie elsewhere, at ``at``."""
        builder = self._chain(group, [("store", v, v, ()) for v in group.roots])
        back = self.w.exactly("sub", constant("i64", 0), start)
        moved = self.w.at(at, back, SCALARS[vector.dtype])
        self._loop(start, stop, builder, moved={vector: moved})

    def _total(self, group: Group) -> None:
        """Reductions of whole arrays in order: independent sums, then these."""
        for node in group.roots:
            builder = self._chain(group, [("total", node, node.args[0], ())])
            self._reduce_flat(node, builder)

    def _reduce_flat(self, node: Node, builder: ChainBuilder) -> None:
        w, chain, lanes, op = self.w, builder.chain, self.lanes, node.how["op"]
        size = node_domain(node)
        pointers = {i: self.address(*slot) for i, slot in enumerate(chain.slots)}
        number = chain.outputs[0][1]
        scalar = SCALARS[node.dtype]
        zero = constant("i64", 0)
        whole = size // lanes * lanes
        result: Value | None = None
        if whole:
            ev = Evaluator(w, chain, pointers, lanes=lanes, stride=0)
            ev.hoist(0)

            def body(r: Value, carried: list[Value]) -> list[Value]:
                ev.forget(1)
                ev.forget(2)
                new = []
                for k, c in enumerate(carried):
                    at = w.exactly("add", r, constant("i64", k * lanes)) if k else r
                    new.append(combined(w, op, c, ev.value(number, zero, 0, at, k)))
                return new

            count = _UNROLL if whole >= _UNROLL * lanes else 1
            even = whole // (count * lanes) * (count * lanes)
            sums = w.loop(0, even, body, step=count * lanes, carried=[neutral(op, vector(scalar, lanes))] * count)
            for s in sums[1:]:
                sums[0] = combined(w, op, sums[0], s)
            sums = w.loop(even, whole, body, step=lanes, carried=sums[:1])
            result = self._across(sums[0], op)
        if whole < size:
            ev = Evaluator(w, chain, pointers, lanes=0, stride=0)
            ev.hoist(0)

            def rest(r: Value, carried: list[Value]) -> list[Value]:
                ev.forget(1)
                ev.forget(2)
                return [combined(w, op, carried[0], ev.value(number, zero, 0, r, 0))]

            start = neutral(op, scalar) if result is None else result
            (result,) = w.loop(whole, size, rest, carried=[start])
        assert result is not None
        w.store(result, self.address(node))

    def _across(self, x: Value, op: str) -> Value:
        """The lanes of a vector reduced to one number, by halves."""
        w = self.w
        if op == "sum":
            return w.entry(horizontal(w, [x]), 0)
        size = self.lanes
        while size > 1:
            size //= 2
            x = combined(w, op, w.shuffle(x, None, range(size)), w.shuffle(x, None, range(size, 2 * size)))
        return w.entry(x, 0)

    # Views -----------------------------------------------------------------------------------------------------

    def _nest(self, shape: tuple[int, ...], body: Callable[[list[Value]], None]) -> None:
        """``body`` for every index of an array of this shape."""

        def level(index: list[Value]) -> None:
            if len(index) == len(shape):
                body(index)
                return
            self.w.loop(0, shape[len(index)], lambda i, _: level([*index, i]))

        level([])

    def _entry(self, a: WholeRef, index: list[Value]) -> Value:
        """Load one entry of a view."""
        w = self.w
        place = self._place(a.strides, index, a.offset)
        scalar = SCALARS[a.node.dtype]
        x = w.load(w.at(self.address(a.node), place, scalar), scalar)
        return w.compare("ne", x, constant("i8", 0)) if a.node.dtype == "bool" else x

    def _place(self, strides: tuple[int, ...], index: list[Value], offset: int = 0) -> Value:
        w = self.w
        place: Value = constant("i64", offset)
        for i, s in zip(index, strides, strict=True):
            if s:
                place = w.exactly("add", place, w.exactly("mul", i, constant("i64", s)))
        return place

    def _strided(self, group: Group) -> None:
        from cutaway.engines.native.nodes import c_strides

        w = self.w
        for node in group.roots:
            names: dict[int, WholeRef] = {}
            # every argument becomes an input of its own of a chain of single numbers
            given: list[Any] = []
            for a in node.args:
                if isinstance(a, WholeRef):
                    stand_in = Node("input", (), False, 1, a.node.dtype)
                    names[len(given)] = a.broadcast(node.shape)
                    given.append(WholeRef(stand_in, (), ()))
                else:
                    given.append(a)
            single = Node(node.op, tuple(given), False, 1, node.dtype, (), node.how)
            builder = ChainBuilder(1, lambda _: False, rows=False)
            number = builder.read_as(builder.compute(single), node.dtype)
            chain = builder.chain
            sources = {given[k].node: a for k, a in names.items()}

            def body(index: list[Value], chain=chain, sources=sources, node=node, number=number) -> None:  # type: ignore[no-untyped-def]
                pointers = {}
                for i, (stand_in, _) in enumerate(chain.slots):
                    a = sources[stand_in]
                    pointers[i] = w.at(
                        self.address(a.node), self._place(a.strides, index, a.offset), SCALARS[a.node.dtype]
                    )
                ev = Evaluator(w, chain, pointers, lanes=0, stride=0)
                zero = constant("i64", 0)
                x = in_memory(w, ev.value(number, zero, 0, zero, 0), node.dtype)
                at = self._place(c_strides(node.shape), index)
                w.store(x, w.at(self.address(node), at, SCALARS[node.dtype]))

            self._nest(node.shape, body)

    def _reduce(self, group: Group) -> None:
        from cutaway.engines.native.nodes import c_strides

        w = self.w
        for node in group.roots:
            a, kept, op = node.args[0], node.how["kept"], node.how["op"]
            outer, inner = a.shape[:kept], a.shape[kept:]
            scalar = SCALARS[node.dtype]

            def body(index: list[Value], a=a, op=op, outer=outer, inner=inner, scalar=scalar, node=node) -> None:  # type: ignore[no-untyped-def]
                def level(at: list[Value], total: Value) -> Value:
                    if len(at) == len(outer) + len(inner):
                        return combined(w, op, total, cast(w, self._entry(a, at), node.dtype))
                    size = inner[len(at) - len(outer)]
                    return w.loop(0, size, lambda i, c: [level([*at, i], c[0])], carried=[total])[0]

                result = level(index, neutral(op, scalar))
                at = self._place(c_strides(outer), index)
                w.store(result, w.at(self.address(node), at, scalar))

            self._nest(outer, body)

    def _concat(self, group: Group) -> None:
        from cutaway.engines.native.nodes import c_strides

        w = self.w
        for node in group.roots:
            for part, offset in self.layout.unplaced[node]:
                target = w.at(self.arena, self.layout.places[node].offset + offset, "i8")

                def body(index: list[Value], part=part, target=target, node=node) -> None:  # type: ignore[no-untyped-def]
                    at = self._place(c_strides(part.shape), index)
                    x = in_memory(w, self._entry(part, index), node.dtype)
                    w.store(x, w.at(target, at, SCALARS[node.dtype]))

                self._nest(part.shape, body)

    def _scatter(self, group: Group) -> None:
        for node in group.roots:
            source, numbers = node.args
            size = node.size // node.shape[0]
            name = scatter_kernel(self.w.module, node.dtype, size, node.shape[0])
            given = [self.address(source.node, source.offset), self.address(numbers.node, numbers.offset)]
            given += [constant("i64", numbers.size), self.address(node)]
            self.w.do(f"call void @{name}({', '.join(map(str, given))})")

    def _matmul(self, group: Group) -> None:
        w = self.w
        for node in group.roots:
            a, b = node.args
            if not isinstance(a, WholeRef) or not isinstance(b, WholeRef):
                raise Unsupported("a product of numbers")
            scalar = SCALARS[node.dtype]
            (m, k), n = a.shape, b.shape[1]
            for start, stop, lanes in self._spans(n, b.strides[1]):
                kind = vector(scalar, lanes)

                def entry(i: Value, j: Value, kind=kind, lanes=lanes, a=a, b=b, k=k, node=node, scalar=scalar) -> None:  # type: ignore[no-untyped-def]
                    def body(l: Value, carried: list[Value]) -> list[Value]:  # noqa: E741
                        left = w.splat(self._entry(a, [i, l]), lanes)
                        place = self._place(b.strides, [l, j], b.offset)
                        right = w.load(w.at(self.address(b.node), place, scalar), kind)
                        return [w.fma(left, right, carried[0])]

                    (total,) = w.loop(0, k, body, carried=[constant(kind, 0.0)])
                    w.store(total, w.at(self.address(node), self._place((node.shape[1], 1), [i, j]), scalar))

                def row(i: Value, start=start, stop=stop, lanes=lanes, entry=entry) -> None:  # type: ignore[no-untyped-def]
                    w.loop(start, stop, lambda j, _: entry(i, j), step=max(1, lanes))

                w.loop(0, m, lambda i, _, row=row: row(i))  # type: ignore[misc]

    def _spans(self, n: int, stride: int) -> list[tuple[int, int, int]]:
        whole = n // self.lanes * self.lanes if stride == 1 else 0
        return [s for s in ((0, whole, self.lanes), (whole, n, 0)) if s[0] < s[1]]
