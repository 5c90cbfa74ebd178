"""A graph as machine code, with the memory that it works in."""

from __future__ import annotations

import copy
import ctypes
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.native import code, context, machine
from cutaway.engines.native.assembly import Assembly
from cutaway.engines.native.explained import explained
from cutaway.engines.native.fused import fused_updates
from cutaway.engines.native.kernels import Tile
from cutaway.engines.native.layout import Layout, bytes_of, choose_chunks, choose_tile
from cutaway.engines.native.lowering import lowered
from cutaway.engines.native.nodes import Node, RowRef, Unsupported, WholeRef
from cutaway.engines.native.normal import Normal
from cutaway.engines.native.schedule import Scheduler
from cutaway.engines.native.team import team
from cutaway.engines.native.text import SCALARS, SIZES, Module
from cutaway.engines.native.updates import placed
from cutaway.engines.native.wide import wide_products
from cutaway.graph import Graph, Var
from cutaway.interpreters.run import refuse_random

Array = NDArray[Any]


class Program:
    """A graph, compiled.

    Parameters
    ----------
    graph : Graph
    rows : dict of int to int
        Which inputs have rows, and along which axis.
    n : int
        Number of rows.
    updates : dict of int to int
        ``{output: input}``: after a step, that input holds the output.
    results : sequence of int
        Outputs that can be read after a run.
    records : sequence of int
        Outputs of one number that are noted at every step; a run stops if the first is not finite.
    counters : dict of str to int
        Inputs that change from step to step: ``lr`` (a learning rate), ``t`` (the step's number from 1), ``count``
        (from 0).
    gather : bool
        Whether the rows of a step are gathered from larger arrays by their numbers.
    aliases : dict of int to (int, int)
        Inputs that are a part of another: which, and from which entry on.
    constant_rows : dict of Var to int
        Constants that have rows, and along which axis.
    places : collection of int
        Inputs that are numbers of rows, and known to be those of some that are there.
    """

    def __init__(
        self,
        graph: Graph,
        rows: Mapping[int, int],
        n: int,
        *,
        updates: Mapping[int, int] | None = None,
        results: Sequence[int] = (),
        records: Sequence[int] = (),
        counters: Mapping[str, int] | None = None,
        gather: bool = False,
        aliases: Mapping[int, tuple[int, int]] | None = None,
        constant_rows: Mapping[Var, int] | None = None,
        places: Collection[int] = (),
        threads: int = 1,
        target: machine.Machine | None = None,
        load: Any = None,
    ) -> None:
        refuse_random(graph)
        _refuse_looks(graph)
        graph = lowered(graph)
        updates, counters, aliases = dict(updates or {}), dict(counters or {}), dict(aliases or {})
        self.n = n
        axes = {graph.inputs[i]: axis for i, axis in rows.items()} | dict(constant_rows or {})
        normal = self.normal = Normal(graph, axes, n, places)
        outputs = [self._output(normal, x) for x in normal.outputs]
        wanted = [outputs[i] for i in (*updates, *results, *records)]
        scheduler = self.scheduler = Scheduler(normal.nodes, [r.node for r in wanted])
        schedule = self.schedule = scheduler.schedule()
        self._check_products()
        self.target = target or machine.host()
        main = _main_dtype(scheduler.nodes)
        lanes = self.target.width // SIZES[SCALARS[main]]
        self.work = sum(map(_work, scheduler.nodes))
        wide = self.wide = wide_products(scheduler.nodes, scheduler.results, n, lanes, main, gather=gather)
        schedule.stored |= wide.products
        tile = self._tile(lanes)
        parts = {normal.inputs[i]: (normal.inputs[j], start) for i, (j, start) in aliases.items()}
        self._parts = set(parts)
        pairs = {normal.inputs[i]: outputs[o] for o, i in updates.items()}
        inplace, copies = placed(scheduler, schedule, pairs, self._parts)
        needed = {v for v in scheduler.nodes}
        for node in [*inplace.values(), *(t for _, t in copies), *(b for v, (b, _) in parts.items() if v in needed)]:
            if node not in needed:
                scheduler.nodes.append(node)
                needed.add(node)
        parts = {v: at for v, at in parts.items() if v in needed}
        layout = self.layout = Layout(scheduler, schedule, tile, self._chunks(), threads, parts, inplace, wide)
        self.threads = layout.threads
        if layout.bytes > _LARGEST:
            raise Unsupported(f"it would take {layout.bytes / 2**30:.1f} GB beside the data")
        self.inputs = normal.inputs
        self.gathered = [v for v in normal.inputs if v.rows and v in needed] if gather else []
        if len(self.gathered) > context.WORDS - context.SOURCES:
            raise Unsupported("it has too many arrays with rows")
        module = Module(width=self.target.width, features=self.target.enabled)
        self._records = [self._number(outputs[i]) for i in records]
        self.text = Assembly(
            module,
            scheduler,
            schedule,
            layout,
            n=n,
            lanes=lanes,
            counters={k: normal.inputs[i] for k, i in counters.items() if normal.inputs[i] in needed},
            records=self._records,
            copies=copies,
            gathered=self.gathered,
            fused=fused_updates(scheduler, schedule, wide, layout.exact, inplace, parts),
        ).write()
        self.needed = needed
        self._outputs = outputs
        self.code = (load or code.load)(self.text, self.target)
        self._prepare()

    def twin(self) -> Program:
        """The same machine code with memory of its own, for one thread."""
        other = copy.copy(self)
        other.threads = 1
        other._prepare()
        return other

    @staticmethod
    def _output(normal: Normal, x: Any) -> RowRef | WholeRef:
        if isinstance(x, (RowRef, WholeRef)):
            return x
        raise Unsupported("one of its results is a plain number")

    @staticmethod
    def _number(x: RowRef | WholeRef) -> tuple[Node, int]:
        """Where the one entry of a value lies."""
        if not isinstance(x, WholeRef) or x.size != 1:
            raise Unsupported("a number to be noted is not one number")
        return x.node, x.offset

    def _check_products(self) -> None:
        for node in self.scheduler.nodes:
            if node.op in ("product", "gram") and any(isinstance(a, RowRef) and a.step != 1 for a in node.args):
                raise Unsupported("a product of some of the features")

    def _tile(self, lanes: int) -> Tile:
        """The tile that suits those rows best that hold the most numbers."""
        sizes = dict.fromkeys([self.n, *self.schedule.rows], 0)
        for v in self.scheduler.nodes:
            if v.rows and (v in self.schedule.stored or v.op in ("input", "constant")):
                sizes[v.n] += v.size * bytes_of(v)
        tile = choose_tile(max(sizes, key=lambda n: n * sizes[n]), lanes, max(sizes.values()), self.work,
                           wide=bool(self.wide))  # fmt: skip
        return tile if len(sizes) == 1 else replace(tile, exact=False)

    def _chunks(self) -> list[int]:
        """In how many parts each pass is worked through, at most: what is soon done is done by one thread."""
        works = [sum(_work(v) for group in groups for v in group.roots) for groups in self.schedule.passes]
        most = choose_chunks(self.work)
        return [most if len(set(self.schedule.rows)) == 1 or work > _SHARED else 1 for work in works]

    def explain(self) -> str:
        """Passes, tiles, bytes and operations, in words."""
        return explained(self)

    # Memory ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        raw = np.zeros(self.layout.bytes + 4096, np.uint8)
        skip = -raw.ctypes.data % 128
        self.arena = raw[skip : skip + self.layout.bytes + 128]
        self.context = np.zeros(context.WORDS, np.int64)
        self.context[context.ARENA] = self.arena.ctypes.data
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        self._function = kind(self.code.address("run"))
        self._context = self.context.ctypes.data
        for node, value in self.normal.constants:
            if node in self.needed:
                self._put(node, np.asarray(value))
        self._kept: list[Any] = []

    def view(self, node: Node) -> Array:
        """The memory of a value: without rows as one axis, with rows as (tiles, features, rows of a tile)."""
        place = self.layout.places[node]
        dtype = np.dtype(node.dtype)
        if place.kind == "whole":
            return self.arena[place.offset : place.offset + node.size * dtype.itemsize].view(dtype)
        tile, tiles = self.layout.tile, self.layout.tiles(node.n)
        raw = self.arena[place.offset : place.offset + place.per_tile * tiles].reshape(tiles, place.per_tile)
        used = raw[:, : node.size * tile.stride * dtype.itemsize].view(dtype)
        return used.reshape(tiles, node.size, tile.stride)

    def _lines(self, node: Node) -> Array:
        """The memory of a value whose rows lie one behind the other."""
        start, step, dtype = self.layout.lines[node], self.wide.lines[node], np.dtype(node.dtype)
        flat = self.arena[start : start + node.n * step * dtype.itemsize].view(dtype)
        return flat.reshape(node.n, step)[:, : node.size]

    def put(self, i: int, array: Array) -> None:
        """Give an input its value; ignored if nothing reads it."""
        node = self.inputs[i]
        if node in self.needed:
            self._put(node, array)

    def _put(self, node: Node, array: Array) -> None:
        if not node.rows:
            self.view(node)[:] = np.ravel(array)
            return
        flat = np.moveaxis(array, node.how["axis"], 0).reshape(node.n, node.size)
        if node in self.wide.lines:
            self._lines(node)[:] = flat
        if node not in self.layout.places:
            return
        tiles, rows = self.view(node), self.layout.tile.rows
        for t in range(len(tiles)):
            part = flat[t * rows : (t + 1) * rows]
            tiles[t, :, : len(part)] = part.T
            tiles[t, :, len(part) :] = part[-1][:, None]

    def source(self, i: int, array: Array) -> None:
        """Give the array that batches of an input are gathered from."""
        node = self.inputs[i]
        if node in self.gathered:
            array = np.ascontiguousarray(array, dtype=node.dtype)
            self._kept.append(array)
            self.context[context.SOURCES + self.gathered.index(node)] = array.ctypes.data

    def shared(self, arrays: Iterable[tuple[int, Array]]) -> list[tuple[Array, Array]]:
        """Pairs of the program's own memory of an input and an array outside, to be copied to and fro."""
        pairs = [(self.inputs[i], a) for i, a in arrays if a.size]
        return [(self.view(node).reshape(a.shape), a) for node, a in pairs if node in self.needed]

    def get(self, i: int, out: Array) -> None:
        """Copy the value of an input, after updates, into an array."""
        node = self.inputs[i]
        if node in self.needed:
            out[...] = self.view(node).reshape(out.shape)

    def output(self, i: int) -> Array:
        """A result of the last step, as a new array."""
        ref = self._outputs[i]
        if isinstance(ref, WholeRef):
            flat = self.view(ref.node)
            strides = tuple(s * flat.itemsize for s in ref.strides)
            found = np.lib.stride_tricks.as_strided(flat[ref.offset :], ref.shape, strides)
            return np.array(found)
        tiles = self.view(ref.node)
        n = ref.node.n
        rows = tiles.transpose(0, 2, 1)[:, : self.layout.tile.rows].reshape(-1, tiles.shape[1])[:n]
        rows = rows[:, ref.start : ref.start + ref.step * ref.size : ref.step] if not ref.whole else rows
        return np.moveaxis(rows.reshape(n, *ref.features), 0, ref.axis).copy()

    def call(self, inputs: Sequence[int], result: int) -> Callable[[Sequence[Array]], Array]:
        """A function of the arrays of these inputs that gives a result: one step with as little around it as can be."""
        pairs = [(k, self._reader(self.inputs[i])) for k, i in enumerate(inputs) if self.inputs[i] in self.needed]
        ref = self._outputs[result]
        source = self.view(ref.node)
        if not (
            ref.whole if isinstance(ref, RowRef) else ref.contiguous and ref.offset == 0 and len(source) == ref.size
        ):
            raise Unsupported("its result is a part of another value")
        if isinstance(ref, RowRef):
            shape, n = ref.shape, ref.node.n
            if ref.axis != 0 or len(source) > 1:
                whole = self.output
                finish: Callable[[], Array] = lambda: whole(result)  # noqa: E731
            else:
                rows = source[0].T[:n]
                finish = lambda: rows.copy().reshape(shape)  # noqa: E731
        else:
            finish = lambda: source.copy().reshape(ref.shape)  # noqa: E731
        self.context[context.FIRST], self.context[context.COUNT] = 0, 1
        address, function = self._context, self._function

        def run(arrays: Sequence[Array]) -> Array:
            for k, put in pairs:
                put(arrays[k])
            function(address, None)
            return finish()

        return run

    def _reader(self, node: Node) -> Callable[[Array], None]:
        """A function that gives an input its value."""
        if node.rows and (node in self.wide.lines or node.how["axis"] != 0 or node.n > 1):
            return lambda array: self._put(node, array)
        inside = self.view(node)
        if node.rows:
            row = inside[0]
            size = node.size

            def put(array: Array) -> None:
                row[:] = array.reshape(size, 1)

            return put

        def copy(array: Array) -> None:
            inside[:] = array.reshape(-1)

        return copy

    # Running ---------------------------------------------------------------------------------------------------

    def run(
        self, first: int = 0, count: int = 1, *, rates: Array | None = None, order: Array | None = None
    ) -> NDArray[np.float64]:
        """Do steps ``first`` to ``first + count``; returns what was noted, one row for each step that was done."""
        c = self.context
        records = np.empty((count, len(self._records)), np.float64)
        c[context.FIRST], c[context.COUNT] = first, count
        c[context.RECORDS] = records.ctypes.data
        c[context.RATES] = rates.ctypes.data if rates is not None else 0
        c[context.ROWS] = order.ctypes.data if order is not None else 0
        c[context.DONE] = 0
        if self.threads > 1:
            with team().called() as helpers:
                self._function(self._context, helpers)
        else:
            self._function(self._context, None)
        return records[: c[context.DONE]]


_LARGEST = 2**31  # bytes
_SHARED = 1e5  # operations of a pass over few rows: from here on threads may share it


def _work(node: Node) -> float:
    """Operations of a step, roughly."""
    if node.op in ("product", "gram"):
        return 2.0 * node.n * node.size * (node.args[0].size if node.op == "product" else 1)
    if node.op == "sparse":
        return 2.0 * float(node.how["entries"]) * node.size / node.n
    return 4.0 * node.n * node.size if node.rows else node.size


def _refuse_looks(graph: Graph) -> None:
    """A program that looked at a value while it was recorded must be watched, which the reference engine does."""
    computed = {*graph.inputs, *(e.output for e in graph.eqns)}
    for peek in graph.peeks:
        if peek.kind != "print" and peek.var in computed:
            kinds = {"branch": "a branch depends", "index": "an index or a size depends", "number": "a number depends"}
            raise Unsupported(f"{kinds.get(peek.kind, 'something depends')} on a value ({peek.where})")


def _main_dtype(nodes: Iterable[Node]) -> str:
    """The wider of the floating-point dtypes that most is computed in."""
    sizes: dict[str, int] = {"float32": 0, "float64": 0}
    for node in nodes:
        if node.dtype in sizes:
            sizes[node.dtype] += node.size
    return "float64" if sizes["float64"] > sizes["float32"] else "float32"
