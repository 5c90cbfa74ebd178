"""A network is a list of layers with their weights: it predicts, is trained, saved and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DtypeError, ShapeError, UsageError
from cutaway.nn.activations import ActivationFunction
from cutaway.nn.forward import Forward
from cutaway.nn.inputs import as_dtype, as_input
from cutaway.nn.layers import Activation, Dense, Layer
from cutaway.nn.losses import LOSSES, Loss, LossFunction, find_loss
from cutaway.nn.metrics import Metric, find_metric
from cutaway.nn.natural import natural_loss
from cutaway.nn.targets import align
from cutaway.nn.validate import whole

if TYPE_CHECKING:
    from cutaway.train.callbacks import Listener
    from cutaway.train.history import History
    from cutaway.train.optimizers import Optimizer

Engine = Literal["auto", "numpy"]
_CHUNK = 16_384  # rows that go through the network at once when it predicts, to bound memory


class Network:
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
        self.layers = tuple(layers)
        if not self.layers:
            raise UsageError("A network needs at least one layer", instead='Write Network([Dense(1, "sigmoid")])')
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise UsageError(
                    "The layers of a network must be layers",
                    received=f"{layer.__name__}, the class" if isinstance(layer, type) else repr(layer)[:60],
                    instead="Write Dense(16, 'relu') for 16 units",
                )
        self.seed = whole(seed, "seed of Network", least=0)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype("float32"), np.dtype("float64")):
            raise DtypeError("A network computes in float32 or float64", received=str(dtype))
        self.input_shape: tuple[int, ...] | None = None
        self.params: list[dict[str, NDArray[Any]]] = []
        self.state: list[dict[str, NDArray[Any]]] = []
        self.loss: Loss | None = None

    # Making ----------------------------------------------------------------------------------------------------

    def build(self, input_shape: tuple[int, ...] | int) -> Self:
        """Make the first weights for samples of ``input_shape``; `fit` and `predict` do it by themselves."""
        shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        params, state = [], []
        rng = np.random.default_rng(self.seed)
        current = shape
        for layer in self.layers:
            weights = layer.build(current, rng)
            params.append({k: v.astype(self.dtype) for k, v in weights.params.items()})
            state.append({k: v.astype(self.dtype) for k, v in weights.state.items()})
            current = layer.output_shape(current)
        self.input_shape, self.params, self.state = shape, params, state
        return self

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output for one sample."""
        shape = self._built()
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    @property
    def n_params(self) -> int:
        """How many numbers are trained."""
        self._built()
        return sum(array.size for layer in self.params for array in layer.values())

    @property
    def output_activation(self) -> str | ActivationFunction:
        """The activation of the last layer."""
        last = self.layers[-1]
        return last.activation if isinstance(last, (Dense, Activation)) else "identity"

    def _built(self) -> tuple[int, ...]:
        if self.input_shape is None:
            raise UsageError("The network has no weights yet", instead="Call net.fit(X, y), or net.build(n_features)")
        return self.input_shape

    # Predicting ------------------------------------------------------------------------------------------------

    def check_input(self, X: ArrayLike, *, name: str = "X") -> NDArray[Any]:
        """``X`` as an array that the network takes: its dtype, finite, of the right shape; builds if need be."""
        array = as_input(X, name).astype(self.dtype, copy=False)
        if self.input_shape is None:
            self.build(array.shape[1:])
        if array.shape[1:] != self.input_shape:
            raise ShapeError(
                f"{name} does not fit the network, which takes samples of shape {self.input_shape}",
                received=f"{name} of shape {array.shape}",
                instead=f"Give {name} of shape (n_samples, {', '.join(map(str, self.input_shape or ()))})",
            )
        return array

    def __call__(self, X: ArrayLike) -> NDArray[Any]:
        """Outputs of the last layer, shape (n_samples, *output_shape), in inference mode."""
        array = self.check_input(X)
        run = Forward(training=False, dtype=self.dtype)
        with np.errstate(under="ignore"):
            parts = [
                run.through(self.layers, self.params, self.state, array[i : i + _CHUNK])
                for i in range(0, len(array), _CHUNK)
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Class labels (int64, shape (n,)) of a classifier, numbers of a regression.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        """
        predicted: NDArray[Any] = self._loss().predict(self(X))
        return predicted

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """Probabilities of all classes, shape (n_samples, n_classes); each row sums to 1.

        For independent yes/no outputs (several sigmoid units), the probability of yes of each.

        Raises
        ------
        UsageError
            If the network is a regression.
        """
        p: NDArray[Any] = self._loss().probabilities(self(X))
        return np.hstack([1 - p, p]) if p.shape[1:] == (1,) else p

    def evaluate(
        self, X: ArrayLike, y: ArrayLike, *, metrics: Sequence[str | Metric] | None = None
    ) -> dict[str, float]:
        """Mean loss and metrics on data; by default accuracy for classes, R² for numbers."""
        outputs = self(X)
        loss = self._loss()
        targets = align(y, outputs.shape, loss)
        found = {"loss": float(np.mean(loss(as_dtype(targets, self.dtype), outputs)))}
        predicted, labels = loss.predict(outputs), loss.labels(targets)
        for metric in default_metrics(loss) if metrics is None else metrics:
            fn = find_metric(metric)
            found[getattr(fn, "__name__", "metric")] = float(fn(labels, predicted))
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
        validation: float | tuple[ArrayLike, ArrayLike] | None = None,
        sample_weight: ArrayLike | None = None,
        class_weight: dict[int, float] | Literal["balanced"] | None = None,
        metrics: Sequence[str | Metric] | None = None,
        callbacks: Listener | Iterable[Listener] = (),
        seed: int | None = None,
        engine: Engine = "auto",
        progress: bool = True,
        resume: str | Path | None = None,
    ) -> History:
        """Train the network; training again goes on from the weights that it has.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
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
        validation : float or (X, y), optional
            Share of the rows to hold out, or data to look at after each epoch.
        sample_weight : array_like, shape (n_samples,), optional
            Weight of each row in the loss.
        class_weight : dict or "balanced", optional
            Weight of each class, by label; "balanced" gives all classes the same total.
        metrics : sequence of str or callable, optional
            Noted in each epoch beside the loss; by default accuracy for classes, R² for numbers. ``()`` for none.
        callbacks : Callback or callable, or several
            Listeners to the record of each epoch, such as ``EarlyStopping()``; returning True ends the training.
        seed : int, optional
            Of shuffling and dropout; by default the network's.
        engine : {"auto", "numpy"}
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

    def summary(self) -> str:
        """A table of the layers: output shapes, number of parameters."""
        from cutaway.nn.summary import as_text

        return as_text(self)

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.layers))
        return f"Network([{inner}], seed={self.seed}, dtype={self.dtype.name!r})"

    def __rich__(self) -> Any:
        from cutaway.nn.summary import as_table

        return as_table(self)

    def _repr_html_(self) -> str:
        from cutaway.nn.summary import as_html

        return as_html(self)


def default_metrics(loss: Loss) -> tuple[str, ...]:
    """What is noted beside the loss."""
    return ("r2",) if loss.task == "regression" else ("accuracy",)
