"""A network is a list of layers with their weights: it predicts, is trained, saved and shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import UsageError
from cutaway.nn.inputs import as_dtype
from cutaway.nn.layered import Layered
from cutaway.nn.layers import Layer
from cutaway.nn.losses import LOSSES, Loss, LossFunction, find_loss
from cutaway.nn.metrics import Metric, find_metric, metric_name
from cutaway.nn.natural import natural_loss
from cutaway.nn.rows import as_places, at_places
from cutaway.nn.targets import align

if TYPE_CHECKING:
    from cutaway.train.callbacks import Listener
    from cutaway.train.history import History
    from cutaway.train.optimizers import Optimizer
    from cutaway.train.training import Training

Engine = Literal["auto", "numpy", "native"]
Metrics: TypeAlias = str | Metric | Sequence[str | Metric] | None


class Network(Layered):
    """Layers, one after the other.

    Parameters
    ----------
    layers : sequence of Layer
        From the input to the output; input sizes come from the data.
    seed : int
        Of the first weights, of shuffling and of dropout.
    dtype : {"float32", "float64"}
        Of the weights and of all computation.

    Attributes
    ----------
    params, state : list of dict of arrays
        Weights of each layer, and what it notes of the batches that it saw; empty until built.
    loss : Loss or None
        The loss that it was trained with.
    training : Training or None
        How it was trained last; None if it was loaded from a file or never trained.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1, "sigmoid")], seed=1)
    >>> history = net.fit(X, [0, 1, 1, 0], optimizer=ca.Adam(0.1), epochs=100, progress=False)
    >>> net.predict(X)
    array([0, 1, 1, 0])
    """

    def __init__(self, layers: Iterable[Layer], *, seed: int = 0, dtype: str = "float32") -> None:
        super().__init__(layers, seed=seed, dtype=dtype)
        self.loss: Loss | None = None
        self.training: Training | None = None

    # Predicting ------------------------------------------------------------------------------------------------

    def _outputs(self, X: ArrayLike) -> NDArray[Any]:
        """As calling the network, but not with weights that were drawn for this very call."""
        fresh = self.input_shape is None
        outputs = self(X)
        if fresh and self._random:
            self.input_shape = None
            raise UsageError(
                "The network was not trained, and its first weights are random",
                instead="Call net.fit(X, y) first; net(X) gives the outputs of any weights",
            )
        return outputs

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Class labels (int64, shape (n,)) of a classifier, numbers of a regression.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        """
        predicted: NDArray[Any] = self._loss().predict(self._outputs(X))
        return predicted

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Probabilities of all classes, shape (n_samples, n_classes); each row sums to 1.

        For independent yes/no outputs (several sigmoid units), the probability of yes of each.

        Raises
        ------
        UsageError
            If the network is a regression.
        """
        p: NDArray[Any] = self._loss().probabilities(self._outputs(X))
        return np.hstack([1 - p, p]) if p.shape[1:] == (1,) else p

    def evaluate(
        self, X: ArrayLike, y: ArrayLike, *, rows: ArrayLike | None = None, metrics: Metrics = None
    ) -> dict[str, float]:
        """Mean loss and metrics on data, or some ``rows`` of it; by default accuracy for classes, R² for numbers."""
        outputs = self._outputs(X)
        loss = self._loss()
        if rows is not None:
            n, places = len(outputs), as_places(rows, len(outputs), "rows")
            outputs, y = outputs[places], at_places(y, places, n, "y")
        targets = align(y, outputs.shape, loss)
        found = {"loss": float(np.mean(loss(as_dtype(targets, self.dtype), outputs)))}
        predicted, labels = loss.predict(outputs), loss.labels(targets)
        for metric in chosen_metrics(metrics, loss):
            found[metric_name(metric)] = float(metric(labels, predicted))
        return found

    def _loss(self) -> Loss:
        if self.loss is not None:
            return self.loss
        natural = {"sigmoid": "binary_cross_entropy", "softmax": "categorical_cross_entropy"}
        activation = self.output_activation
        return LOSSES[natural.get(activation if isinstance(activation, str) else "", "mean_squared_error")]

    def choose_loss(self, loss: str | Loss | LossFunction | None, y: ArrayLike) -> tuple[Loss, str | None]:
        """The loss to train with; the natural one, and why, if none is named."""
        if loss is not None:
            return find_loss(loss, activation=self.output_activation), None
        shape = self.output_shape
        return natural_loss(self.output_activation, shape[-1] if shape else 1, y)

    # Training --------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: str | Loss | LossFunction | None = None,
        optimizer: str | Optimizer = "adam",
        lr: Any = None,
        epochs: int = 100,
        batch_size: int | None = None,
        shuffle: bool = True,
        rows: ArrayLike | None = None,
        validation: float | tuple[ArrayLike, ...] | NDArray[Any] | None = None,
        sample_weight: ArrayLike | None = None,
        class_weight: dict[int, float] | Literal["balanced"] | None = None,
        metrics: Metrics = None,
        callbacks: Listener | Iterable[Listener] = (),
        seed: int | None = None,
        engine: Engine = "auto",
        progress: bool = True,
        resume: str | Path | None = None,
    ) -> History:
        """Train the network; training again goes on from the weights that it has.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
            A sparse one stays sparse: the first layer multiplies it as it is, all rows at once.
        y : array_like
            Class labels 0 ... k-1, one-hot rows, or numbers; shape (n_samples,) or (n_samples, n_outputs).
        loss : str, Loss or callable, optional
            A name, or your own NumPy function ``fn(targets, outputs)``. By default the one that suits the output layer
            and ``y``; the history's notes say which.
        optimizer : str or Optimizer
            A name, or for instance ``SGD(0.1, momentum=0.9)``.
        lr : float or Schedule, optional
            Learning rate, in place of the optimizer's own.
        epochs : int
            How often all rows are seen.
        batch_size : int, optional
            Rows for each update; by default all at once.
        shuffle : bool
            Whether mini-batches are drawn anew in each epoch.
        rows : array of ints or bools, optional
            Numbers of the rows to train on, or a mask of all rows; by default all. Of the others ``y`` may be anything.
            With graph layers their features go through the network all the same.
        validation : float, (X, y), or array of ints or bools, optional
            Share of the rows to hold out, data to look at after each epoch, or rows of ``X`` that are held out. Data
            may be ``(X, y, weights)``: then the loss on it counts each row by its weight.
        sample_weight : array_like, shape (n_samples,), optional
            Weight of each row in the loss; only their ratios count.
        class_weight : dict or "balanced", optional
            Weight of each class, by label; "balanced" gives all classes the same total.
        metrics : str or callable, or several, optional
            Noted in each epoch beside the loss; by default accuracy for classes, R² for numbers. ``()`` for none.
        callbacks : Callback or callable, or several
            Listeners to the record of each epoch, such as ``EarlyStopping()``; returning True ends the training.
        seed : int, optional
            Of shuffling and dropout; by default the network's.
        engine : {"auto", "numpy", "native"}
            How it is computed.
        progress : bool
            Whether to show a progress bar, in a terminal or notebook.
        resume : path, optional
            A checkpoint to go on from, to the same bits as a run without interruption.

        Returns
        -------
        History
            One record for each epoch. ``loss`` and metrics of the training rows are means over the epoch's batches as
            they were seen: in training mode, before each update. ``val_`` ones are measured after the epoch.

        Warns
        -----
        DivergenceWarning
            If the loss stopped being finite; the last finite weights are kept.
        """
        from cutaway.train.fit import train

        return train(
            self,
            X,
            y,
            loss=loss,
            optimizer=optimizer,
            lr=lr,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            rows=rows,
            validation=validation,
            sample_weight=sample_weight,
            class_weight=class_weight,
            metrics=metrics,
            callbacks=callbacks,
            seed=seed,
            engine=engine,
            progress=progress,
            resume=resume,
        )

    # Keeping and showing ---------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write weights and architecture to one safetensors file, atomically; :meth:`load` reads it.

        Raises
        ------
        UsageError
            If a layer holds a function of your own that has no name of cutaway's; the architecture cannot be written.
        """
        from cutaway.nn.saving import save

        save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read a network that :meth:`save` wrote; nothing in the file is executed."""
        from cutaway.nn.saving import load

        return load(path)

    def to_torch(self) -> Any:
        """A ``torch.nn.Module`` of the same weights and the same function; see :mod:`cutaway.export.torch`."""
        from cutaway.export.torch import to_torch

        return to_torch(self)

    def to_onnx(self, path: str | Path) -> None:
        """Write an ONNX file that computes what the network predicts, for any number of rows, atomically.

        See :func:`cutaway.export.onnx.save` for a standardisation and the names of classes; `ca.from_onnx` reads it.

        Raises
        ------
        TraceError
            If something that a layer of your own does cannot be exported.
        """
        from cutaway.export.onnx import save

        save(self, path)

    def load_state_dict(self, weights: Mapping[str, Any] | str | Path) -> None:
        """Take weights in PyTorch's layout: a ``state_dict``, or a safetensors file of one.

        Raises
        ------
        DataError, ShapeError
            If names are missing or unexpected, or a shape is another one; then nothing is changed.
        """
        from cutaway.export.torch import load_state_dict

        load_state_dict(self, weights)

    def summary(self) -> str:
        """A table of the layers: output shapes, number of parameters."""
        from cutaway.nn.summary import as_text

        return as_text(self)

    def __rich__(self) -> Any:
        from cutaway.nn.summary import as_table

        return as_table(self)

    def _repr_html_(self) -> str:
        from cutaway.nn.summary import as_html

        return as_html(self)


def chosen_metrics(metrics: Metrics, loss: Loss) -> list[Metric]:
    """What is noted beside the loss: the metrics of these names, or those that suit the loss."""
    if metrics is None:
        metrics = "r2" if loss.task == "regression" else "accuracy"
    several: Sequence[Any] = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return [find_metric(metric) for metric in several]
