"""The order of work: passes over the rows in tiles, and between them what has no rows.

All row-wise values of a tile are computed while it is in the cache, and what is summed over rows is added up on the
way. A value that needs such a sum before the next row-wise step starts a new *phase*, another pass over the tiles. So
does what reads other rows than its own, such as a product with a sparse matrix, and what has another number of rows.

Inside of a phase, nodes are gathered in *groups*, each of which becomes one loop: a product with what is done to its
entries afterwards, a chain of entry-by-entry functions, a fold over features, or a sum of outer products. A cheap
function of values that are at hand is computed wherever it is read and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cutaway.engines.native.nodes import Node, Ref, RowRef, WholeRef
from cutaway.engines.native.scalars import OPS

_DEAR = 8  # instructions: from here on a value is computed once and kept

LINES = ("lines", "sparse", "turn", "take")
"""What is done on rows that lie in memory one after the other."""

_MADE_OF_ROWS = ("rowsum", "gram", "lines", "sparse")  # values without rows that come from going over rows


@dataclass(eq=False)
class Group:
    """One loop.

    Attributes
    ----------
    kind : str
        With rows "product", "map", "fold", "gram" or one of `LINES`; without "flat", "single", "strided", "total",
        "reduce", "matmul", "concat" or "scatter".
    size : int
        Features of each row; without rows, entries.
    roots : list of Node
        What it computes, in order; the product, if it is one, first.
    """

    kind: str
    size: int
    roots: list[Node] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.kind} × {self.size}: {self.roots}"


@dataclass
class Schedule:
    """What is done in which order.

    Attributes
    ----------
    passes : list of list of Group
        With rows: for each phase.
    rows : list of int
        How many rows each phase goes over.
    between : list of list of Group
        Without rows: before the first phase, after the first, ...
    stored : set of Node
        What must be in memory, since another group reads it.
    kept : set of Node
        Values with rows that a later phase reads, or that are results.
    """

    passes: list[list[Group]]
    rows: list[int]
    between: list[list[Group]]
    stored: set[Node]
    kept: set[Node]


def args_of(node: Node) -> list[Ref]:
    """The values that a node reads, without numbers."""
    return [a for a in node.args if isinstance(a, (RowRef, WholeRef))]


class Scheduler:
    """Makes a schedule of the nodes that ``results`` need."""

    def __init__(self, nodes: list[Node], results: Iterable[Node]) -> None:
        self.results = set(results)
        self.nodes = self._needed(nodes)
        self.stage: dict[Node, int] = {}
        self.home: dict[Node, tuple[int, int, int]] = {}  # rows or not, phase, number of the group
        self.rows: list[int] = []
        self.in_memory = {a.node for node in self.nodes for a in args_of(node) if self._reads_memory(node, a)}
        self.in_memory |= self.results
        self._number_phases()
        self._place_without_rows()
        self.cost: dict[Node, int] = {}
        self.roots = {node for node in self.nodes if self._is_root(node)}
        self.passes = [
            self._groups([v for v in self.nodes if self._row_work(v) and self._phase_of(v) == p])
            for p in range(self.phases)
        ]
        self.between = [
            self._groups([v for v in self.nodes if not v.rows and self._computed(v) and self.stage[v] == p])
            for p in range(-1, self.phases)
        ]
        self.stored: set[Node] = set()
        self.kept: set[Node] = {v for v in self.results if v.rows}
        self._find_stored()

    def schedule(self) -> Schedule:
        """The result."""
        return Schedule(self.passes, self.rows, self.between, self.stored, self.kept)

    def _needed(self, nodes: list[Node]) -> list[Node]:
        needed = set(self.results)
        for node in reversed(nodes):
            if node in needed:
                needed.update(a.node for a in args_of(node))
        return [node for node in nodes if node in needed]

    # Phases ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _computed(node: Node) -> bool:
        return node.op not in ("input", "constant", *_MADE_OF_ROWS)

    @staticmethod
    def _row_work(node: Node) -> bool:
        """Whether it is done while going over the rows."""
        return node.op in _MADE_OF_ROWS or (node.rows and node.op not in ("input", "constant"))

    def _phase_of(self, node: Node) -> int:
        return node.phase if node.rows else node.after

    def _number_phases(self) -> None:
        for node in self.nodes:
            args = args_of(node)
            rows = max((a.node.phase for a in args if isinstance(a, RowRef)), default=0)
            own = [a.node for a in args if node.op == "turn" and a.node.op == "sparse"]  # its lines are at hand
            rows = max([rows, *(v.after for v in own)])
            after = max((a.node.after for a in args if isinstance(a, WholeRef) and a.node not in own), default=-1)
            if self._row_work(node):
                phase = max(rows, after + 1)
                while phase < len(self.rows) and self.rows[phase] != node.n:
                    phase += 1
                self.rows += [node.n] * (phase + 1 - len(self.rows))
                node.phase, node.after = (phase, node.after) if node.rows else (node.phase, phase)
            else:
                node.after = after
        self.phases = len(self.rows)

    def _place_without_rows(self) -> None:
        """As late as possible: then the whole update of the parameters comes together at the end."""
        latest = dict.fromkeys(self.nodes, self.phases - 1)
        for node in reversed(self.nodes):
            if not self._row_work(node) and node.size == 1 and node.after < 0:
                latest[
                    node
                ] = -1  # numbers that depend on no rows, such as the rate of a step: then they are out of the way
            limit = self._phase_of(node) - 1 if self._row_work(node) else latest[node]
            for a in args_of(node):
                latest[a.node] = min(latest[a.node], limit)
        self.stage = latest

    # Groups ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _reads_memory(node: Node, a: Ref) -> bool:
        """Whether a node reads an argument as it lies in memory, not entry by entry at its own place."""
        if isinstance(a, RowRef):
            return node.op in ("gram", "product", *LINES) or not a.whole
        if node.op in ("matmul", "product", "concat", "scatter", *LINES) or not at_place(node, a):
            return True
        in_order = node.rows or node.op in ("rowsum", "uniform") or is_flat(node) or is_total(node)
        return not in_order and a.node.size != 1

    def _is_root(self, node: Node) -> bool:
        if node.op in ("input", "constant"):
            return False
        op = OPS.get(node.op)
        inner = 0
        for a in args_of(node):
            inner += self.cost.get(a.node, 0)
        cost = inner + (op.cost if op is not None else 0)
        root = (
            op is None
            or op.cost >= _DEAR
            or cost >= _DEAR + 4
            or node in self.in_memory
            or (not node.rows and (node.size == 1 or not is_flat(node)))
        )
        self.cost[node] = 0 if root else cost
        return root

    def leaves(self, node: Node, *, own: bool = True) -> list[tuple[Node, bool]]:
        """What a root reads, through what is not stored; each with whether it is read at the root's own place."""
        found: list[tuple[Node, bool]] = []
        for a in args_of(node):
            same = own and not self._reads_memory(node, a) and a.node.size == node_domain(node)
            if a.node in self.roots or not self._computed_here(a.node):
                found.append((a.node, same))
            else:
                found += self.leaves(a.node, own=same)
        return found

    def _computed_here(self, node: Node) -> bool:
        return node.op not in ("input", "constant")

    def _groups(self, nodes: list[Node]) -> list[Group]:
        groups: list[Group] = []
        home: dict[Node, int] = {}
        for node in nodes:
            if node not in self.roots:
                continue
            kind, size = _kind(node), node_domain(node)
            first = 0
            for leaf, same in self.leaves(node):
                if leaf in home:
                    g = home[leaf]
                    joins = same and groups[g].size == size and groups[g].kind in ("product", "map", "flat", "single")
                    first = max(first, g if joins and leaf.op not in _MADE_OF_ROWS else g + 1)
            place = len(groups)
            for g in range(first, len(groups)):
                hosts = {"map": ("product", "map"), "fold": ("fold",), "flat": ("flat",), "single": ("single",)}
                if groups[g].kind in hosts.get(kind, ()) and groups[g].size == size:
                    place = g
                    break
            if place == len(groups):
                groups.append(Group(kind, size))
            groups[place].roots.append(node)
            home[node] = place
        return groups

    def _find_stored(self) -> None:
        """Roots that another group reads."""
        for side in (self.passes, self.between):
            for p, groups in enumerate(side):
                for g, group in enumerate(groups):
                    for node in group.roots:
                        self.home[node] = (id(side), p, g)
        for groups in (*self.passes, *self.between):
            for group in groups:
                for node in group.roots:
                    for leaf, same in self.leaves(node):
                        if leaf.op in ("input", "constant"):
                            continue
                        if self.home[leaf] != self.home[node] or not same:
                            self.stored.add(leaf)
                            if leaf.rows and leaf.phase != self._phase_of(node):
                                self.kept.add(leaf)
        self.stored |= self.results | {v for v in self.roots if not v.rows}
        # what is not stored, but read in a later phase, is computed there again from what is


def node_domain(node: Node) -> int:
    """Length of the loop that a node belongs to, apart from rows."""
    if node.op in ("fold", "rowsum") or is_total(node):
        return node.args[0].size  # type: ignore[no-any-return]
    return node.size // node.n if node.op in ("lines", "sparse") else node.size


def is_total(node: Node) -> bool:
    """Whether it reduces an array without rows to one number, entry after entry."""
    return node.op == "reduce" and node.size == 1 and bool(node.args[0].contiguous)


def at_place(node: Node, a: WholeRef) -> bool:
    """Whether a value without rows is read in order, or is one number."""
    if a.node.size == 1:
        return True
    if node.rows or node.op in ("rowsum", "fold"):
        return False
    return a.offset == 0 and a.size == a.node.size == node_domain(node) and a.contiguous


def is_flat(node: Node) -> bool:
    """Whether a node without rows is one loop over the entries of its arguments in order."""
    return node.op in OPS and all(
        a.size == 1 or (isinstance(a, WholeRef) and a.contiguous and a.size == node.size) for a in args_of(node)
    )


def _kind(node: Node) -> str:
    if node.op in ("product", "fold", "gram", "matmul", "concat", "scatter", *LINES):
        return node.op
    if node.op == "reduce":
        return "total" if is_total(node) else "reduce"
    if node.rows or node.op == "rowsum":
        return "map"
    return "single" if node.size == 1 else "flat" if is_flat(node) else "strided"
