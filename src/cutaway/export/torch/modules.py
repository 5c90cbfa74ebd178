"""The table of PyTorch's modules and functions: what each becomes in a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.errors import UsageError
from cutaway.export.torch.sheet import Arrays
from cutaway.export.torch.weights import as_array
from cutaway.nn.convolution import AvgPool2D, Conv2D, GlobalAveragePool, MaxPool2D
from cutaway.nn.embedding import Embedding
from cutaway.nn.initializers import Shape
from cutaway.nn.layers import Activation, Dense, Dropout, Flatten, Layer
from cutaway.nn.normalization import BatchNorm, LayerNorm
from cutaway.nn.sequence import GRU, LSTM, RNN


class Reader:
    """The layers that were found so far, with their arrays, and how what passes through them looks."""

    def __init__(self, input_shape: Any) -> None:
        self.layers: list[Layer] = []
        self.arrays: list[Arrays] = []
        self.start: Shape | None = None
        if input_shape is not None:
            self.start = tuple(input_shape) if isinstance(input_shape, (tuple, list)) else (input_shape,)
        self.shape = self.start
        self.channels_first = False
        self.turned: Shape | None = None  # (channels, height, width) of an image that was flattened in that order

    def add(self, layer: Layer, module: Any = None) -> None:
        """Note a layer, with the arrays of a module."""
        if self.shape is None:
            raise UsageError(
                "The shape of a sample does not follow from the module",
                received=f"{layer} as the first layer",
                instead="Give input_shape: (height, width, channels), (steps, features), or (steps,) of codes",
            )
        self.shape = layer.output_shape(self.shape)
        self.layers.append(layer)
        state = module.state_dict() if module is not None else {}
        self.arrays.append({name: as_array(value) for name, value in state.items()})

    def activate(self, name: str) -> None:
        """Let an activation follow: as that of the last layer, if it has none yet."""
        if name == "identity":
            return
        last = self.layers[-1] if self.layers else None
        if (
            isinstance(last, Dense | Conv2D)
            and last.activation == "identity"
            and not (name == "softmax" and self.channels_first)
        ):
            self.layers[-1] = replace(last, activation=name)
        else:
            self.add(Activation(name))


def unknown(what: str) -> UsageError:
    """The error for what has no twin in cutaway."""
    advice = next((text for kind, text in ADVICE.items() if what.startswith(kind)), "")
    return UsageError(
        "The module holds what has no twin among cutaway's layers",
        received=what,
        instead=advice or f"These are known: {', '.join(MODULES)}",
    )


def _need(holds: bool, module: Any, what: str) -> None:
    if not holds:
        raise unknown(f"{module}, {what}")


# One function for each kind of module -----------------------------------------------------------------------------


def _linear(r: Reader, m: Any) -> None:
    if r.start is None:
        r.start = r.shape = (m.in_features,)
    r.add(Dense(m.out_features, bias="zeros" if m.bias is not None else None), m)
    if r.turned is not None:
        columns = r.arrays[-1]["weight"].reshape(-1, *r.turned).transpose(0, 2, 3, 1)
        r.arrays[-1]["weight"] = columns.reshape(m.out_features, -1)
        r.turned = None


def _conv(r: Reader, m: Any) -> None:
    _need(m.groups == 1 and set(m.dilation) == {1}, m, "of which only groups=1 and dilation=1 are known")
    _need(m.padding_mode == "zeros", m, "of which only zeros are known as padding")
    padding = m.padding if isinstance(m.padding, str) else m.padding[0]
    _need(isinstance(padding, str) or m.padding[0] == m.padding[1], m, "whose padding differs by side")
    more: dict[str, Any] = {
        "stride": tuple(m.stride),
        "padding": padding,
        "bias": "zeros" if m.bias is not None else None,
    }
    r.channels_first = True
    r.add(Conv2D(m.out_channels, tuple(m.kernel_size), **more), m)


def _pool(kind: type[MaxPool2D] | type[AvgPool2D]) -> Callable[[Reader, Any], None]:
    def line(r: Reader, m: Any) -> None:
        plain = getattr(m, "dilation", 1) in (1, (1, 1)) and m.padding in (0, (0, 0)) and not m.ceil_mode
        _need(plain, m, "of which only windows without padding are known")
        r.channels_first = True
        r.add(kind(m.kernel_size, m.stride))

    return line


def _batch_norm(r: Reader, m: Any) -> None:
    _need(m.track_running_stats and m.momentum is not None, m, "which keeps no running mean")
    r.add(BatchNorm(momentum=m.momentum, epsilon=m.eps), m)
    one = np.ones(m.num_features)
    r.arrays[-1] = {"weight": one, "bias": 0 * one} | r.arrays[-1]


def _layer_norm(r: Reader, m: Any) -> None:
    _need(len(m.normalized_shape) == 1, m, "over more than one axis")
    r.add(LayerNorm(epsilon=m.eps), m)
    one = np.ones(m.normalized_shape)
    r.arrays[-1] = {"weight": one, "bias": 0 * one} | r.arrays[-1]


def _recurrent(kind: type[RNN] | type[GRU] | type[LSTM]) -> Callable[[Reader, Any], None]:
    def line(r: Reader, m: Any) -> None:
        _need(m.batch_first and not m.bidirectional, m, "of which only batch_first=True and one direction are known")
        _need(not getattr(m, "proj_size", 0), m, "with a projection")
        more = {"activation": m.nonlinearity} if kind is RNN else {}
        state = {name: as_array(value) for name, value in m.state_dict().items()}
        for k in range(m.num_layers):
            if k and m.dropout:
                r.add(Dropout(m.dropout))
            r.add(kind(m.hidden_size, sequences=True, **more))
            own = {name.replace(f"_l{k}", "_l0"): a for name, a in state.items() if name.endswith(f"_l{k}")}
            none = np.zeros(own["weight_ih_l0"].shape[0])
            r.arrays[-1] = {"bias_ih_l0": none, "bias_hh_l0": none} | own

    return line


def _flatten(r: Reader, m: Any) -> None:
    _need(m.start_dim == 1 and m.end_dim == -1, m, "of which only all axes of a sample are known")
    _flat(r)


def _flat(r: Reader) -> None:
    if r.shape is not None and len(r.shape) == 1:
        return
    if r.channels_first and r.shape is not None:
        height, width, channels = r.shape
        r.turned = (channels, height, width)
    r.add(Flatten())
    r.channels_first = False


def _adaptive(r: Reader, m: Any) -> None:
    _need(m.output_size in (1, (1, 1)), m, "of which only one value for each channel is known")
    r.channels_first = False
    r.add(GlobalAveragePool())


def _act(name: str, known: Callable[[Any], bool] | None = None) -> Callable[[Reader, Any], None]:
    def line(r: Reader, m: Any) -> None:
        _need(known is None or known(m), m, "with these settings")
        r.activate(name)

    return line


MODULES: dict[str, Callable[[Reader, Any], None]] = {
    "Linear": _linear,
    "Conv2d": _conv,
    "MaxPool2d": _pool(MaxPool2D),
    "AvgPool2d": _pool(AvgPool2D),
    "AdaptiveAvgPool2d": _adaptive,
    "BatchNorm1d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Embedding": lambda r, m: r.add(Embedding(m.num_embeddings, m.embedding_dim), m),
    "RNN": _recurrent(RNN),
    "GRU": _recurrent(GRU),
    "LSTM": _recurrent(LSTM),
    "Flatten": _flatten,
    "Dropout": lambda r, m: r.add(Dropout(m.p)),
    "Identity": _act("identity"),
    "Sigmoid": _act("sigmoid"),
    "Tanh": _act("tanh"),
    "ReLU": _act("relu"),
    "LeakyReLU": _act("leaky_relu", lambda m: m.negative_slope == 0.01),
    "ELU": _act("elu", lambda m: m.alpha == 1.0),
    "GELU": _act("gelu", lambda m: m.approximate == "none"),
    "SiLU": _act("silu"),
    "Softplus": _act("softplus", lambda m: m.beta == 1 and m.threshold >= 20),
    "Softmax": lambda r, m: _softmax(r, (m.dim,), {}),
}
"""Modules of torch.nn by the name of their class."""


ADVICE = {
    "BatchNorm2d": "Fold it into the convolution before it: torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm)",
    "LogSoftmax": "Leave it out: categorical_cross_entropy_from_logits takes what goes into it",
    "MultiheadAttention": "Build SelfAttention here, and copy its weights, transposed, into net.params",
}
"""What to do about some that are not known."""


# Functions and methods, as a forward pass calls them ---------------------------------------------------------------


def _fn(name: str, **usual: Any) -> Callable[[Reader, tuple[Any, ...], Mapping[str, Any]], None]:
    """An activation, whose settings must be the usual ones."""

    def line(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        given = dict(zip(usual, args, strict=False)) | {key: kwargs[key] for key in kwargs.keys() & usual.keys()}
        for key, value in given.items():
            if value != usual[key]:
                raise unknown(f"{name} with {key}={value!r}")
        r.activate(name)

    return line


def _softmax(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    dim, axes = kwargs.get("dim", args[0] if args else None), len(r.shape or ())
    if dim not in ((1, -3) if r.channels_first and axes == 3 else (-1, axes)):
        raise unknown(f"softmax over dim={dim}, which is not that of the classes or channels")
    r.activate("softmax")


def _permute(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    order = tuple(args[0]) if args and isinstance(args[0], (tuple, list)) else tuple(args)
    if order not in ((0, 3, 1, 2), (0, 2, 3, 1)):
        raise unknown(f"permute{order}")
    r.channels_first = order == (0, 3, 1, 2)


def _view(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    sizes = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    every = -1 if r.shape is None else math.prod(r.shape)
    rows, columns = sizes if len(sizes) == 2 else (0, 0)
    # a number of rows that is computed, x.size(0), is taken to be theirs
    if (isinstance(rows, int) and rows != -1) or (isinstance(columns, int) and columns not in (-1, every)):
        raise unknown("a reshape to other than the rows that there are")
    _flat(r)


def _flatten_call(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    if (kwargs.get("start_dim", args[0] if args else 0)) != 1 or len(args) > 1:
        raise unknown("flatten of other axes than those of a sample")
    _flat(r)


def _pool_call(
    kind: type[MaxPool2D] | type[AvgPool2D],
) -> Callable[[Reader, tuple[Any, ...], Mapping[str, Any]], None]:
    def line(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        given = dict(zip(("kernel_size", "stride"), args, strict=False)) | dict(kwargs)
        if given.keys() - {"kernel_size", "stride"} - {k for k, v in given.items() if not v or v in (1, True)}:
            raise unknown("pooling with padding or dilation")
        r.channels_first = True
        r.add(kind(given["kernel_size"], given.get("stride")))

    return line


def _mean(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    axes = kwargs.get("dim", args[0] if args else None)
    if (tuple(axes) if isinstance(axes, (tuple, list)) else axes) not in ((2, 3), (-2, -1)) or not r.channels_first:
        raise unknown(f"a mean over {axes}")
    r.channels_first = False
    r.add(GlobalAveragePool())


def _dropout_call(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    r.add(Dropout(kwargs.get("p", args[0] if args else 0.5)))


def _unsqueeze(r: Reader, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    if args != (1,):
        raise unknown(f"unsqueeze{args}")
    r.channels_first = True


FUNCTIONS: dict[str, Callable[[Reader, tuple[Any, ...], Mapping[str, Any]], None]] = {
    **{name: _fn(name) for name in ("sigmoid", "tanh", "relu", "silu")},
    "gelu": _fn("gelu", approximate="none"),
    "elu": _fn("elu", alpha=1.0),
    "leaky_relu": _fn("leaky_relu", negative_slope=0.01),
    "softplus": _fn("softplus", beta=1, threshold=20),
    "softmax": _softmax,
    "permute": _permute,
    "flatten": _flatten_call,
    "view": _view,
    "reshape": _view,
    "max_pool2d": _pool_call(MaxPool2D),
    "avg_pool2d": _pool_call(AvgPool2D),
    "boolean_dispatch": _pool_call(MaxPool2D),
    "mean": _mean,
    "dropout": _dropout_call,
    "unsqueeze": _unsqueeze,
    "long": lambda r, args, kwargs: None,
    "contiguous": lambda r, args, kwargs: None,
}
"""Functions and methods by name, called with what follows their first argument."""
