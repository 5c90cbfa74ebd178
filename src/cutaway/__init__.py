"""See, check, train and trust neural networks written in plain NumPy.

Public names are imported when they are first used, so that ``import cutaway`` loads NumPy and nothing heavier.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cutaway._version import __version__

_HOMES = {
    "cutaway.interpreters.differentiate": "grad gradient_graph hessian_vector_product jacobian value_and_grad",
    "cutaway.interpreters.run": "run",
    "cutaway.interpreters.simplify": "simplify",
    "cutaway.tracing": "trace",
    "cutaway.engines.compile": "compile",
    "cutaway.checking.api": "check",
    "cutaway.nn.network": "Network",
    "cutaway.nn": (
        "Activation AvgPool2D BatchNorm Conv2D Dense Dropout Embedding Flatten GRU GlobalAveragePool GraphAttention "
        "GraphConv GraphSAGE LSTM Layer LayerNorm MaxPool2D RNN SelfAttention"
    ),
    "cutaway.train.many": "fit_many",
    "cutaway.train.minimize": "minimize",
    "cutaway.train": (
        "SGD Adagrad Adam AdamW CSVLog Callback Checkpoint Cosine EarlyStopping Exponential History JSONLLog OneCycle "
        "PlotCurves ProgressBar RMSprop Step WarmUp"
    ),
    "cutaway.export.onnx.importer": "from_onnx",
    "cutaway.export.torch": "from_torch",
    "cutaway.experiments": "compare",
    "cutaway": "data errors estimators export nn plots testing train",
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = ["__version__", *sorted(_NAMES)]


def __getattr__(name: str) -> Any:
    home = _NAMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cutaway' has no attribute {name!r}")
    if home == "cutaway":
        return import_module(f"cutaway.{name}")
    import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
