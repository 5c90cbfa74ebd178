"""Which products are those of wide layers, for which rows lie one behind the other ("in lines").

Vectors then run along the features of a result, so that the rows of a mini-batch need not fill vectors. A wide product
of rows is computed in lines and turned; a wide sum of outer products over the rows is left until all rows are done, so
that it is added up in registers, and what follows from it (the update of a weight matrix) is done at once.

Products with data are computed before the pass, for all rows, as sums of *shares*: each is the work of some features of
the data, which has to do with the rows of the weight matrix of the same numbers, as has the wide sum for its gradient.
Threads that take the same shares again and again keep their part of the weights in their own cache. Data of which
nothing else is read need not be gathered for a mini-batch: its rows are read where they are, by their numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from cutaway.engines.native.nodes import Node, RowRef, WholeRef
from cutaway.engines.native.text import SCALARS, SIZES

_LONG = 128  # features of a row, from where on its product with a matrix is worth turning
_LARGE = 8192  # entries of a sum of outer products
_LINE = 64  # bytes of a cache line, and of the widest vector
_SHARE = 128  # features: for these, a block of columns of a matrix fits into the first cache
_MOST_SHARES = 32
_NEAR = 4_000_000  # bytes of rows that are read once more when all are done


@dataclass
class Wide:
    """The wide products of a program.

    Attributes
    ----------
    products, sums : set of Node
        Of rows with a matrix, and sums over rows of outer products.
    lines : dict of Node to int
        What must lie in lines, with the entries from one line to the next.
    early : dict of Node to list of Node
        Data, and its products that are computed before the first pass.
    by_number : set of Node
        Data whose rows are read where they are, by their numbers: nothing but shares reads them.
    """

    products: set[Node] = field(default_factory=set)
    sums: set[Node] = field(default_factory=set)
    lines: dict[Node, int] = field(default_factory=dict)
    early: dict[Node, list[Node]] = field(default_factory=dict)
    by_number: set[Node] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.lines)

    def columns(self, nodes: Iterable[Node], results: set[Node]) -> set[Node]:
        """What must lie in tiles, feature by feature, because something else reads it."""
        others = {
            a.node for v in nodes if v not in self.products and v not in self.sums
            for a in v.args if isinstance(a, RowRef)
        }  # fmt: skip
        return others | results | {v for v in nodes if v.rows and v not in self.lines}


def wide_products(
    nodes: Collection[Node], results: set[Node], n: int, lanes: int, dtype: str, *, gather: bool = False
) -> Wide:
    """Find them, among nodes that all have ``n`` rows; ``lanes`` are those of ``dtype``, in which most is computed."""
    found = Wide()
    size = SIZES[SCALARS[dtype]]
    for node in nodes:
        if node.op not in ("product", "gram") or node.dtype != dtype or node.n != n:
            continue
        a, b = node.args
        if not isinstance(a, RowRef) or a.step != 1 or a.node.dtype != dtype:
            continue
        outputs = node.size if node.op == "product" else b.size
        near = n * size * (a.size + outputs) <= _NEAR
        if node.op == "product":
            if isinstance(b, WholeRef) and b.strides[1] == 1 and near and a.size >= _LONG and outputs >= lanes:
                found.products.add(node)
                found.lines[a.node] = pitch(a.node.size, a.node)
                if a.node.op in ("input", "constant") and a.whole and node.phase == 0:
                    found.early.setdefault(a.node, []).append(node)
        elif b.step == 1 and b.node.dtype == dtype and near and node.size >= _LARGE and outputs >= lanes:
            found.sums.add(node)
            for x in (a, b):
                found.lines[x.node] = pitch(x.node.size, x.node)
    if gather:
        others = {v.args[0].node for v in found.products if v not in found.early.get(v.args[0].node, ())}
        others |= {v.args[1].node for v in found.sums} | found.columns(nodes, results)
        found.by_number = {v for v in found.early if v.op == "input" and v not in others}
    return found


def shares(size: int) -> tuple[int, int]:
    """In how many shares features are worked on, an even number for two threads; and how many features each has."""
    count = max(2, min(_MOST_SHARES, 2 * round(size / (2 * _SHARE))))
    each = -(-size // count)
    return -(-size // each), each


def pitch(features: int, node: Node) -> int:
    """Entries from one line to the next: room for whole vectors, and an odd number of cache lines.

    Then neighbours in a column do not fall on the same place in the cache.
    """
    lanes = _LINE // SIZES[SCALARS[node.dtype]]
    return (-(-features // lanes) | 1) * lanes
