"""Every choice of a run in one record, with defaults that suit the data, and the network and optimizer they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from cutaway.data import Dataset, GraphDataset
from cutaway.errors import UsageError, one_of
from cutaway.nn import Dense, Dropout, GraphConv, Layer
from cutaway.nn.activations import find_activation
from cutaway.nn.losses import LOSSES, Loss, find_loss
from cutaway.nn.network import Network
from cutaway.nn.validate import real, whole
from cutaway.train import Adam, Cosine, OneCycle, Optimizer, Schedule, optimizer

# Hidden layers and dropout by the kind of data, chosen for the mean held-out score over several splits: the plane needs
# two bends in a row, a small table overfits early, and pictures have room for many units that are then dropped in turn.
# So was the activation: gelu was as good as relu or better on all built-in data. In place of Adam's own 0.001, 0.003:
# a run of a few hundred epochs on small data should arrive. On graphs all is as in Kipf and Welling (2017).


@dataclass(frozen=True)
class _Usual:
    """What is chosen for a kind of data."""

    layers: tuple[int, ...]
    dropout: float
    activation: str = "gelu"
    batch_size: int = 32
    adam_rate: float = 0.003
    weight_decay: float | None = None


_PLANE, _TABLE, _IMAGES = _Usual((16, 32), 0.0), _Usual((64,), 0.2), _Usual((256,), 0.5)
_GRAPH = _Usual((16,), 0.5, "relu", batch_size=0, adam_rate=0.01, weight_decay=5e-4)
_LOSSES = {
    "binary": "binary_cross_entropy",
    "multiclass": "categorical_cross_entropy",
    "regression": "mean_squared_error",
}
SCHEDULES: dict[str, Callable[[float], float | Schedule]] = {"constant": float, "cosine": Cosine, "onecycle": OneCycle}
"""Schedules by name, each made from one learning rate."""


@dataclass(frozen=True)
class Settings:
    """What to train, and how; None leaves the choice to the data.

    Parameters
    ----------
    layers : tuple of int, optional
        Units of the hidden layers; ``()`` for none. By default (16, 32) for points in the plane, (256,) for images,
        (16,) for graphs and (64,) for other tables. On a graph the layers are graph convolutions.
    activation : str, optional
        Of the hidden layers. By default gelu, and relu on graphs.
    dropout : float, optional
        Share of the units that are dropped after each hidden layer while training, on graphs of the inputs too. By
        default 0 for points in the plane, 0.5 for images and graphs, and 0.2 for other tables.
    optimizer : str
        A name: ``"adam"``, ``"sgd"``, ...
    lr : float, optional
        Learning rate; by default 0.003 for Adam and AdamW, otherwise the optimizer's own.
    schedule : {"constant", "cosine", "onecycle"}
        How the learning rate changes over all epochs; with "onecycle", ``lr`` is its peak.
    weight_decay : float, optional
        By default the optimizer's own.
    epochs, patience : int
        How often all rows are seen at most, and after how many epochs without a better validation loss training ends.
    batch_size : int, optional
        Rows for each update; 0 for all at once.
    loss : str, optional
        By default the cross-entropy of classes, the mean squared error of numbers.
    dtype : {"float32", "float64"}
        Of weights and computation.
    seeds : int
        How many networks are trained, with the seeds ``seed``, ``seed + 1``, ...
    seed : int
        Of the split and of the first network.
    test, validation : float
        Shares of the rows that are held out, and that early stopping looks at (0 for none).

    Examples
    --------
    >>> from cutaway import data
    >>> Settings(seeds=1).resolved(data.load("moons")).layers
    (16, 32)
    """

    layers: tuple[int, ...] | None = None
    activation: str | None = None
    dropout: float | None = None
    optimizer: str = "adam"
    lr: float | None = None
    schedule: str = "constant"
    weight_decay: float | None = None
    epochs: int = 200
    patience: int = 20
    batch_size: int | None = None
    loss: str | None = None
    dtype: str = "float32"
    seeds: int = 3
    seed: int = 0
    test: float = 0.2
    validation: float = 0.1

    def __post_init__(self) -> None:
        """Check what can be checked without data."""
        if self.activation is not None:
            find_activation(self.activation)
        self.rule()
        if self.loss is not None:
            find_loss(self.loss)
        for name, least in (("epochs", 1), ("patience", 1), ("seeds", 1), ("seed", 0)):
            whole(getattr(self, name), name, least=least)
        if self.batch_size is not None:
            whole(self.batch_size, "batch_size", least=0)
        if self.dropout is not None:
            real(self.dropout, "dropout", "[0, 1)", instead="Write 0 for none, or for example 0.2")
        for units in self.layers or ():
            whole(units, "a number in layers")
        if self.dtype not in ("float32", "float64"):
            raise one_of(self.dtype, ("float32", "float64"), name="The dtype")

    def resolved(self, data: Dataset) -> Settings:
        """Return the settings with every choice made for this data set.

        Raises
        ------
        UsageError
            If the loss is not for this kind of target.
        """
        usual = _usual(data)
        rule = self.rule(usual)
        own: dict[str, Any] = {
            name: getattr(usual, name) if getattr(self, name) is None else getattr(self, name)
            for name in ("layers", "dropout", "activation", "batch_size")
        }
        if isinstance(data, GraphDataset):  # its parts are as they were published
            own["test"], share = float(data.test.mean()), float(data.validation.mean())
            own["validation"] = share if self.validation else 0.0
        return replace(self, **own, lr=_rate(rule), weight_decay=rule.weight_decay, loss=self._loss(data))

    def rule(self, usual: _Usual = _TABLE) -> Optimizer:
        """Return the optimizer; what is not chosen is as usual for a kind of data."""
        rule = optimizer(self.optimizer)
        lr = usual.adam_rate if isinstance(rule, Adam) and self.lr is None else self.lr
        decay = usual.weight_decay if self.weight_decay is None else self.weight_decay
        if lr is not None:
            rule = replace(rule, lr=lr)
        if decay is not None:
            rule = replace(rule, weight_decay=decay)
        if self.schedule not in SCHEDULES:
            raise one_of(self.schedule, SCHEDULES, name="The schedule")
        return replace(rule, lr=SCHEDULES[self.schedule](_rate(rule)))

    def network(self, data: Dataset, seed: int) -> Network:
        """Return a new network for this data set."""
        own = self.resolved(data)
        loss = find_loss(str(own.loss))
        layer = partial(GraphConv, adjacency=data.adjacency) if isinstance(data, GraphDataset) else Dense
        drop: list[Layer] = [Dropout(own.dropout)] if own.dropout else []
        layers = [*drop] if isinstance(data, GraphDataset) else []
        for units in own.layers or ():
            layers += [layer(units, activation=str(own.activation)), *drop]
        outputs = data.n_classes if loss.task == "multiclass" else 1
        return Network([*layers, layer(outputs, activation=_output_activation(loss))], seed=seed, dtype=self.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a dictionary for JSON."""
        return {**asdict(self), "layers": None if self.layers is None else list(self.layers)}

    def _loss(self, data: Dataset) -> str:
        if self.loss is None:
            return _LOSSES[data.task]
        task = find_loss(self.loss).task
        if task == data.task or (data.task, task) == ("binary", "multiclass"):  # two classes may have two outputs
            return self.loss
        kind = "a number" if data.task == "regression" else f"one of {data.n_classes} classes"
        fitting = sorted(name for name, loss in LOSSES.items() if loss.task == data.task)
        raise UsageError(
            f"The loss {self.loss} does not suit the target {data.target_name!r}, which is {kind}",
            instead=f"Choose one of: {', '.join(fitting)}",
        )


def _usual(data: Dataset) -> _Usual:
    if isinstance(data, GraphDataset):
        return _GRAPH
    return _IMAGES if data.image_shape else _PLANE if data.X.shape[1] <= 2 else _TABLE


def _output_activation(loss: Loss) -> str:
    """Return what the last layer must give for a loss to read."""
    if loss.reads == "probabilities":
        return "sigmoid" if loss.task == "binary" else "softmax"
    return "softplus" if loss.reads == "rates" else "identity"


def _rate(rule: Optimizer) -> float:
    """Return the one number behind a learning rate or schedule."""
    rate = rule.lr
    if isinstance(rate, OneCycle):
        return rate.peak
    return rate.lr if isinstance(rate, Cosine) else float(rate)  # type: ignore[arg-type]
