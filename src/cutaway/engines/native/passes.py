"""The code of a pass over the rows: a function that does all of its groups of values for one tile."""

from __future__ import annotations

from collections.abc import Callable

from cutaway.engines.native.chains import ChainBuilder
from cutaway.engines.native.grams import gram_kernel
from cutaway.engines.native.kernels import fold_kernel, row_kernel
from cutaway.engines.native.layout import Layout, bytes_of, is_wide
from cutaway.engines.native.lines import csr_kernel, lines_kernel, turn_kernel
from cutaway.engines.native.nodes import Node, RowRef, Unsupported
from cutaway.engines.native.schedule import LINES, Group, Schedule
from cutaway.engines.native.text import SCALARS, Module, Value, Writer, constant
from cutaway.engines.native.wide_code import WideCode, call


class PassCode:
    """Writes it.

    Parameters
    ----------
    name : str
        Of the function.
    lines : WideCode
        Writes what is done on rows in lines.
    inlined : callable
        Whether a value is computed where it is read, and nowhere else.
    """

    def __init__(
        self,
        module: Module,
        name: str,
        schedule: Schedule,
        layout: Layout,
        lines: WideCode,
        inlined: Callable[[Node], bool],
    ) -> None:
        self.module, self.schedule, self.layout, self.lines, self.inlined = module, schedule, layout, lines, inlined
        self.tile, self.wide = layout.tile, layout.wide
        arguments = [("arena", "ptr"), ("scratch", "ptr"), ("sums", "ptr"), ("tile", "i64"), ("rows", "i64")]
        self._writer = Writer(module, name, arguments)
        self.arena, self.scratch, self.sums, self.number, self.rows = self._writer.arguments
        self.row0 = self._writer.exactly("mul", self.number, constant("i64", self.tile.rows))
        self._addresses: dict[Node, Value] = {}
        self._in_lines = {v for v in self.wide.lines if v.op in ("input", "constant")}

    def write(self, groups: list[Group]) -> None:
        """The whole function."""
        w = self._writer
        for group in groups:
            if group.kind == "gram":
                for node in group.roots:
                    self._gram(w, node)
            elif group.kind == "fold":
                self._fold(w, group)
            elif group.kind in LINES:
                self._lines(w, group.roots[0])
            else:
                self._row_group(w, group)
        w.end()

    def _address(self, w: Writer, node: Node, offset: int = 0) -> Value:
        if node not in self._addresses:
            place = self.layout.places[node]
            if place.kind == "scratch":
                at = w.at(self.scratch, place.offset, "i8")
            elif place.kind == "tiles":
                base = w.at(self.arena, place.offset, "i8")
                at = w.at(base, w.exactly("mul", self.number, constant("i64", place.per_tile)), "i8")
            else:
                at = w.at(self.arena, place.offset, "i8")
            self._addresses[node] = at
        at = self._addresses[node]
        return w.at(at, offset * bytes_of(node), "i8") if offset else at

    def _target(self, w: Writer, node: Node) -> Value:
        """Where a sum over rows is added up: in the chunk's own copy."""
        return w.at(self.sums, self.layout.places[node].offset, "i8")

    def _row_group(self, w: Writer, group: Group) -> None:
        builder = ChainBuilder(group.size, self.inlined)
        head, kind = group.roots[0], group.kind
        if head in self.wide.products:
            a, matrix = head.args
            self._into_lines(w, a.node)
            at = self._address(w, matrix.node, matrix.offset)
            out = self._address(w, head)
            self.lines.product(w, self.arena, self.scratch, head, self.row0, self.rows, at, out)
            builder.in_memory(head)
            kind = "map"
        elif kind == "product":
            builder.product(head)
        for node in group.roots:
            if node.op == "rowsum":
                builder.output("sum", builder.read(node.args[0], node.dtype), node)
            else:
                number = builder.read_as(builder.compute(node), node.dtype)
                if node in self.schedule.stored and node not in self.wide.products:
                    builder.output("store", number, node)
        chain = builder.chain
        if not chain.outputs:
            return
        inner = head.args[0].size if kind == "product" else 0
        name = row_kernel(self.module, kind, chain, self.tile, group.size, inner)
        zero, null = constant("i64", 0), Value("null", "ptr")
        given = [self.rows, self.row0, constant("i64", group.size)]
        if kind == "product":
            a, matrix = head.args
            if not isinstance(a, RowRef):
                raise Unsupported("a product without rows")
            at = w.at(self._address(w, a.node), a.start * self.tile.stride * bytes_of(a.node), "i8")
            if a.step != 1:
                raise Unsupported("a product of some of the features")
            given += [constant("i64", inner), at, self._address(w, matrix.node, matrix.offset)]
            given += [constant("i64", s) for s in matrix.strides]
        else:
            given += [zero, null, null, zero, zero]
        given += [
            self._target(w, node)
            if node.op in ("rowsum", "gram") and node.after == self._phase_of(group)
            else self._address(w, node, offset)
            for node, offset in chain.slots
        ]
        w.do(f"call void @{name}({', '.join(map(str, given))})")

    @staticmethod
    def _phase_of(group: Group) -> int:
        node = group.roots[0]
        return node.phase if node.rows else node.after

    def _fold(self, w: Writer, group: Group) -> None:
        builder = ChainBuilder(group.size, self.inlined)
        for node in group.roots:
            builder.output("fold", builder.read(node.args[0], node.dtype), node, node.how["op"])
        name = fold_kernel(self.module, builder.chain, self.tile)
        given = [self.rows, self.row0, constant("i64", group.size)]
        given += [self._address(w, node, offset) for node, offset in builder.chain.slots]
        w.do(f"call void @{name}({', '.join(map(str, given))})")

    def _gram(self, w: Writer, node: Node) -> None:
        a, b = node.args
        if node in self.wide.sums:
            for ref in (a, b):
                self._into_lines(w, ref.node)
            return
        wide = is_wide(node, self.tile)
        given = [self.rows, constant("i64", a.size), constant("i64", b.size)]
        steps = []
        for ref in (a, b):
            start = ref.start * self.tile.stride * bytes_of(ref.node)
            given.append(w.at(self._address(w, ref.node), start, "i8"))
            steps.append(constant("i64", ref.step * self.tile.stride))
        if wide:
            *_, A, B = given
            target = self._target(w, node)
            self.lines.outer(w, self.scratch, node, self.rows, A, steps[0], B, steps[1], target)
        else:
            name = gram_kernel(self.module, node.dtype, self.tile, a.size, b.size)
            call(w, name, *given, *steps, self._target(w, node), constant("i64", b.size))

    def _into_lines(self, w: Writer, node: Node) -> None:
        """Put the rows of a tile into lines, if they are not there."""
        if node not in self._in_lines:
            self._in_lines.add(node)
            self.lines.into_lines(w, self.arena, node, self.row0, self.rows, self._address(w, node))

    def _lines(self, w: Writer, node: Node) -> None:
        """What is done on rows that lie one after the other."""
        given = node.args[0]
        a = self._address(w, given.node, getattr(given, "offset", 0))
        out, size = self._address(w, node), node.size
        if node.op in ("lines", "sparse"):
            size //= node.n
        begin = w.exactly("mul", self.row0, constant("i64", size))  # where the tile's lines do
        scalar, null = SCALARS[node.dtype], Value("null", "ptr")
        if node.op == "sparse":
            starts, columns, *weights = (self._address(w, x.node, x.offset) for x in node.args[1:])
            name = csr_kernel(self.module, node.dtype, node.how["op"], size, weighted=bool(weights))
            arguments = [self.row0, self.rows, starts, columns, *(weights or [null]), a, out]
        elif node.op == "lines":
            a = w.at(a, given.start * self.tile.stride, scalar)
            name = lines_kernel(self.module, node.dtype, self.tile, size, given.step)
            arguments = [a, w.at(out, begin, scalar), self.rows]
        elif node.op == "turn":
            name = turn_kernel(self.module, node.dtype, self.tile, size, numbered=False)
            arguments = [w.at(a, begin, scalar), out, self.rows, null]
        else:
            name = turn_kernel(self.module, node.dtype, self.tile, size, numbered=True)
            arguments = [a, out, self.rows, self._address(w, node.args[1].node)]
        w.do(f"call void @{name}({', '.join(map(str, arguments))})")
