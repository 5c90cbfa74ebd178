"""Where everything lies: one block of memory holds all values, at places that are known when code is written.

It begins with the sums over rows, of which every *chunk* of tiles has a copy of its own; they are added up in the order
of the chunks, so the result does not depend on how many threads shared the work. Tiles' values are reused by liveness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cutaway.engines.native.kernels import Tile
from cutaway.engines.native.nodes import Node, WholeRef
from cutaway.engines.native.schedule import Group, Schedule, Scheduler
from cutaway.engines.native.text import SCALARS, SIZES
from cutaway.engines.native.wide import Wide, pitch, shares

_LINE = 128  # bytes: a vector of as many doubles as there are floats in the widest one


def bytes_of(node: Node) -> int:
    """Bytes of an entry."""
    return SIZES[SCALARS[node.dtype]]


def _padded(size: int) -> int:
    return -(-size // _LINE) * _LINE


@dataclass
class Place:
    """Where a value is: in the shared block, in a thread's own, or a tile's part of the shared block."""

    kind: str  # "whole", "scratch" or "tiles"
    offset: int
    per_tile: int = 0


class Layout:
    """Places of all values.

    Attributes
    ----------
    places : dict of Node to Place
    sums_bytes : int
        Size of the first part, of which chunks have copies.
    ranges : list of list of (int, int)
        For each phase, the spans of bytes that are summed over rows in it.
    chunks : list of int
        For each phase, in how many parts its tiles are worked through: at most ``most``.
    lines, sums_of_shares : dict of Node to int
        Where rows lie one behind the other, and shares of products.
    room_offset : int
        In a thread's own memory, room for the rows of a tile that are turned, or for a part of a wide sum.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        schedule: Schedule,
        tile: Tile,
        most: Sequence[int],
        threads: int,
        aliases: Mapping[Node, tuple[Node, int]],
        inplace: Mapping[Node, Node],
        wide: Wide,
    ) -> None:
        self.tile, self.wide = tile, wide
        self.chunks = [self._chunks(*pair) for pair in zip(schedule.rows, most, strict=True)]
        self.threads = threads if max(self.chunks, default=1) > 1 else 1
        self.places: dict[Node, Place] = {}
        self.exact: set[Node] = set()  # what must not be written behind its end
        self.unplaced: dict[Node, list[tuple[WholeRef, int]]] = {}
        self._end = 0
        self._sums(scheduler)
        self.sums_bytes = self._end
        rowless = [v for v in scheduler.nodes if not v.rows and v not in self.places]
        for node in rowless:
            if node not in aliases and node not in inplace and (node in schedule.stored or not _inner(node)):
                self.places[node] = Place("whole", self._take(node.size * bytes_of(node)))
        for node, (base, start) in aliases.items():
            self.places[node] = Place("whole", self.places[base].offset + start * bytes_of(node))
        for node, target in inplace.items():
            self.places[node] = Place("whole", self.places[target].offset)
        self.whole_bytes = self._end
        self.ranges = self._ranges(scheduler, len(schedule.passes))
        columns = wide.columns(scheduler.nodes, scheduler.results)
        for node in scheduler.nodes:
            if node.rows and (node in schedule.kept or (node.op in ("input", "constant") and node in columns)):
                size = _padded(node.size * bytes_of(node) * tile.stride)
                self.places[node] = Place("tiles", self._take(size * self.tiles(node.n)), size)
        in_lines = {v: step for v, step in wide.lines.items() if v not in wide.by_number}
        self.lines = {v: self._take((v.n + tile.lanes) * step * bytes_of(v)) for v, step in in_lines.items()}
        self.sums_of_shares = {
            v: self._take(shares(data.size)[0] * share_bytes(v)) for data, of in wide.early.items() for v in of
        }
        self.room_offset = max([_LINE, *(self._scratch(groups, scheduler, schedule) for groups in schedule.passes)])
        self.scratch_bytes = self.room_offset + _padded(self._room(scheduler))
        copies = max((c for c, spans in zip(self.chunks, self.ranges, strict=True) if spans), default=1) - 1
        self.chunk_offset = self._take(self.sums_bytes * copies)
        self.scratch_offset = self._take(self.scratch_bytes * self.threads)
        self.bytes = self._end

    def tiles(self, n: int) -> int:
        """How many tiles hold so many rows."""
        return -(-n // self.tile.rows)

    def _chunks(self, n: int, most: int) -> int:
        tiles = self.tiles(n)
        per = -(-tiles // min(tiles, most))
        return -(-tiles // per)  # none of them empty

    def _take(self, size: int) -> int:
        start = self._end
        self._end += _padded(size)
        return start

    def _sums(self, scheduler: Scheduler) -> None:
        """Sums that are joined to one vector are computed in their places in it."""
        for node in scheduler.nodes:
            if node.op != "concat":
                continue
            start = self._take(node.size * bytes_of(node))
            self.places[node] = Place("whole", start)
            self.unplaced[node] = []
            for part in node.args:
                owner = part.node
                there = part.contiguous and part.size == owner.size and part.offset == 0
                if there and _inner(owner) and owner not in self.places and owner.dtype == node.dtype:
                    self.places[owner] = Place("whole", start)
                    self.exact.add(owner)
                else:
                    self.unplaced[node].append((part, start - self.places[node].offset))
                start += part.size * bytes_of(node)
        for node in scheduler.nodes:
            if node.op in ("rowsum", "gram") and node not in self.places:
                self.places[node] = Place("whole", self._take(node.size * bytes_of(node)))

    def _ranges(self, scheduler: Scheduler, phases: int) -> list[list[tuple[int, int]]]:
        found: list[list[tuple[int, int]]] = [[] for _ in range(phases)]
        for node in scheduler.nodes:
            if node.op in ("rowsum", "gram") and node not in self.wide.sums:
                start = self.places[node].offset
                found[node.after].append((start, start + node.size * bytes_of(node)))
        merged = []
        for spans in found:
            joined: list[tuple[int, int]] = []
            for start, stop in sorted(spans):
                if joined and start - joined[-1][1] == 0:
                    joined[-1] = (joined[-1][0], stop)
                else:
                    joined.append((start, stop))
            merged.append(joined)
        return merged

    def _room(self, scheduler: Scheduler) -> int:
        """Bytes for rows of a tile that are turned, which is done in whole blocks, or for a part of a wide sum."""
        sizes, stride = [0], self.tile.stride
        for node in scheduler.nodes:
            size, lanes = bytes_of(node), self.tile.lanes
            if node in self.wide.products:
                sizes.append(stride * pitch(node.size, node) * size)
            elif node in self.wide.sums:
                sizes.append(ROWS_OF_PART * node.args[1].size * size)
            elif node.op == "gram" and is_wide(node, self.tile):
                sizes.append(stride * pitch(node.args[1].size, node) * size)
            elif node.op == "input" and node.rows and node not in self.wide.lines and node.size >= lanes:
                sizes.append(stride * pitch(node.size, node) * size)
        return max(sizes) + (_LINE * stride if max(sizes) else 0)

    def _scratch(self, groups: list[Group], scheduler: Scheduler, schedule: Schedule) -> int:
        """Room for the values of a tile; what nobody reads any more makes room."""
        last: dict[Node, int] = {}
        for g, group in enumerate(groups):
            for node in group.roots:
                last[node] = g
                for leaf, _ in scheduler.leaves(node):
                    last[leaf] = g
        free: dict[int, list[int]] = {}
        end = 0
        for g, group in enumerate(groups):
            for node in group.roots:
                if node.rows and node in schedule.stored and node not in self.places:
                    size = _padded(node.size * bytes_of(node) * self.tile.stride)
                    if free.get(size):
                        start = free[size].pop()
                    else:
                        start, end = end, end + size
                    self.places[node] = Place("scratch", start)
            for node, when in last.items():
                if when == g and node in self.places and self.places[node].kind == "scratch":
                    size = _padded(node.size * bytes_of(node) * self.tile.stride)
                    free.setdefault(size, []).append(self.places[node].offset)
        return end


def _inner(node: Node) -> bool:
    return node.op not in ("input", "constant")


def is_wide(node: Node, tile: Tile) -> bool:
    """Whether a sum of outer products over the rows of a tile is so large that turning one factor pays."""
    left, right = (a.size for a in node.args)
    return bool(left >= _WIDE and right % tile.lanes == 0)


_WIDE = 32  # features


ROWS_OF_PART = 25
"""Rows of a wide sum that are computed at once: they stay in the first cache until what follows from them is done."""


def share_bytes(node: Node) -> int:
    """Bytes of a share of a wide product of all rows."""
    return node.n * pitch(node.size, node) * bytes_of(node)


def choose_tile(n: int, lanes: int, row_bytes: int, work: float, *, wide: bool = False) -> Tile:
    """Rows of a tile: little room left over, and all values of a tile in the cache.

    Steps of much work get two tiles at least, for two threads. Where products are wide, tiles have equally many rows.
    """
    if wide:
        tiles = max(1, 2 * round(n / (2 * _ROWS)), 2 if work > _HALVED and n > lanes else 1)
        rows = -(-n // tiles)
        stride = -(-rows // lanes) * lanes
        return Tile(lanes, stride, most=rows if rows < stride else 0)
    most = -(-n // (2 * lanes)) * lanes if work > _HALVED else n
    if n <= 4 * lanes and (work <= _HALVED or n <= lanes):
        stride = -(-n // lanes) * lanes
        return Tile(lanes, stride)
    best: tuple[float, int] | None = None
    block = 4 * lanes
    for vectors in range(1 if work > _HALVED else 4, 33):
        stride = vectors * lanes
        if stride > max(most, lanes) and best is not None:
            break
        if stride > 8 * block or (stride > 2 * block and stride * row_bytes > _CACHE):
            break
        tiles = -(-n // stride)
        cost = tiles * (stride * (1.0 if vectors % 4 == 0 else 1.2) + _OVERHEAD)
        if best is None or cost < best[0]:
            best = cost, stride
    assert best is not None
    stride = best[1]
    tiles = -(-n // stride)
    return Tile(lanes, stride, exact=tiles * stride < n * _WASTE)


_ROWS = 64  # of a tile, where products are wide
_CACHE = 110_000  # bytes of a tile's values
_OVERHEAD = 20.0  # of a tile, in rows
_HALVED = 4e6  # operations of a step
_WASTE = 1.06  # so many times the work is done rather than writing more code


def choose_chunks(work: float) -> int:
    """In how many parts tiles are summed up, at most; only the work decides, so every machine gives the same bits."""
    return max(1, min(_MOST_CHUNKS, round(work / _CHUNK)))


_CHUNK = 1e6  # operations that are worth sums of their own
_MOST_CHUNKS = 8
