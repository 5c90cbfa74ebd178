"""Every choice of a run in one record, with defaults that suit the data, and the network and optimizer they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from cutaway.data import Dataset
from cutaway.errors import UsageError, one_of
from cutaway.nn import Dense, Dropout, Layer
from cutaway.nn.activations import find_activation
from cutaway.nn.losses import LOSSES, Loss, find_loss
from cutaway.nn.network import Network
from cutaway.nn.validate import real, whole
from cutaway.train import Adam, Cosine, OneCycle, Optimizer, Schedule, optimizer

# Hidden layers and dropout by the kind of data, chosen for the mean held-out score over several splits: the plane needs
# two bends in a row, a small table overfits early, and pictures have room for many units that are then dropped in turn.
# So was the activation: gelu was as good as relu or better on all built-in data.
_PLANE, _TABLE, _IMAGES = ((16, 32), 0.0), ((64,), 0.2), ((256,), 0.5)
_ADAM_RATE = 0.003  # in place of Adam's own 0.001: a run of a few hundred epochs on small data should arrive
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
        Units of the hidden layers; ``()`` for none. By default (16, 32) for points in the plane, (256,) for images and
        (64,) for other tables.
    activation : str
        Of the hidden layers.
    dropout : float, optional
        Share of the units that are dropped after each hidden layer while training. By default 0 for points in the
        plane, 0.5 for images and 0.2 for other tables.
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
    batch_size : int
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
    activation: str = "gelu"
    dropout: float | None = None
    optimizer: str = "adam"
    lr: float | None = None
    schedule: str = "constant"
    weight_decay: float | None = None
    epochs: int = 200
    patience: int = 20
    batch_size: int = 32
    loss: str | None = None
    dtype: str = "float32"
    seeds: int = 3
    seed: int = 0
    test: float = 0.2
    validation: float = 0.1

    def __post_init__(self) -> None:
        """Check what can be checked without data."""
        find_activation(self.activation)
        self.rule()
        if self.loss is not None:
            find_loss(self.loss)
        for name, least in (("epochs", 1), ("patience", 1), ("batch_size", 0), ("seeds", 1), ("seed", 0)):
            whole(getattr(self, name), name, least=least)
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
        layers, dropout = _IMAGES if data.image_shape else _PLANE if data.X.shape[1] <= 2 else _TABLE
        return replace(
            self,
            layers=layers if self.layers is None else self.layers,
            dropout=dropout if self.dropout is None else self.dropout,
            lr=_rate(self.rule()),
            weight_decay=self.rule().weight_decay,
            loss=self._loss(data),
        )

    def rule(self) -> Optimizer:
        """Return the optimizer."""
        rule = optimizer(self.optimizer)
        chosen = _ADAM_RATE if isinstance(rule, Adam) and self.lr is None else self.lr
        if chosen is not None:
            rule = replace(rule, lr=chosen)
        if self.weight_decay is not None:
            rule = replace(rule, weight_decay=self.weight_decay)
        if self.schedule not in SCHEDULES:
            raise one_of(self.schedule, SCHEDULES, name="The schedule")
        return replace(rule, lr=SCHEDULES[self.schedule](_rate(rule)))

    def network(self, data: Dataset, seed: int) -> Network:
        """Return a new network for this data set."""
        own = self.resolved(data)
        loss = find_loss(str(own.loss))
        layers: list[Layer] = []
        for units in own.layers or ():
            layers.append(Dense(units, self.activation))
            if own.dropout:
                layers.append(Dropout(own.dropout))
        outputs = data.n_classes if loss.task == "multiclass" else 1
        return Network([*layers, Dense(outputs, _output_activation(loss))], seed=seed, dtype=self.dtype)

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
