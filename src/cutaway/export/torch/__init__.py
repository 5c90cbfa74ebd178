"""PyTorch: a network or a recorded program as a module and as its readable source, and networks and weights back.

A module is its source, run: both come from one table of layers (:mod:`cutaway.export.torch.layers`) and one of
primitives (:mod:`cutaway.export.torch.primitives`).

>>> import cutaway as ca
>>> net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1)], seed=0).build(2)
>>> print(source(net).partition("    def __init__(self):")[2].strip())
super().__init__()
        self.linear_1 = nn.Linear(2, 8)
        self.linear_2 = nn.Linear(8, 1)
<BLANKLINE>
    def forward(self, x):
        x = torch.tanh(self.linear_1(x))
        return self.linear_2(x)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cutaway import tree
from cutaway.errors import UsageError
from cutaway.export.torch.back import from_torch
from cutaway.export.torch.copied import with_needs
from cutaway.export.torch.graph import source as function_source
from cutaway.export.torch.source import module_source, need_torch, run, twin, with_imports
from cutaway.export.torch.weights import load_state_dict
from cutaway.graph import Graph, _identifier
from cutaway.nn.network import Network
from cutaway.tracing import trace

if TYPE_CHECKING:
    from cutaway.data import Standardizer
    from cutaway.train.training import Training

__all__ = ["from_torch", "load_state_dict", "module", "source", "state_dict", "to_torch"]


def to_torch(net: Network, *, standardizer: Standardizer | None = None) -> Any:
    """A PyTorch module with the weights of a network that computes the same function.

    Parameters
    ----------
    net : Network
    standardizer : Standardizer, optional
        What its inputs went through in training; the module then takes them as they are measured.

    Returns
    -------
    torch.nn.Module
        In evaluation mode, of the dtype of the network, with copies of its weights. Images are
        (n, height, width, channels), as the network takes them. If the last activation is a sigmoid or softmax, the
        method ``logits`` gives what goes into it.

    Raises
    ------
    MissingPackageError
        If PyTorch is not installed.
    UsageError
        If the network has no weights yet, or a layer of the user's own.
    """
    torch = need_torch()
    found = twin(net, standardizer)
    made = run(module_source(found, None), "network")["Network"]()
    state = {name: torch.from_numpy(array.copy()) for name, array in found.state().items()}
    made.load_state_dict(state)
    return made.eval()


def state_dict(net: Network, *, standardizer: Standardizer | None = None) -> dict[str, Any]:
    """The arrays of a network by the names, and in the layout, of its PyTorch module.

    Examples
    --------
    >>> import cutaway as ca
    >>> net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1)], seed=0).build(2)
    >>> {name: array.shape for name, array in state_dict(net).items()}
    {'linear_1.weight': (8, 2), 'linear_1.bias': (8,), 'linear_2.weight': (1, 8), 'linear_2.bias': (1,)}
    """
    return twin(net, standardizer).state()


def source(
    what: Network | Graph | Callable[..., Any],
    params: Any = None,
    *args: Any,
    training: Training | Literal["as fitted"] | None = "as fitted",
    standardizer: Standardizer | None = None,
    weights: str = "network.safetensors",
    notes: Sequence[str] = (),
) -> str:
    """PyTorch source that needs nothing of cutaway.

    Parameters
    ----------
    what : Network, Graph, or callable
        A network gives a module ``Network`` and, if it was fitted, the functions ``loss_of`` and ``train`` with the
        loss, optimizer, schedule and batch size of that fit. A graph gives a function. A function of NumPy's, with
        ``params`` and further example arguments, gives a module that holds them.
    params, *args
        For a function: as in ``ca.value_and_grad(fn)(params, *args)``.
    training : Training, optional
        How to train the network, in place of how it was fitted; None leaves the loop out.
    standardizer : Standardizer, optional
        As for :func:`to_torch`.
    weights : str
        The file of weights that the text speaks of.
    notes : sequence of str
        Lines for the docstring.

    Notes
    -----
    Early stopping, callbacks and metrics are not part of the loop. PyTorch draws other random numbers: the order of
    mini-batches and the units that are dropped are others.

    Raises
    ------
    UsageError, TraceError
        If a layer, an optimizer or a primitive has no twin in PyTorch; the message says which.
    """
    if isinstance(what, Graph):
        text, page = function_source(what)
        return with_imports("\n\n\n".join([*with_needs(page), text]), f'"""{what.name}, written by cutaway."""')
    if isinstance(what, Network):
        how = what.training if isinstance(training, str) else training
        return module_source(twin(what, standardizer), how, weights=weights, notes=notes)
    return _program(what, params, args)[0]


def module(what: Callable[..., Any] | Graph, params: Any, *args: Any) -> Any:
    """A PyTorch module of a program of the user's own: ``module(*args)`` computes ``fn(params, *args)``.

    Parameters
    ----------
    what : callable or Graph
        Plain NumPy; or a graph, such as ``ca.simplify(ca.trace(fn, params, *args))``.
    params : array, or dict, list or tuple of arrays
        They become the parameters of the module, by their names (``W1``; ``layers_0_W``). Of a graph, those of its
        inputs: a dict by the names that it prints.
    *args : arrays
        Example arguments; of a graph none.

    Returns
    -------
    torch.nn.Module
        In evaluation mode. As with every recording it holds for arrays of these shapes, and refuses others; a function
        in which no number of rows stands takes any number.

    Raises
    ------
    TraceError
        If the program drew random numbers, branched on a value, or has a primitive without a twin.
    """
    torch = need_torch()
    text, name, state = _program(what, params, args)
    made = run(text, name)[name]()
    made.load_state_dict({key: torch.from_numpy(np.array(value, order="C")) for key, value in state.items()})
    return made.eval()


def _program(what: Any, params: Any, args: tuple[Any, ...]) -> tuple[str, str, dict[str, Any]]:
    """Source of a module, its name, and its arrays."""
    if isinstance(what, Graph):
        graph = what
        given = dict(params)
        names = {graph.names[v]: v for v in graph.inputs}
        unknown = [name for name in given if name not in names]
        if unknown:
            raise UsageError(
                f"{unknown[0]} is no input of the graph", received=repr(unknown[0]), instead=f"Name some of {[*names]}"
            )
        leaves = {name: (name, given[name]) for name in names if name in given}
    else:
        graph = trace(what, params, *args)
        every = list(tree.leaves(params))
        inputs = [graph.names[v] for v in graph.inputs]
        leaves = {own: (path or own, leaf) for own, (path, leaf) in zip(inputs, every, strict=False)}
    own = _identifier(graph.name)
    text, page = function_source(graph, own)
    name = "".join(word.capitalize() for word in own.split("_") if word) or "Program"
    state: dict[str, Any] = {}
    init, held = [], {}
    for inner, (path, leaf) in leaves.items():
        key = _attribute(path)
        array = np.asarray(leaf)
        zeros = f"torch.zeros({array.shape}, dtype=torch.{array.dtype.name})"
        trained = array.dtype.kind == "f"
        init.append(f"self.{key} = nn.Parameter({zeros})" if trained else f'self.register_buffer("{key}", {zeros})')
        state[key], held[inner] = array, f"self.{key}"
    keywords = []
    for constant, value in graph.constants.items():
        parts, text_of = _constant(_attribute(constant), value)
        init += [
            f'self.register_buffer("{key}", torch.zeros({a.shape}, dtype=torch.{a.dtype.name}))'
            for key, a in parts.items()
        ]
        state |= parts
        keywords.append(f"{constant}={text_of}")
    order = [graph.names[v] for v in graph.inputs]
    free = [n for n in order if n not in held]
    call = ", ".join([*(held.get(n, n) for n in order), *keywords])
    told = f'"""{own}({", ".join(free)}) with the parameters that it holds."""'
    lines = [f"class {name}(nn.Module):", f"    {told}", "", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in init]
    lines += ["", f"    def forward({', '.join(['self', *free])}):"]
    if isinstance(what, Graph) or not _for_any_rows(what, params, args, text):
        shapes = {n: v.shape for v, n in graph.names.items() if n in free and v in graph.inputs}
        wrong = " or ".join(f"{n}.shape != {shape}" for n, shape in shapes.items())
        told = ", ".join(f"{n} {shape}" for n, shape in shapes.items())
        lines += (
            [f"        if {wrong}:", f'            raise ValueError("sizes stand in this program: {told}")']
            if wrong
            else []
        )
    lines.append(f"        return {own}({call})")
    whole = "\n\n\n".join([*with_needs(page), text, "\n".join(lines)])
    return with_imports(whole, f'"""{own}, a program in NumPy, written for PyTorch by cutaway."""'), name, state


def _for_any_rows(fn: Callable[..., Any], params: Any, args: tuple[Any, ...], text: str) -> bool:
    """Whether the program is the same for another number of rows, so that none stands in it."""
    n = max((np.shape(a)[0] for a in args if np.ndim(a)), default=0)
    more = [np.concatenate([a, np.asarray(a)[-1:]]) if np.ndim(a) and np.shape(a)[0] == n else a for a in args]
    try:
        graph = trace(fn, params, *more)
        return function_source(graph, _identifier(graph.name))[0] == text
    except Exception:  # whatever a stranger's program raises for rows that it does not expect
        return False


def _attribute(path: str) -> str:
    """A name for an attribute of a module that hides none of its own."""
    taken = "training forward float double half train eval to cpu cuda type apply parameters buffers modules children"
    name = _identifier(path)
    return f"{name}_" if name in taken.split() else name


def _constant(key: str, value: Any) -> tuple[dict[str, Any], str]:
    """The arrays in which a constant is kept, and the text that gives it back."""
    if not hasattr(value, "tocsr"):
        return {key: np.asarray(value)}, f"self.{key}"
    entries = value.tocsr().tocoo()  # in this order, each entry once
    places = np.stack([entries.row, entries.col]).astype(np.int64)
    made = f"torch.sparse_coo_tensor(self.{key}_places, self.{key}_values, {value.shape}, check_invariants=True)"
    return {f"{key}_places": places, f"{key}_values": entries.data}, made
