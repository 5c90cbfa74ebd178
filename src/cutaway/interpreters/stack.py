"""Stack a graph: chosen inputs get a leading axis, along which as many programs run side by side in the same calls.

There is a rule for each kind of primitive: entries are aligned behind the new axis, reductions keep out of it, products
multiply stacks of matrices. What depends on no stacked input is computed once, for all. A primitive without a rule is
an error, and so is a path of the program that a stacked value decided: nothing is guessed.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cutaway.errors import TraceError
from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.interpreters.stack_index import INDEXING
from cutaway.tracing import Traced, bind
from cutaway.tracing.recorder import Recorder


@dataclass(frozen=True)
class Arguments:
    """The arguments of one equation while it is stacked.

    Parameters
    ----------
    eqn : Eqn
        The equation, of one program.
    values : tuple
        What it reads, recorded anew; numbers are as they were.
    stacked : tuple of bool
        Which of them have the leading axis.
    k : int
        Its length.
    """

    eqn: Eqn
    values: tuple[Any, ...]
    stacked: tuple[bool, ...]
    k: int

    def shape(self, i: int) -> tuple[int, ...]:
        """Shape of argument ``i`` in one program."""
        atom = self.eqn.inputs[i]
        return np.shape(atom.value if isinstance(atom, Var) else atom)

    @property
    def rank(self) -> int:
        """The most axes that an argument has in one program."""
        return max(len(self.shape(i)) for i in range(len(self.values)))

    def aligned(self, i: int, rank: int) -> Any:
        """Argument ``i`` so that it broadcasts against others of up to ``rank`` axes behind the leading one."""
        value, shape = self.values[i], self.shape(i)
        inner = shape[max(0, len(shape) - rank) :]  # without axes of length 1 in front, which an assignment may have
        if not self.stacked[i]:
            return value if inner == shape else np.reshape(value, inner)
        return value if len(shape) == rank else np.reshape(value, (self.k, *(1,) * (rank - len(inner)), *inner))

    def full(self, i: int) -> Any:
        """Argument ``i`` with the leading axis, whether or not it depends on it."""
        if self.stacked[i]:
            return self.values[i]
        return np.broadcast_to(self.values[i], (self.k, *self.shape(i)))

    def bind(self, *values: Any, **changes: Any) -> Any:
        """The primitive on other arguments, with its parameters changed."""
        return bind(self.eqn.primitive, *values, **{**self.eqn.params, **changes})


Rule: TypeAlias = Callable[[Arguments], Any]


def stacked(graph: Graph, which: Collection[int], k: int) -> Graph:
    """Return the graph that computes ``k`` programs at once.

    Parameters
    ----------
    graph : Graph
        One program.
    which : collection of int
        The inputs that differ between the programs: of shape ``(k, *shape)`` in the new graph. The others are shared.
    k : int
        How many programs.

    Returns
    -------
    Graph
        All its outputs have the leading axis.

    Raises
    ------
    TraceError
        If a primitive has no rule, or Python looked at a value that differs between the programs.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> graph = ca.trace(lambda x, w: np.sum(x * w), np.arange(3.0), np.ones(3))
    >>> weights = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 2.0]])
    >>> ca.run(stacked(graph, [1], 2), np.arange(3.0), weights)[0]
    array([3., 4.])
    """
    recorder = Recorder()
    new: dict[Var, Any] = {}
    over: set[Var] = set()
    for i, var in enumerate(graph.inputs):
        value = np.broadcast_to(var.value, (k, *var.shape)) if i in which else var.value
        new[var] = Traced(recorder, recorder.input(value, var.name))
        if i in which:
            over.add(var)
    new.update((var, Traced(recorder, Var(var.value, var.name))) for var in graph._constant_vars)
    with np.errstate(all="ignore"):
        for eqn in graph.eqns:
            values = tuple(new[a] if isinstance(a, Var) else a for a in eqn.inputs)
            differ = tuple(isinstance(a, Var) and a in over for a in eqn.inputs)
            recorder.origin = eqn.of or eqn
            new[eqn.output] = _equation(Arguments(eqn, values, differ, k))
            new[eqn.output].variable.name = eqn.output.name
            if any(differ):
                over.add(eqn.output)
        outputs = tuple(_output(recorder, atom, new, over, k) for atom in graph.outputs)
    recorder.origin = None
    for peek in graph.peeks:
        if peek.var in over and peek.kind != "print":
            raise TraceError(
                f"{peek.where}: Python looked at a value that is another in each of {k} programs",
                instead="Run them one by one",
            )
    recorder.peeks = [type(p)(p.kind, p.var and new[p.var].variable, p.where) for p in graph.peeks if p.kind != "print"]
    return recorder.graph(outputs, graph.name)


def _equation(args: Arguments) -> Any:
    eqn = args.eqn
    if not any(args.stacked):
        return bind(eqn.primitive, *args.values, **eqn.params)
    rule = _elementwise if eqn.primitive.elementwise else RULES.get(eqn.primitive.fn.__name__)
    if rule is None:
        raise TraceError(f"{eqn.primitive.name} cannot be computed for {args.k} programs at once")
    result = rule(args)
    if np.shape(result) != (args.k, *eqn.output.shape) or result.dtype != eqn.output.dtype:
        raise TraceError(f"{eqn.primitive.name} gives something else for {args.k} programs than for one")
    return result


def _output(recorder: Recorder, atom: Atom, new: dict[Var, Any], over: set[Var], k: int) -> Atom:
    """An output, with the leading axis if it depends on none of the stacked inputs."""
    if isinstance(atom, Var) and atom in over:
        out: Var = new[atom].variable
        return out
    value = new[atom] if isinstance(atom, Var) else recorder.constant(np.asarray(atom))
    source = value if isinstance(value, Traced) else Traced(recorder, value)
    full: Var = np.broadcast_to(source, (k, *np.shape(source.value))).variable  # type: ignore[attr-defined]
    return full


# Rules ------------------------------------------------------------------------------------------------------------


def _elementwise(args: Arguments) -> Any:
    return args.bind(*(args.aligned(i, args.rank) for i in range(len(args.values))))


def _as_it_is(args: Arguments) -> Any:
    """What takes one axis more in front without a change."""
    return args.bind(*args.values)


def _behind(axis: Any, ndim: int) -> Any:
    """Axes of one program as they are numbered behind the leading one; None is all of them."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    return tuple(a % ndim + 1 for a in axis) if isinstance(axis, tuple) else axis % ndim + 1


def _along(default: Any = None) -> Rule:
    """Of one argument along ``axis``: sums, running sums, softmax."""

    def rule(args: Arguments) -> Any:
        axis = args.eqn.params.get("axis", default)
        return args.bind(args.values[0], axis=_behind(axis, len(args.shape(0))))

    return rule


def _place_along(default: Any = None) -> Rule:
    """Of one argument along one axis, where None means all entries in a row: argmax."""

    def rule(args: Arguments) -> Any:
        axis, shape = args.eqn.params.get("axis", default), args.shape(0)
        if axis is not None:
            return args.bind(args.values[0], axis=axis % len(shape) + 1)
        flat = args.bind(np.reshape(args.values[0], (args.k, -1)), axis=1)
        return np.reshape(flat, (args.k, *args.eqn.output.shape))

    return rule


def _cross_entropy(args: Arguments) -> Any:
    if len(args.shape(0)) != len(args.shape(1)):
        raise TraceError("The cross-entropy of scores and targets with other axes cannot be stacked")
    return args.bind(*args.values, axis=args.eqn.params.get("axis", -1) % args.rank - args.rank)


def _reshape(args: Arguments) -> Any:
    return np.reshape(args.values[0], (args.k, *args.eqn.output.shape))


def _transpose(args: Arguments) -> Any:
    ndim = len(args.shape(0))
    axes = args.eqn.params.get("axes") or tuple(range(ndim))[::-1]
    return np.transpose(args.values[0], (0, *(a + 1 for a in axes)))


def _broadcast(args: Arguments) -> Any:
    shape = args.eqn.output.shape
    return np.broadcast_to(args.aligned(0, len(shape)), (args.k, *shape))


def _matmul(args: Arguments) -> Any:
    rank = max(args.rank, 2)

    def matrices(i: int) -> Any:
        shape = args.shape(i)
        if len(shape) > 1:
            return args.aligned(i, rank)
        matrix = (1, *shape) if i == 0 else (*shape, 1)
        lead = (args.k, *(1,) * (rank - 2)) if args.stacked[i] else ()
        return np.reshape(args.values[i], (*lead, *matrix))

    return np.reshape(args.bind(matrices(0), matrices(1)), (args.k, *args.eqn.output.shape))


def _sparse_matmul(args: Arguments) -> Any:
    """One matrix for all: the programs lie side by side in the columns."""
    x = args.values[1]
    columns = np.moveaxis(x, 0, -1)
    flat = args.bind(args.values[0], np.reshape(columns, (args.shape(1)[0], -1)))
    rows = args.eqn.output.shape[0]
    return np.moveaxis(np.reshape(flat, (rows, *args.shape(1)[1:], args.k)), -1, 0)


def _segments(args: Arguments) -> Any:
    """Rows that belong together, or to one row of a sparse matrix: those of all programs, one after the other."""
    *arrays, ends = range(len(args.values))
    if any(args.stacked[i] for i in (*arrays[2:], ends)):
        raise TraceError("Sparse matrices that have their entries at other places cannot be stacked")
    k, (n_entries, *_), flat = args.k, args.shape(0), []
    for i in arrays[:2]:
        flat.append(np.reshape(args.full(i), (k * args.shape(i)[0], *args.shape(i)[1:])))
    for i in arrays[2:]:  # the columns of a sparse matrix
        shift = np.arange(k)[:, None] * args.shape(1)[0]
        flat.append(np.reshape(np.reshape(args.values[i], (1, -1)) + shift, -1))
    starts = np.reshape(args.values[ends][:-1], (1, -1)) + np.arange(k)[:, None] * n_entries
    pointers = np.concatenate([np.reshape(starts, -1), np.array([k * n_entries])])
    return np.reshape(args.bind(*flat, pointers), (k, *args.eqn.output.shape))


def _einsum(args: Arguments) -> Any:
    inputs, output = args.eqn.params["subscripts"].split("->")
    letter = next(c for c in string.ascii_letters if c not in inputs)
    terms = [letter + t if s else t for t, s in zip(inputs.split(","), args.stacked, strict=True)]
    return args.bind(*args.values, subscripts=f"{','.join(terms)}->{letter}{output}")


def _solve(args: Arguments) -> Any:
    vector = len(args.shape(1)) == 1
    right = args.full(1)
    right = np.expand_dims(right, -1) if vector else right
    left = args.full(0)
    if np.ndim(left) != np.ndim(right):
        raise TraceError("np.linalg.solve of stacks of other numbers of axes cannot be stacked")
    return np.reshape(args.bind(left, right), (args.k, *args.eqn.output.shape))


def _concatenated(args: Arguments) -> Any:
    return args.bind(*(args.full(i) for i in range(len(args.values))), axis=args.eqn.params.get("axis", 0) + 1)


def _windows(args: Arguments) -> Any:
    """Sliding windows: the numbers of their axes, and where the windows' own axes stand."""
    name, params = args.eqn.primitive.fn.__name__, args.eqn.params
    changes: dict[str, Any] = {"axes": tuple(a + 1 for a in params["axes"])}
    if name == "fold":
        inner = np.moveaxis(args.values[0], 0, len(params["size"]))
        return args.bind(inner, **changes, shape=(args.k, *params["shape"]))
    result = args.bind(*(args.full(i) for i in range(len(args.values))), **changes)
    return np.moveaxis(result, len(params["size"]), 0) if name == "patches" else result


RULES: dict[str, Rule] = {
    **dict.fromkeys(("copy", "astype", "round", "i0"), _as_it_is),
    **dict.fromkeys(("inv", "det", "sign_of_det", "log_of_det", "cholesky"), _as_it_is),
    **dict.fromkeys(("sum", "mean", "max", "min", "prod", "all", "any", "count_nonzero"), _along()),
    **dict.fromkeys(("cumsum", "cumprod"), _along(0)),
    **dict.fromkeys(("softmax", "log_softmax"), _along(-1)),
    "logsumexp": _along(),
    "cross_entropy_of_scores": _cross_entropy,
    **dict.fromkeys(("argmax", "argmin"), _place_along()),
    **dict.fromkeys(("argsort", "argpartition"), _place_along(-1)),
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast,
    "matmul": _matmul,
    "sparse_matmul": _sparse_matmul,
    **dict.fromkeys(("csr_matmul", "segment_softmax"), _segments),
    "contracted": _einsum,
    "solve": _solve,
    "concatenated": _concatenated,
    "uniform": _as_it_is,  # takes many seeds
    **dict.fromkeys(("patches", "fold", "max_pool", "unpool", "pick"), _windows),
    **INDEXING,
}
"""By the name of the primitive's function; entry-by-entry primitives share one rule and are not listed."""
