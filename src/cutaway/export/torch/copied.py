"""PyTorch code for what PyTorch has no word for; its source is copied into the source of a module that needs it.

Nothing here is called by cutaway, so that PyTorch need not be installed.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    import torch.nn.functional as F
    from torch import nn
else:

    class nn:
        """What the classes below are made from until they are copied."""

        Module = object


def copied(name: str) -> str:
    """Source of one of the functions and classes below."""
    text = inspect.getsource(getattr(sys.modules[__name__], name))
    return re.sub(r"(: Any = )|: Any| -> Any|  # (?:type|noqa): .*", lambda m: "=" if m[1] else "", text).rstrip()


# Layers -----------------------------------------------------------------------------------------------------------


class Recurrent(nn.Module):  # type: ignore[misc, unused-ignore]
    """Simple recurrent layer with an activation that nn.RNN does not have."""

    def __init__(self, inputs: Any, units: Any, activation: Any):
        super().__init__()
        self.input = nn.Linear(inputs, units)
        self.memory = nn.Linear(units, units, bias=False)
        self.activation = activation

    def forward(self, x: Any) -> Any:
        z = self.input(x)
        h = z.new_zeros(z.shape[0], z.shape[2])
        outputs = []
        for t in range(z.shape[1]):
            h = self.activation(z[:, t] + self.memory(h))
            outputs.append(h)
        return torch.stack(outputs, 1)


class GraphSum(nn.Module):  # type: ignore[misc, unused-ignore]
    """A weighted sum, for each node, over the nodes that it hears; the graph is kept with the weights."""

    def __init__(self, nodes: Any, edges: Any):
        super().__init__()
        self.nodes = nodes
        self.register_buffer("edges", torch.zeros(2, edges, dtype=torch.int64))  # (who hears, who is heard)
        self.register_buffer("weights", torch.zeros(edges))

    def forward(self, x: Any) -> Any:
        hears, heard = self.edges
        return x.new_zeros(self.nodes, x.shape[1]).index_add(0, hears, self.weights[:, None] * x[heard])


class GraphConv(nn.Module):  # type: ignore[misc, unused-ignore]
    """Graph convolution (Kipf and Welling 2017)."""

    def __init__(self, inputs: Any, units: Any, nodes: Any, edges: Any, bias: Any = True):
        super().__init__()
        self.linear = nn.Linear(inputs, units, bias=False)
        self.mean = GraphSum(nodes, edges)
        self.bias = nn.Parameter(torch.zeros(units)) if bias else None

    def forward(self, x: Any) -> Any:
        x = self.mean(self.linear(x))
        return x if self.bias is None else x + self.bias


class GraphSAGE(nn.Module):  # type: ignore[misc, unused-ignore]
    """Own features and the mean of the neighbours', weighed by two matrices (Hamilton et al. 2017)."""

    def __init__(self, inputs: Any, units: Any, nodes: Any, edges: Any, bias: Any = True):
        super().__init__()
        self.linear = nn.Linear(inputs, units, bias=False)
        self.own = nn.Linear(inputs, units, bias=bias)
        self.mean = GraphSum(nodes, edges)

    def forward(self, x: Any) -> Any:
        return self.mean(self.linear(x)) + self.own(x)


class GraphAttention(nn.Module):  # type: ignore[misc, unused-ignore]
    """A mean over the nodes that each node hears, with learned shares (Velickovic et al. 2018)."""

    def __init__(
        self,
        inputs: Any,
        units: Any,
        nodes: Any,
        edges: Any,
        heads: Any = 1,
        concat: Any = True,
        slope: Any = 0.2,
        dropout: Any = 0.0,
        bias: Any = True,
    ):
        super().__init__()
        self.nodes, self.heads, self.concat, self.slope, self.dropout = nodes, heads, concat, slope, dropout
        self.linear = nn.Linear(inputs, heads * units, bias=False)
        self.source = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, units)))
        self.target = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, units)))
        self.bias = nn.Parameter(torch.zeros(heads * units if concat else units)) if bias else None
        self.register_buffer("edges", torch.zeros(2, edges, dtype=torch.int64))  # (who hears, who is heard)

    def forward(self, x: Any) -> Any:
        hears, heard = self.edges
        h = self.linear(x).unflatten(1, (self.heads, -1))
        scores = (h * self.source).sum(-1)[heard] + (h * self.target).sum(-1)[hears]
        scores = F.leaky_relu(scores, self.slope)
        place = hears[:, None].expand_as(scores)
        highest = scores.new_zeros(self.nodes, self.heads)
        highest = highest.scatter_reduce(0, place, scores.detach(), "amax", include_self=False)
        e = torch.exp(scores - highest[hears])
        shares = e / e.new_zeros(self.nodes, self.heads).index_add(0, hears, e)[hears]
        shares = F.dropout(shares, self.dropout, self.training)
        x = torch.zeros_like(h).index_add(0, hears, shares[:, :, None] * h[heard])
        x = x.flatten(1) if self.concat else x.mean(1)
        return x if self.bias is None else x + self.bias


# Functions --------------------------------------------------------------------------------------------------------


def put_at(x: Any, v: Any, index: Any) -> Any:
    """A copy of x with x[index] = v."""
    x = x.clone()
    x[index] = v
    return x


def put_last(x: Any, v: Any, index: Any) -> Any:
    """A copy of x with x[index] = v; of what is written to one place, the last counts."""
    places = torch.arange(x.numel()).reshape(x.shape)[index]
    values = torch.as_tensor(v, dtype=x.dtype).expand(places.shape).flatten()
    last = torch.full((x.numel(),), -1)
    last = last.scatter_reduce(0, places.flatten(), torch.arange(places.numel()), "amax")
    return torch.where(last < 0, x.flatten(), values[last]).reshape(x.shape)


def add_at(x: Any, v: Any, index: Any) -> Any:
    """A copy of x to which v was added at index; entries that occur twice add up."""
    places = torch.arange(x.numel()).reshape(x.shape)[index]
    values = torch.as_tensor(v, dtype=x.dtype).expand(places.shape)
    return x.flatten().index_add(0, places.flatten(), values.flatten()).reshape(x.shape)


def scatter(g: Any, index: Any, shape: Any) -> Any:
    """Zeros of this shape to which g was added at index; entries that occur twice add up."""
    return add_at(g.new_zeros(shape), g, index)


def patches(x: Any, axes: Any, size: Any, stride: Any) -> Any:
    """All windows of x, of shape (*size, *shape of x with the number of windows along each axis)."""
    for axis, n, step in zip(axes, size, stride):  # noqa: B905
        x = x.unfold(axis, n, step)
    return x.movedim(tuple(range(-len(size), 0)), tuple(range(len(size))))


def fold(p: Any, axes: Any, size: Any, stride: Any, shape: Any) -> Any:
    """Zeros of this shape to which all windows were added, each where patches finds it."""
    places = patches(torch.arange(math.prod(shape)).reshape(shape), axes, size, stride)
    return p.new_zeros(math.prod(shape)).index_add(0, places.flatten(), p.flatten()).reshape(shape)


def max_pool(x: Any, axes: Any, size: Any, stride: Any) -> Any:
    """The largest entry of each window; of several the first gets the gradient."""
    return patches(x, axes, size, stride).flatten(0, len(size) - 1).max(0).values


def csr_matmul(values: Any, x: Any, indices: Any, indptr: Any) -> Any:
    """Product of a sparse matrix in CSR format and a dense one."""
    rows = torch.repeat_interleave(torch.diff(indptr))
    return x.new_zeros(len(indptr) - 1, x.shape[1]).index_add(0, rows, values[:, None] * x[indices])


def segment_softmax(x: Any, indptr: Any) -> Any:
    """Softmax over the rows indptr[i] to indptr[i + 1] of x, each column by itself."""
    rows = torch.repeat_interleave(torch.diff(indptr))
    highest = x.new_zeros(len(indptr) - 1, x.shape[1])
    highest = highest.scatter_reduce(0, rows[:, None].expand_as(x), x.detach(), "amax", include_self=False)
    e = torch.exp(x - highest[rows])
    return e / torch.zeros_like(highest).index_add(0, rows, e)[rows]


NEEDS = {
    "GraphConv": ("GraphSum",),
    "GraphSAGE": ("GraphSum",),
    "scatter": ("add_at",),
    "fold": ("patches",),
    "max_pool": ("patches",),
}
"""What else has to be copied with a function or class."""


def with_needs(names: set[str]) -> list[str]:
    """The sources of these functions and classes and of what they need, in an order in which they can be read."""
    every = names | {other for name in names for other in NEEDS.get(name, ())}
    return [copied(name) for name in globals() if name in every]
