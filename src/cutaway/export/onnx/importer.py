"""ONNX files as functions of NumPy arrays, which can be recorded and differentiated like one's own code.

Each node is computed by its operator in :mod:`cutaway.export.onnx.operators`; an operator that is not there, and that
ONNX itself defines by others, is computed by these. Nothing in a file is code; what is not known is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.errors import CutawayError, DataError, DtypeError, ShapeError, UsageError
from cutaway.export.onnx.definitions import STANDARD, defined, expanded, filled
from cutaway.export.onnx.operators.table import OPERATORS, Call
from cutaway.export.onnx.reader import attributes, onnx_package, read_model, to_array, to_dtype
from cutaway.ops.shape import astype
from cutaway.tracing.array import Traced


def from_onnx(path: str | Path) -> Imported:
    """Read an ONNX file.

    Parameters
    ----------
    path : str or Path
        The file. Arrays that it keeps in further files are read from its own folder alone.

    Returns
    -------
    Imported
        A function of NumPy arrays: ``model(X)``. ``model.params`` holds its weights by name, and
        ``model.apply(params, X)`` computes it with others, so that it can be differentiated and trained.

    Raises
    ------
    DataMissingError, DataError
        If the file is not there or broken, or holds an operator or dtype that is not known; the message names it.
    MissingPackageError
        If onnx is not installed.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> net = ca.Network([ca.Dense(3, "tanh"), ca.Dense(2)]).build(4)
    >>> net.to_onnx("net.onnx")
    >>> model = ca.from_onnx("net.onnx")
    >>> sorted(model.params)
    ['0.W', '0.b', '1.W', '1.b']
    >>> np.allclose(model(np.ones((5, 4))), net(np.ones((5, 4))), atol=1e-6)
    True
    """
    path = Path(path)
    return imported(read_model(path), path.parent)


@dataclass(frozen=True)
class Argument:
    """An input of a model: its name, dtype, and shape, with None for a size that may be any."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | None, ...] | None


class Imported:
    """An ONNX model as a function of NumPy arrays; see :func:`from_onnx`.

    Attributes
    ----------
    inputs : tuple of Argument
    outputs : tuple of str
    params : dict of arrays
        Its weights: the constants that are floating-point numbers.
    metadata : dict of str
        What is noted in the file.
    opset : int
        Version of the operators.
    """

    def __init__(self, program: Program, inputs: tuple[Argument, ...], metadata: Mapping[str, str]) -> None:
        self.inputs, self.metadata, self.opset = inputs, dict(metadata), program.opset
        self.outputs = tuple(program.outputs)
        self.params = {name: a for name, a in program.constants.items() if a.dtype.kind == "f"}
        self._program = program

    def __call__(self, *inputs: Any) -> Any:
        """The output for these inputs, in the order of ``inputs``; a tuple if there are several."""
        return self.apply({}, *inputs)

    def apply(self, params: Mapping[str, Any], *inputs: Any) -> Any:
        """The output with ``params`` in place of weights of the same names."""
        unknown = [name for name in params if name not in self.params]
        if unknown:
            raise UsageError("The model has no such weights", received=", ".join(unknown[:5]))
        if len(inputs) != len(self.inputs):
            names = ", ".join(a.name for a in self.inputs)
            raise UsageError(f"The model takes {len(self.inputs)} inputs ({names})", received=f"{len(inputs)}")
        given = [_fitting(a, x) for a, x in zip(self.inputs, inputs, strict=True)]
        with np.errstate(all="ignore"):
            found = self._program.run(given, {**self._program.constants, **params})
        return found[0] if len(found) == 1 else tuple(found)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{a.name}: {a.dtype}" for a in self.inputs)
        return f"<ONNX model ({arguments}) -> {', '.join(self.outputs)}, {len(self._program.nodes)} nodes>"


def _fitting(argument: Argument, x: Any) -> Any:
    x = x if type(x) is Traced else np.asarray(x)
    if x.dtype != argument.dtype:
        if not np.can_cast(x.dtype, argument.dtype, "same_kind") and x.dtype.kind not in "iu":
            raise DtypeError(f"The input {argument.name} must be {argument.dtype}", received=str(x.dtype))
        x = astype(x, argument.dtype) if type(x) is Traced else x.astype(argument.dtype)
    shape = argument.shape
    if shape is not None and (
        len(shape) != np.ndim(x) or any(n not in (None, m) for n, m in zip(shape, np.shape(x), strict=True))
    ):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ShapeError(f"The input {argument.name} must have the shape ({wanted})", received=str(np.shape(x)))
    return x


# Models -----------------------------------------------------------------------------------------------------------


def imported(model: Any, folder: Path | None = None) -> Imported:
    """The function of an ``onnx.ModelProto``; further files are read from ``folder``."""
    import cutaway.export.onnx.operators  # noqa: F401  (fills the table)

    opset = max((o.version for o in model.opset_import if o.domain in STANDARD), default=1)
    functions = {(f.domain, f.name): f for f in model.functions}
    program = _program(model.graph, opset, folder, functions)
    arguments = tuple(_argument(i) for i in model.graph.input if i.name not in program.constants)
    program = replace(program, inputs=tuple(a.name for a in arguments))
    return Imported(program, arguments, {p.key: p.value for p in model.metadata_props})


def _argument(info: Any) -> Argument:
    if not info.type.HasField("tensor_type"):
        raise DataError(f"The input {info.name} is no array", received=info.type.WhichOneof("value") or "no type")
    tensor = info.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)
    return Argument(info.name, to_dtype(tensor.elem_type, f"The input {info.name}"), shape)


@dataclass(frozen=True, eq=False)
class Node:
    """One node: what it is called with, and where its results go."""

    call: Call
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    proto: Any
    domain: str


@dataclass(frozen=True, eq=False)
class Program:
    """A graph, or the body of a function."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    constants: dict[str, Any]
    opset: int
    folder: Path | None
    functions: Mapping[tuple[str, str], Any]

    def run(self, inputs: Any, constants: Mapping[str, Any], outer: Mapping[str, Any] | None = None) -> list[Any]:
        """The outputs; ``outer`` holds what a body inside sees of the graph around it."""
        values: dict[str, Any] = {**(outer or {}), **constants, **dict(zip(self.inputs, inputs, strict=True)), "": None}
        for node in self.nodes:
            given = [_found(values, name, node) for name in node.inputs]
            results = _computed(self, node, given, values)
            for name, result in zip(node.outputs, results, strict=False):
                if name:
                    values[name] = result
        return [_found(values, name, None) for name in self.outputs]


def _found(values: Mapping[str, Any], name: str, node: Node | None) -> Any:
    if name not in values:
        raise DataError(f"{node.call if node else 'An output'} reads a value that nothing computes", received=name)
    return values[name]


def _program(graph: Any, opset: int, folder: Path | None, functions: Mapping[tuple[str, str], Any]) -> Program:
    constants = {t.name: to_array(t, folder) for t in graph.initializer}
    if graph.sparse_initializer:
        raise DataError("Sparse constants are not supported", received=graph.sparse_initializer[0].values.name)
    nodes = tuple(_node(n, opset, folder, functions) for n in graph.node)
    names = tuple(i.name for i in graph.input), tuple(o.name for o in graph.output)
    return Program(*names, nodes, constants, opset, folder, functions)


def _node(node: Any, opset: int, folder: Path | None, functions: Mapping[tuple[str, str], Any]) -> Node:
    call = Call(node.op_type, node.name or (node.output[0] if node.output else ""), {}, opset, len(node.output))
    known = (node.domain, node.op_type) in functions or defined(node, opset) is not None
    if not known and (node.domain not in STANDARD or node.op_type not in OPERATORS):
        raise DataError(
            f"The operator {node.op_type} is not supported",
            received=f"{call}" + (f" of the domain {node.domain}" if node.domain else ""),
            instead="docs/onnx-support.md lists those that are",
        )
    found = attributes(node, folder, str(call))
    for a in node.attribute:
        if a.HasField("g"):
            found[a.name] = _program(a.g, opset, folder, functions)
    call = replace(call, attributes=found)
    return Node(call, tuple(node.input), tuple(node.output), node, node.domain)


def _computed(program: Program, node: Node, given: list[Any], values: Mapping[str, Any]) -> tuple[Any, ...]:
    def graph(body: Program, *inputs: Any) -> list[Any]:
        return body.run(inputs, body.constants, values)

    call = replace(node.call, graph=graph)
    try:
        function = program.functions.get((node.domain, call.kind))
        if function is None and (node.domain not in STANDARD or call.kind not in OPERATORS):
            function = expanded(node.proto, program.opset, given)
        if function is not None:
            return _called(program, node, function, given)
        result = OPERATORS[call.kind](call, *given)
    except CutawayError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        shapes = ", ".join("none" if x is None else f"{x.dtype}{list(np.shape(x))}" for x in given)
        raise DataError(f"The {call} cannot be computed: {error}", received=f"inputs {shapes}") from error
    return result if isinstance(result, (tuple, list)) else (result,)  # type: ignore[return-value]


def _called(program: Program, node: Node, function: Any, given: list[Any]) -> tuple[Any, ...]:
    """Compute a function: its body, with the attributes of the node in place of the names that it has for them."""
    onnx = onnx_package()
    opset = max((o.version for o in function.opset_import if o.domain in STANDARD), default=program.opset)
    passed = {a.name: a for a in function.attribute_proto} | {a.name: a for a in node.proto.attribute}
    if (node.domain, function.name) not in program.functions and node.domain in STANDARD:
        schema = onnx.defs.get_schema(node.proto.op_type, program.opset)
        defaults = {k: v.default_value for k, v in schema.attributes.items() if v.default_value.name}
        passed = defaults | passed
    nodes = [filled(n, passed) for n in function.node]
    made = tuple(_node(n, opset, program.folder, program.functions) for n in nodes)
    padded = [*given, *[None] * (len(function.input) - len(given))]
    inner = Program(tuple(function.input), tuple(function.output), made, {}, opset, program.folder, program.functions)
    wanted = tuple(o if name else "" for o, name in zip(function.output, node.outputs, strict=False))
    return tuple(replace(inner, outputs=wanted).run(padded, {}))
