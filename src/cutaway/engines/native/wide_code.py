"""The code of wide products and sums for a tile, and of gathering long rows: what works on rows in lines."""

from __future__ import annotations

from cutaway.engines.native.layout import Layout, bytes_of, share_bytes
from cutaway.engines.native.nodes import Node
from cutaway.engines.native.panels import panel_kernel, total_kernel
from cutaway.engines.native.text import SCALARS, SIZES, Module, Value, Writer, constant
from cutaway.engines.native.transposed import gather_kernel, rows_kernel, transpose_kernel
from cutaway.engines.native.wide import pitch, shares


def call(w: Writer, name: str, *given: Value) -> None:
    """Call a function of the module."""
    w.do(f"call void @{name}({', '.join(map(str, given))})")


def i64(n: int) -> Value:
    """A number of 64 bits."""
    return constant("i64", n)


class WideCode:
    """Writes it."""

    def __init__(self, module: Module, layout: Layout) -> None:
        self.module, self.layout = module, layout
        self.tile, self.wide = layout.tile, layout.wide

    def room(self, w: Writer, scratch: Value) -> Value:
        """Where a thread has room of its own."""
        return w.at(scratch, self.layout.room_offset, "i8")

    def line(self, w: Writer, arena: Value, node: Node, row: Value, feature: int = 0) -> Value:
        """Where a row of a value begins."""
        at = w.at(arena, self.layout.lines[node] + feature * bytes_of(node), "i8")
        return w.at(at, w.exactly("mul", row, i64(self.wide.lines[node])), SCALARS[node.dtype])

    def into_lines(self, w: Writer, arena: Value, node: Node, row0: Value, rows: Value, columns: Value) -> None:
        """Put the rows of a tile into lines."""
        into, step = self.line(w, arena, node, row0), i64(self.wide.lines[node])
        name = transpose_kernel(self.module, node.dtype)
        call(w, name, i64(node.size), rows, columns, i64(self.tile.stride), into, step)

    def product(
        self, w: Writer, arena: Value, scratch: Value, node: Node, row0: Value, rows: Value, matrix: Value, out: Value
    ) -> None:
        """A wide product: in lines, then turned."""
        a, b = node.args
        scalar = SCALARS[node.dtype]
        features, room, step = i64(node.size), self.room(w, scratch), i64(pitch(node.size, node))
        if node in self.wide.early.get(a.node, ()):
            size = w.exactly("mul", rows, step)
            begin = w.at(w.at(arena, self.layout.sums_of_shares[node], "i8"), w.exactly("mul", row0, step), scalar)
            count, apart = i64(shares(a.size)[0]), i64(share_bytes(node) // bytes_of(node))
            call(w, total_kernel(self.module, node.dtype), size, count, begin, apart, room)
        else:
            left, left_step = self.line(w, arena, a.node, row0, a.start), i64(self.wide.lines[a.node])
            name = panel_kernel(self.module, node.dtype, node.size)
            given = (left, left_step, i64(1), matrix, i64(b.strides[0]), room, step)
            call(w, name, rows, features, i64(a.size), *given)
        name = transpose_kernel(self.module, node.dtype)
        call(w, name, rows, features, room, step, out, i64(self.tile.stride))

    def outer(
        self, w: Writer, scratch: Value, node: Node, rows: Value, A: Value, a_step: Value, B: Value, b_step: Value,
        out: Value,
    ) -> None:  # fmt: skip
        """Add the sum over the rows of a tile of outer products; one factor is turned first."""
        a, b = node.args
        left, right = i64(a.size), i64(b.size)
        room, step = self.room(w, scratch), i64(pitch(b.size, node))
        call(w, transpose_kernel(self.module, node.dtype), right, rows, B, b_step, room, step)
        name = panel_kernel(self.module, node.dtype, b.size, add=True)
        call(w, name, left, right, rows, A, a_step, i64(1), room, step, out, right)

    def gather(
        self, w: Writer, arena: Value, scratch: Value, node: Node, source: Value, numbers: Value, t: Value, rows: Value
    ) -> None:
        """Rows of an array by their numbers, for a tile: long ones in lines first."""
        place, stride, features = self.layout.places.get(node), self.tile.stride, i64(node.size)
        if place is not None:
            target = w.at(arena, place.offset, "i8")
            target = w.at(target, w.exactly("mul", t, i64(place.per_tile)), "i8")
        lanes = self.module.width // SIZES[SCALARS[node.dtype]]
        if node in self.wide.lines:
            step = i64(self.wide.lines[node])
            lines = self.line(w, arena, node, w.exactly("mul", t, i64(self.tile.rows)))
        elif node.size >= lanes and stride % lanes == 0:
            step, lines = i64(pitch(node.size, node)), self.room(w, scratch)
        else:
            name = gather_kernel(self.module, node.dtype, self.tile, node.size)
            return call(w, name, source, target, numbers, rows)
        if node not in self.wide.early:
            name = rows_kernel(self.module, node.dtype, node.size)
            call(w, name, source, features, features, numbers, rows, lines, step)
        if place is not None:
            name = transpose_kernel(self.module, node.dtype)
            call(w, name, rows, features, lines, step, target, i64(stride))
        return None
