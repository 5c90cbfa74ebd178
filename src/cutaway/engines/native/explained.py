"""A program in words: its passes over the rows, its tiles and bytes, and what is done in each loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cutaway.engines.native.nodes import Node, RowRef
from cutaway.engines.native.scalars import OPS
from cutaway.engines.native.schedule import Group
from cutaway.engines.native.wide import Wide

if TYPE_CHECKING:
    from cutaway.engines.native.program import Program

_WORDS = {
    "product": "product with a matrix",
    "map": "entry by entry",
    "fold": "fold over features",
    "gram": "sum of outer products",
    "sparse": "product of a sparse matrix",
    "turn": "rows laid side by side",
    "lines": "rows laid one after the other",
    "take": "chosen rows",
    "scatter": "rows put in their places",
    "flat": "entry by entry",
    "single": "numbers",
    "strided": "entry by entry, out of order",
    "total": "reduction to a number",
    "reduce": "reduction",
    "matmul": "product",
    "concat": "joined",
}


def explained(program: Program) -> str:
    """Lines for people to read."""
    return "\n".join(_lines(program))


def _lines(program: Program) -> Iterator[str]:
    layout, schedule = program.layout, program.schedule
    tile = layout.tile
    yield (
        f"machine code for {program.target.cpu}: {tile.lanes} numbers in a vector, "
        f"about {_count(program.work)} operations a step"
    )
    if schedule.passes:
        yield (
            f"{program.n} rows in {layout.tiles(program.n)} tiles of {tile.rows}, {layout.scratch_bytes:,} bytes for "
            f"a tile's values; sums in {max(layout.chunks)} parts; {layout.bytes:,} bytes in all"
        )
    else:
        yield f"no rows; {layout.bytes:,} bytes in all"
    for p, groups in enumerate(schedule.between):
        if groups:
            yield "before the rows:" if p == 0 and schedule.passes else "then, without rows:"
            yield from (_group(group, program.wide) for group in groups)
        if p < len(schedule.passes):
            others = f" ({schedule.rows[p]} of them)" if schedule.rows[p] != program.n else ""
            yield f"pass {p + 1} over the rows{others}:"
            yield from (_group(group, program.wide) for group in schedule.passes[p])


def _group(group: Group, wide: Wide) -> str:
    named = [v.name for v in group.roots if v.name]
    operations = [_operation(v) + _when(v, wide) for v in group.roots]
    rows = group.roots[0].rows or group.roots[0].op in ("rowsum", "lines", "sparse")
    size = f"{group.size} features" if rows else f"{group.size} entries"
    return f"  {_WORDS[group.kind]}, {size}: {', '.join(dict.fromkeys(operations))}" + (
        f"  ({', '.join(dict.fromkeys(named))})" if named else ""
    )


def _when(node: Node, wide: Wide) -> str:
    if node in wide.sums:
        return " over all rows in the end"
    if node in wide.products:
        first = any(node in products for products in wide.early.values())
        return " of all rows at the beginning" if first else " in lines"
    return ""


def _operation(node: Node) -> str:
    if node.op == "product":
        inner = node.args[0]
        return f"{inner.size if isinstance(inner, RowRef) else '?'} → {node.size}"
    if node.op == "gram":
        return f"{node.shape[0]} × {node.shape[1]}"
    if node.op == "sparse":
        return f"{node.n} × {node.args[0].size * node.n // node.size}, {node.how['entries']} entries"
    if node.op in ("lines", "turn", "take", "scatter"):
        return f"{node.size // max(1, node.n) if node.op == 'lines' else node.size} numbers"
    names = {"rowsum": "sum over rows", "uniform": "random numbers"}
    return names.get(node.op, node.op if node.op in OPS else str(node.how.get("op", node.op)))


def _count(number: float) -> str:
    for unit, size in (("billion", 1e9), ("million", 1e6), ("thousand", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f}"
