"""What the two estimators share: scikit-learn's contract around a network that is trained by the usual loop.

``__init__`` stores, ``fit`` checks, what is learned ends in an underscore. The network in ``network_`` takes columns as
the user has them, and is a network like any other: it can be shown, saved and handed over.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

from cutaway.errors import DataError, UsageError
from cutaway.estimators.features import LearnedFeatures, as_wide, column_names
from cutaway.estimators.parameters import dense, flag, hidden_layers, is_lbfgs, watched
from cutaway.estimators.parts import Progress
from cutaway.estimators.training import Part, Units, best, check_learned, split, train
from cutaway.nn.activations import activation_name
from cutaway.nn.losses import Loss
from cutaway.nn.network import Network
from cutaway.nn.sparse import is_sparse
from cutaway.nn.validate import real, whole
from cutaway.train.history import History, higher_is_better
from cutaway.train.weights import row_weights

Array = NDArray[Any]
Floats = NDArray[np.float64]
_SMALL = 2**24  # numbers: sparse rows of no more, 128 MB, are trained on as dense ones, in batches
Known: TypeAlias = Literal["nothing", "all", "some"]
"""Which of the known labels ``y`` has: there are none yet, all of them, or some."""


def steps_by_gradients(estimator: NetworkEstimator) -> bool:
    """Whether there is a ``partial_fit``; L-BFGS has none."""
    if is_lbfgs(estimator.optimizer):
        raise AttributeError('optimizer="lbfgs" needs all rows at once and has no partial_fit')
    return True


@dataclass(eq=False, repr=False)
class NetworkEstimator(LearnedFeatures, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Base of the classifier and the regressor, whose parameters are its fields: ``__init__`` follows from them."""

    hidden_layer_sizes: Any = (100,)
    activation: Any = "relu"
    _: KW_ONLY
    loss: Any = "auto"
    optimizer: Any = "adam"
    learning_rate: Any = None
    schedule: Any = "constant"
    init: Any = "glorot_uniform"
    weight_decay: float | str = "auto"
    dropout: Any = 0.0
    batch_norm: bool = False
    standardize: bool = True
    batch_size: Any = "auto"
    max_iter: int = 200
    max_fun: int | None = None
    shuffle: bool = True
    early_stopping: Any = False
    validation_fraction: float = 0.1
    tol: float | None = 1e-4
    n_iter_no_change: float = 10
    n_init: int = 1
    warm_start: bool = False
    random_state: Any = None
    callbacks: Any = None
    dtype: str = "auto"
    engine: str = "auto"
    verbose: bool | int = False

    # What the two do differently -------------------------------------------------------------------------------

    @abstractmethod
    def _encoded(self, y: Array, known: Known) -> Floats:
        """Targets (n, k); where nothing is known, note what they are."""

    @abstractmethod
    def _weighed(self, targets: Floats, weights: Floats | None) -> Floats | None:
        """Weights of the rows, those of their classes included."""

    @abstractmethod
    def _last(self) -> tuple[Any, Loss]:
        """The activation of the last layer, and the loss."""

    @abstractmethod
    def _groups(self, targets: Floats) -> Array | None:
        """What a share that is held out is drawn from alike; None if from all rows."""

    @abstractmethod
    def _metrics(self) -> tuple[str, ...]:
        """Metrics that suit the targets."""

    @abstractmethod
    def _free_units(self) -> bool:
        """Whether the targets may be trained on in units of their own spread."""

    # Training --------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train on ``X`` and ``y``.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)
        y : array-like, shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like, shape (n_samples,), optional
            A row of weight 2 counts like two rows; one of weight 0 is left out.
        X_val, y_val, sample_weight_val : like X, y and sample_weight, optional
            Rows to watch the training by, in place of a share of ``X``.

        Returns
        -------
        self
        """
        going_on = flag(self.warm_start, "warm_start") and hasattr(self, "network_")
        random = check_random_state(self.random_state)
        part, held = self._part(X, y, sample_weight, "all" if going_on else "nothing"), None
        metric, suitable = watched(self.early_stopping), ("loss", *self._metrics())
        if metric is not None and metric not in suitable:
            raise UsageError(
                "The metric of early_stopping does not suit y",
                received=repr(metric),
                instead=f"Choose one of: {', '.join(suitable)}",
            )
        if X_val is not None or y_val is not None:
            held = self._part(X_val, y_val, sample_weight_val, "some")
        elif metric is not None:
            share = real(self.validation_fraction, "validation_fraction", "(0, 1)")
            part, held = split(part, share, self._groups(part.targets), random)
        units = self._units(part)
        if going_on:
            networks = [units.inside(self.network_)]
            networks[0].seed = _seed(random)
        else:
            networks = [self._fresh(part, _seed(random)) for _ in range(whole(self.n_init, "n_init"))]
        histories = train(self, networks, part, held, units)
        network, history = best(networks, histories, metric)
        if not going_on:
            check_learned(history, part, self.standardize)
        self.history_ = history
        self.network_, self._units_, self._progress = units.outside(network), units, Progress()
        self.t_ = len(self.history_) * len(part.targets)
        self._note()
        if self.tol is not None and metric is None and self.history_.stopped == "finished":
            limit = "max_iter" if self.n_iter_ >= self.max_iter else "max_fun"
            reached = (
                "Maximum evaluations of the loss" if limit == "max_fun" else f"Maximum iterations ({self.max_iter})"
            )
            warnings.warn(
                f"{reached} reached and the optimization has not converged yet; "
                f"raise {limit}, or write tol=None to train for that long without being told.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, known: Known) -> Self:
        """One epoch on some rows; the optimizer goes on from where it was."""
        if watched(self.early_stopping):
            raise UsageError(
                "partial_fit does not support early_stopping=True: it sees no more than the rows at hand",
                instead="Write early_stopping=False, or use fit",
            )
        first = not hasattr(self, "network_")
        part = self._part(X, y, sample_weight, known, reset=first)
        if first:
            units, progress, past, seen = self._units(part), Progress(), History(), 0
            network = self._fresh(part, _seed(check_random_state(self.random_state)))
        else:
            units = self._units_.joined(self._units(part))
            progress, past, seen = self._progress, self.history_, self.t_
            network = units.inside(self.network_)
        (history,) = train(self, [network], part, None, units, progress)
        if first:
            check_learned(history, part, self.standardize)
        past.stopped = history.stopped
        for record in history:
            past.append({**record, "epoch": len(past) + 1})
        self.network_, self.history_, self._units_, self._progress = units.outside(network), past, units, progress
        self.t_ = seen + len(part.targets)
        self._note()
        return self

    def _part(self, X: Any, y: Any, sample_weight: Any, known: Known, *, reset: bool | None = None) -> Part:
        """Rows to train on, checked; those of weight 0 are left out."""
        reset = known == "nothing" if reset is None else reset
        names = column_names(y)
        X, y = validate_data(
            self, X, y, reset=reset, accept_sparse="csr", dtype=(np.float64, np.float32), order="C", multi_output=True
        )
        if is_sparse(X) and X.shape[0] * X.shape[1] <= _SMALL:
            X = X.toarray()
        targets = self._encoded(y.toarray() if is_sparse(y) else np.asarray(y), known)
        if reset:
            self.target_names_ = None if names is None else np.array(names, dtype=object)
        elif self.target_names_ is not None and names is not None and len(names) > 1:
            before = self.target_names_.tolist()
            if names != before:
                raise UsageError(f"y has the columns {names}, and had {before} before", instead=f"Write y[{before}]")
        given = row_weights(targets, self._last()[1], sample_weight, None)
        weights = self._weighed(targets, given)
        part = Part(X, targets, weights)
        if weights is None or weights.all():
            return part
        if not weights.any():
            raise DataError("All rows have a weight of zero", instead="Give some of them a weight above 0")
        return part.rows(np.flatnonzero(weights))

    def _units(self, part: Part) -> Units:
        scaled = flag(self.standardize, "standardize")
        return Units.of(part, inputs=scaled, targets=scaled and self._free_units())

    def _fresh(self, part: Part, seed: int) -> Network:
        """A network for these rows, with its first weights."""
        layers = hidden_layers(self.hidden_layer_sizes, self.activation, self.init, self.dropout, self.batch_norm)
        dtype = part.X.dtype.name if self.dtype == "auto" else self.dtype
        last = dense(part.targets.shape[1], self._last()[0], self.init)
        return Network([*layers, last], seed=seed, dtype=dtype).build(part.X.shape[1])

    def _note(self) -> None:
        """What is known by the names of scikit-learn's networks."""
        history, metric = self.history_, watched(self.early_stopping)
        self.n_iter_ = len(history)
        self.n_layers_ = 1 + len(self.coefs_)
        self.n_outputs_ = self.coefs_[-1].shape[1]
        self.out_activation_ = activation_name(self.network_.output_activation)
        self.loss_curve_ = _column(history, "loss") or []
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.best_loss_ = None if metric else _best(self.loss_curve_, min)
        self.validation_loss_curve_ = _column(history, "val_loss")
        scores = _column(history, f"val_{metric}") if metric and metric != "loss" else None
        self.validation_scores_ = scores
        first = max if metric and higher_is_better(metric) else min
        self.best_validation_score_ = _best(scores, first) if scores else None

    # What was learned ------------------------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[Array]:
        """Weights of the dense layers, of shape (inputs, units), for columns as the user has them."""
        return [p["W"] for p in self.network_.params if "W" in p]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases of the dense layers, of shape (units,)."""
        return [p["b"] for p in self.network_.params if "W" in p]

    def _outputs(self, X: Any, network: Network | None = None) -> Array:
        """Outputs of the network, (n, k), or of another one for the same rows."""
        rows = self._rows(X)
        return as_wide((network or self.network_)(rows), rows)

    def _rows(self, X: Any) -> Any:
        """Rows to go through the network, checked."""
        check_is_fitted(self)
        return validate_data(self, X, reset=False, accept_sparse="csr", dtype=(np.float64, np.float32), order="C")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _column(history: History, name: str) -> list[float] | None:
    """A column of the history as a list; None if there is none."""
    return history[name].tolist() if name in history else None


def _best(values: list[float], first: Callable[..., float]) -> float:
    """The first of the numbers among the values."""
    return first((value for value in values if not math.isnan(value)), default=math.nan)


def _seed(random: Any) -> int:
    return int(random.randint(2**31 - 1))
