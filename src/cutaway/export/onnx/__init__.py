"""ONNX: a recorded program becomes a file that other runtimes compute, for any number of rows.

What a network or function does is recorded with 2, 3 and 61 rows (see :mod:`cutaway.export.onnx.rows`), and each
equation becomes the nodes that :mod:`cutaway.export.onnx.nodes` has for its primitive. Nothing is known about layers:
whatever can be recorded can be exported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway import tree
from cutaway._version import __version__
from cutaway.errors import ShapeError, TraceError, UsageError
from cutaway.export.onnx.nodes.builder import Builder, Shape
from cutaway.export.onnx.reader import onnx_package
from cutaway.export.onnx.rows import ROWS, Program, Size, align
from cutaway.files import replacing
from cutaway.graph import Graph, Var
from cutaway.interpreters.run import refuse_random
from cutaway.tracing.record import record

if TYPE_CHECKING:
    from cutaway.data.standardize import Standardizer
    from cutaway.nn.network import Network

OPSET, IR = 21, 10
"""Version of the operators and of the file: those of 2024, which runtimes of several years read."""
_LARGEST = 2**31 - 2**16  # bytes; a Protocol Buffers message cannot be larger


def save(
    model: Network | Callable[..., Any] | Graph,
    path: str | Path,
    *,
    inputs: Sequence[Any] = (),
    rows: Sequence[int] | Mapping[int, int] = (0,),
    standardizer: Standardizer | None = None,
    class_names: Sequence[str] = (),
) -> None:
    """Write a network, a function of yours or a graph as an ONNX file, atomically.

    Parameters
    ----------
    model : Network, callable or Graph
        A network as it predicts; NumPy code; or a recorded graph, whose shapes are fixed.
    path : str or Path
        The file, by custom ``*.onnx``. An older one is replaced.
    inputs : sequence of arrays, or dicts and lists of arrays
        Example arguments of a function, at least one row each.
    rows : sequence of int, or dict
        Positions of the arguments of a function whose first axis may have any length, or the axis for each position,
        such as ``{0: 1}`` where samples are columns; ``()`` fixes all shapes.
    standardizer : Standardizer, optional
        What the network's inputs went through: it becomes a part of the model, which then takes X as it is, in float64.
    class_names : sequence of str
        Noted in the file, as are the name and version of cutaway.

    Raises
    ------
    TraceError
        If something that the program does cannot be exported; the message names it.
    MissingPackageError
        If onnx is not installed.

    Notes
    -----
    The operators are those of opset 21. The numbers are those of cutaway to rounding: 1e-5 relative to the largest in
    float32, 1e-12 in float64.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> from cutaway.export import onnx
    >>> onnx.save(lambda x: np.tanh(x).sum(axis=1), "f.onnx", inputs=[np.ones((1, 4))])
    >>> ca.from_onnx("f.onnx")(np.zeros((3, 4)))
    array([0., 0., 0.])
    """
    proto = to_model(model, inputs=inputs, rows=rows, standardizer=standardizer, class_names=class_names)
    with replacing(path) as temporary:
        temporary.write_bytes(proto.SerializeToString(deterministic=True))


def to_model(
    model: Network | Callable[..., Any] | Graph,
    *,
    inputs: Sequence[Any] = (),
    rows: Sequence[int] | Mapping[int, int] = (0,),
    standardizer: Standardizer | None = None,
    class_names: Sequence[str] = (),
) -> Any:
    """The ``onnx.ModelProto`` that :func:`save` writes, checked."""
    from cutaway.nn.network import Network

    onnx = onnx_package()
    sizes: Sequence[int]
    weights: list[str] = []
    about: dict[str, Any] = {"class_names": list(class_names)} if len(class_names) else {}
    if isinstance(model, Graph):
        graphs, sizes = [model], (0,)
        names, title = [model.names[v] for v in model.inputs], model.name
    elif isinstance(model, Network):
        graphs, sizes, weights = _of_network(model, standardizer)
        names, title = ["X"], "network"
        about |= {"loss": model.loss.name} if model.loss is not None else {}
        about |= {"standardized": True} if standardizer is not None else {}
    else:
        graphs, sizes = _of_function(model, inputs, rows)
        names, title = [graphs[0].names[v] for v in graphs[0].inputs], graphs[0].name
    for graph in graphs:
        _check(graph)
    program = align(graphs, sizes)
    outputs = ["outputs"] if len(program.outputs) == 1 else [f"output_{i}" for i in range(len(program.outputs))]
    proto = _built(program, names, outputs, title, dict(zip(weights, graphs[0].inputs[1:], strict=weights != [])))
    proto.metadata_props.extend(
        onnx.StringStringEntryProto(key=key, value=value if isinstance(value, str) else json.dumps(value))
        for key, value in about.items()
    )
    if proto.ByteSize() > _LARGEST:
        raise UsageError(
            "An ONNX file cannot be larger than 2 GB",
            received=f"{proto.ByteSize() / 2**30:.1f} GB",
            instead="Save the weights alone, net.save(path)",
        )
    onnx.checker.check_model(proto, full_check=True)
    return proto


# Recording --------------------------------------------------------------------------------------------------------


def _of_network(net: Network, standardizer: Standardizer | None) -> tuple[list[Graph], Sequence[int], list[str]]:
    """The recordings, how many rows they have, and the names of the weights, which are inputs after the first."""
    from cutaway.nn.forward import Forward

    shape = net._built()
    arrays = [{**p, **s} for p, s in zip(net.params, net.state, strict=True)]
    if standardizer is not None and shape != standardizer.mean.shape:
        raise ShapeError(
            "The standardizer does not fit the network",
            received=f"{len(standardizer.mean)} columns, for samples of shape {shape}",
        )

    def network(X: Any, params: Any) -> Any:
        if standardizer is not None:
            X = ((X - standardizer.mean) / standardizer.scale).astype(net.dtype)
        run = Forward(training=False, dtype=net.dtype)
        return run.through(net.layers, params, [{}] * len(arrays), X)

    dtype = net.dtype if standardizer is None else np.dtype(np.float64)
    nodes = [layer.adjacency.shape[0] for layer in net.layers if hasattr(layer, "adjacency")]
    sizes = nodes[:1] or ROWS  # a network on a graph takes all its nodes at once
    with np.errstate(all="ignore"):
        graphs = [record(network, np.zeros((n, *shape), dtype), arrays, roots=net.layers).graph() for n in sizes]
    return graphs, sizes, [f"{i}.{name}" for i, layer in enumerate(arrays) for name in layer]


def _of_function(
    fn: Callable[..., Any], inputs: Sequence[Any], rows: Sequence[int] | Mapping[int, int]
) -> tuple[list[Graph], Sequence[int]]:
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise UsageError(
            "To export a function, give example arguments", instead="Write inputs=[X], with one row or more"
        )
    axes = dict(rows) if isinstance(rows, Mapping) else dict.fromkeys(rows, 0)
    if any(not -len(inputs) <= i < len(inputs) for i in axes):
        raise UsageError("rows must be positions among the inputs", received=f"{tuple(axes)} of {len(inputs)} inputs")
    axes = {i % len(inputs): axis for i, axis in axes.items()}

    def sized(i: int, n: int, x: Any) -> Any:
        if i not in axes or not isinstance(x, np.ndarray):
            return x
        if not -x.ndim <= axes[i] < x.ndim or not x.shape[axes[i]]:
            raise ShapeError(
                "An input with any number of rows needs an example of one row or more", received=f"shape {x.shape}"
            )
        return x.take(np.arange(n) % x.shape[axes[i]], axis=axes[i])

    def recorded(n: int) -> Graph:
        arguments = [tree.map_leaves(partial(sized, i, n), x) for i, x in enumerate(inputs)]
        with np.errstate(all="ignore"):
            return record(fn, *arguments).graph()

    sizes = ROWS if axes else (0,)
    return [recorded(n) for n in sizes], sizes


def _check(graph: Graph) -> None:
    """Raise where the program decided by a value: an exported program would always decide as it did."""
    refuse_random(graph)
    for peek in graph.peeks:
        if peek.kind in ("branch", "index", "number"):
            what = {"branch": "if or while", "index": "an index or a size", "number": "a plain Python number"}
            raise TraceError(
                f"{peek.where}: the program used a value as {what[peek.kind]}, which would be frozen in the file",
                instead="Write np.where(condition, a, b) for a choice between values",
            )


# Building ---------------------------------------------------------------------------------------------------------


def _built(
    program: Program, names: Sequence[str], outputs: Sequence[str], title: str, weights: Mapping[str, Var]
) -> Any:
    from onnx import helper

    import cutaway.export.onnx.nodes  # noqa: F401  (fills the table)
    from cutaway.export.onnx.nodes.builder import Term
    from cutaway.export.onnx.nodes.table import REFUSED, RULES
    from cutaway.export.onnx.nodes.windows import as_images
    from cutaway.graph import function_name

    b = Builder()
    output_names = [b.name(name) for name in outputs]
    declared = []
    b.uses.update(x for step in program.steps for x in step.inputs)
    for x, (name, var) in zip(program.inputs[len(names) :], weights.items(), strict=True):
        b.weights[x] = var.value
        b.terms[x] = b.term(var.value, name)
    for x, wish in zip(program.inputs, names, strict=False):
        name = b.name(wish)
        b.terms[x] = Term(b, name, x.dtype)
        declared.append(_declaration(name, x.dtype, x.shape))
        for axis, n in enumerate(x.shape):
            if isinstance(n, Size) and b.rows is None:
                b.rows = (name, axis)
    for step in program.steps:
        key = function_name(step.primitive.fn)
        if key not in RULES:
            place = f"{step.eqn.where}: " if step.eqn.where else ""
            reason = REFUSED.get(key, "there is no rule for it")
            raise TraceError(f"{place}{step.primitive.name} cannot be exported to ONNX: {reason}")
        b.producers[step.output] = step
        term = RULES[key](b, step)
        b.terms[step.output] = (as_images(b, step, RULES[key]) or term).cast(step.output.dtype)
    results = []
    for x, name in zip(program.outputs, output_names, strict=True):
        b.nodes.append(helper.make_node("Identity", [b.read(x).name], [name], name=name))
        results.append(_declaration(name, x.dtype, x.shape))
    nodes, constants = b.used(output_names)
    graph = helper.make_graph(nodes, title, declared, results, constants)
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="cutaway",
        producer_version=__version__,
    )


def _declaration(name: str, dtype: Any, shape: Shape) -> Any:
    from onnx import helper

    def text(n: Any) -> Any:
        if not isinstance(n, Size):
            return int(n)
        product = "rows" if n.factor == 1 else f"{int(n.factor)}*rows"
        return product + (f"{int(n.offset):+d}" if n.offset else "")

    return helper.make_tensor_value_info(
        name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), [text(n) for n in shape]
    )
