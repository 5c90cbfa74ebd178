"""The table of layers: what each becomes in a PyTorch module, as lines of its source, and where its weights go.

A module is written down first; the module itself is its source, run. So the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway.errors import UsageError
from cutaway.export.torch.sheet import Array, Arrays, Sheet, Weights, renamed, settings
from cutaway.nn.activations import ActivationFunction, activation_name
from cutaway.nn.attention import SelfAttention
from cutaway.nn.convolution import AvgPool2D, Conv2D, GlobalAveragePool, MaxPool2D, Pool2D, with_channels
from cutaway.nn.embedding import Embedding
from cutaway.nn.graphs import GraphAttention, GraphConv, GraphLayer, GraphSAGE
from cutaway.nn.initializers import Shape
from cutaway.nn.layers import Activation, Dense, Dropout, Flatten, Layer
from cutaway.nn.normalization import BatchNorm, LayerNorm
from cutaway.nn.sequence import GRU, LSTM, RNN, Recurrent

# One function for each kind of layer ------------------------------------------------------------------------------


def _dense(layer: Dense, shape: Shape, sheet: Sheet) -> Weights:
    name = sheet.name("linear")
    bias = layer.bias is not None
    sheet.init.append(f"self.{name} = nn.Linear({shape[0]}, {layer.units}{settings(bias=(bias, True))})")
    sheet.then(f"self.{name}(x)", layer.activation, (layer.units,))
    names: dict[str, Any] = {f"{name}.weight": ("W", (1, 0))}
    return renamed(names | ({f"{name}.bias": ("b", None)} if bias else {}))


def _activation(layer: Activation, shape: Shape, sheet: Sheet) -> None:
    sheet.then("x", layer.activation, shape)


def _flatten(layer: Flatten, shape: Shape, sheet: Sheet) -> None:
    sheet.to_channels_last()
    sheet.lines.append("x = x.flatten(1)")


def _dropout(layer: Dropout, shape: Shape, sheet: Sheet) -> None:
    name = sheet.name("dropout")
    sheet.init.append(f"self.{name} = nn.Dropout({layer.rate!r})")
    sheet.then(f"self.{name}(x)")


def _batch_norm(layer: BatchNorm, shape: Shape, sheet: Sheet) -> Weights:
    name = sheet.name("norm")
    more = settings(eps=(layer.epsilon, 1e-5), momentum=(layer.momentum, 0.1))
    sheet.init.append(f"self.{name} = nn.BatchNorm1d({shape[0]}{more})")
    sheet.then(f"self.{name}(x)")
    own = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "variance"}
    same = renamed({f"{name}.{theirs}": (ours, None) for theirs, ours in own.items()})
    count = {f"{name}.num_batches_tracked": np.zeros((), np.int64)}
    return Weights(lambda p: same.to_torch(p) | count, same.from_torch)


def _layer_norm(layer: LayerNorm, shape: Shape, sheet: Sheet) -> Weights:
    name = sheet.name("norm")
    sheet.to_channels_last()
    sheet.init.append(f"self.{name} = nn.LayerNorm({shape[-1]}{settings(eps=(layer.epsilon, 1e-5))})")
    sheet.then(f"self.{name}(x)")
    return renamed({f"{name}.weight": ("gamma", None), f"{name}.bias": ("beta", None)})


def _conv(layer: Conv2D, shape: Shape, sheet: Sheet) -> Weights:
    name = sheet.name("conv")
    sheet.to_channels_first(shape)
    (above, below), (left, right) = layer._zeros(shape)
    padding: Any = above if above == left else (above, left)
    if (above, left) != (below, right):
        sheet.lines.append(f"x = F.pad(x, ({left}, {right}, {above}, {below}))")
        padding = 0
    bias = layer.bias is not None
    more = settings(stride=(layer.stride, 1), padding=(padding, 0), bias=(bias, True))
    channels = with_channels(layer, shape)[2]
    sheet.init.append(f"self.{name} = nn.Conv2d({channels}, {layer.filters}, {layer.kernel_size}{more})")
    sheet.then(f"self.{name}(x)", layer.activation, layer.output_shape(shape))
    names: dict[str, Any] = {f"{name}.weight": ("W", (3, 2, 0, 1))}
    return renamed(names | ({f"{name}.bias": ("b", None)} if bias else {}))


def _pool(layer: Pool2D, shape: Shape, sheet: Sheet) -> None:
    sheet.to_channels_first(shape)
    kind = "max" if isinstance(layer, MaxPool2D) else "avg"
    stride = settings(stride=(layer.stride, None)) if layer.stride != layer.size else ""
    sheet.then(f"F.{kind}_pool2d(x, {layer.size}{stride})")


def _global_average(layer: GlobalAveragePool, shape: Shape, sheet: Sheet) -> None:
    sheet.to_channels_first(shape)
    sheet.lines.append("x = x.mean((2, 3))")
    sheet.channels_first = False


def _embedding(layer: Embedding, shape: Shape, sheet: Sheet) -> Weights:
    name = sheet.name("embedding")
    sheet.init.append(f"self.{name} = nn.Embedding({layer.vocabulary}, {layer.units})")
    sheet.then(f"self.{name}(x.long())")
    return renamed({f"{name}.weight": ("E", None)})


def _recurrent(layer: Recurrent, shape: Shape, sheet: Sheet) -> Weights:
    kind = type(layer).__name__
    name, units = sheet.name(kind.lower()), layer.units
    activation = layer.activation if isinstance(layer, RNN) else "tanh"
    if activation not in ("tanh", "relu"):
        return _own_recurrent(layer, activation, name, shape, sheet)
    more = settings(nonlinearity=(activation, "tanh"))
    sheet.init.append(f"self.{name} = nn.{kind}({shape[-1]}, {units}{more}, batch_first=True)")
    if isinstance(layer, GRU):
        gates = 2 * units
        sheet.init += [
            "# of its second bias only the candidate's part is trained: for the two gates one bias is enough",
            f"nn.init.zeros_(self.{name}.bias_hh_l0)",
            f"self.{name}.bias_hh_l0.register_hook(lambda g: torch.cat([0 * g[:{gates}], g[{gates}:]]))",
        ]
    else:
        sheet.init.append(f"nn.init.zeros_(self.{name}.bias_hh_l0).requires_grad_(False)  # one bias is enough")
    sheet.lines.append(f"x, _ = self.{name}(x)")
    _last_step(layer, sheet)
    W, U, b, b_h = (f"{name}.{part}_l0" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))

    def to_torch(p: Mapping[str, Array]) -> Arrays:
        other = np.zeros_like(p["b"])
        if isinstance(layer, GRU):
            other[2 * units :] = p["b_n"]
        return {W: p["W"].T, U: p["U"].T, b: p["b"], b_h: other}

    def from_torch(p: Mapping[str, Array]) -> Arrays:
        both = {"W": p[W].T, "U": p[U].T, "b": p[b] + p[b_h]}
        if isinstance(layer, GRU):
            both["b"][2 * units :] = p[b][2 * units :]
            both["b_n"] = p[b_h][2 * units :]
        return both

    return Weights(to_torch, from_torch)


def _own_recurrent(
    layer: Recurrent, activation: str | ActivationFunction, name: str, shape: Shape, sheet: Sheet
) -> Weights:
    sheet.copied.add("Recurrent")
    template = sheet.activation(activation, (layer.units,))
    function = template.removesuffix("({})") if template.endswith("({})") else f"lambda z: {template.format('z')}"
    sheet.init.append(f"self.{name} = Recurrent({shape[-1]}, {layer.units}, {function})")
    sheet.then(f"self.{name}(x)")
    _last_step(layer, sheet)
    turned = (1, 0)
    return renamed(
        {
            f"{name}.input.weight": ("W", turned),
            f"{name}.input.bias": ("b", None),
            f"{name}.memory.weight": ("U", turned),
        }
    )


def _last_step(layer: Recurrent, sheet: Sheet) -> None:
    if not layer.sequences:
        sheet.lines.append("x = x[:, -1]")


def _attention(layer: SelfAttention, shape: Shape, sheet: Sheet) -> Weights:
    name, size = sheet.name("attention"), layer.units // layer.heads
    sheet.init += [
        f"self.{name}_in = nn.Linear({shape[-1]}, {3 * layer.units})  # queries, keys and values",
        f"self.{name}_out = nn.Linear({layer.units}, {layer.units})",
    ]
    causal = ", is_causal=True" if layer.causal else ""
    sheet.lines += [
        f"q, k, v = self.{name}_in(x).unflatten(-1, (3, {layer.heads}, {size})).permute(2, 0, 3, 1, 4)",
        f"x = F.scaled_dot_product_attention(q, k, v{causal})",
        f"x = self.{name}_out(x.transpose(1, 2).flatten(2))",
    ]
    names = {"in.weight": "W", "in.bias": "b", "out.weight": "W_out", "out.bias": "b_out"}
    return renamed({f"{name}_{n}": (own, (1, 0) if "weight" in n else None) for n, own in names.items()})


def _graph(layer: GraphLayer, shape: Shape, sheet: Sheet) -> Weights:
    kind, name = type(layer).__name__, sheet.name("graph")
    sheet.copied.add(kind)
    rows, columns, values = _edges(layer)
    nodes, bias = layer.adjacency.shape[0], layer.bias is not None
    more = ""
    if isinstance(layer, GraphAttention):
        slope, dropout = (layer.negative_slope, 0.2), (layer.dropout, 0.0)
        more = settings(heads=(layer.heads, 1), concat=(layer.concat, True), slope=slope, dropout=dropout)
    sizes = f"{shape[0]}, {layer.units}, nodes={nodes}, edges={len(rows)}{more}{settings(bias=(bias, True))}"
    sheet.init.append(f"self.{name} = {kind}({sizes})")
    sheet.then(f"self.{name}(x)", layer.activation, layer.output_shape(shape))
    names: dict[str, Any] = {f"{name}.linear.weight": ("W", (1, 0))}
    links = {f"{name}.mean.edges": np.stack([rows, columns]).astype(np.int64)}
    if isinstance(layer, GraphAttention):
        names |= {f"{name}.source": ("source", None), f"{name}.target": ("target", None)}
        links = {f"{name}.edges": links.popitem()[1]}
    else:
        links[f"{name}.mean.weights"] = values.astype(sheet.dtype)
    if isinstance(layer, GraphSAGE):
        names[f"{name}.own.weight"] = ("W_self", (1, 0))
    if bias:
        names[f"{name}.own.bias" if isinstance(layer, GraphSAGE) else f"{name}.bias"] = ("b", None)
    same = renamed(names)
    return Weights(lambda p: same.to_torch(p) | links, same.from_torch)


def _edges(layer: GraphLayer) -> tuple[Array, Array, Array]:
    """Who hears, who is heard, and with which weight."""
    if isinstance(layer, GraphAttention):
        indices, indptr = layer._links
        return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), indices, np.ones(len(indices))
    assert isinstance(layer, GraphConv | GraphSAGE)
    mean = layer._mean.tocoo()
    return mean.row, mean.col, mean.data


LAYERS: dict[type[Layer], Callable[[Any, Shape, Sheet], Weights | None]] = {
    Activation: _activation,
    AvgPool2D: _pool,
    BatchNorm: _batch_norm,
    Conv2D: _conv,
    Dense: _dense,
    Dropout: _dropout,
    Embedding: _embedding,
    Flatten: _flatten,
    GRU: _recurrent,
    GlobalAveragePool: _global_average,
    GraphAttention: _graph,
    GraphConv: _graph,
    GraphSAGE: _graph,
    LSTM: _recurrent,
    LayerNorm: _layer_norm,
    MaxPool2D: _pool,
    RNN: _recurrent,
    SelfAttention: _attention,
}
"""What writes each kind of layer down."""


def write(layer: Layer, shape: Shape, sheet: Sheet) -> Weights | None:
    """Add a layer to the sheet; UsageError if there is no line for its kind."""
    line = LAYERS.get(type(layer))
    if line is None:
        raise UsageError(
            f"There is no twin in PyTorch for {activation_name(type(layer))}, a layer of your own",
            received=repr(layer)[:60],
            instead="Write its forward pass as a function, and export that with cutaway.export.torch.module",
        )
    return line(layer, shape, sheet)
