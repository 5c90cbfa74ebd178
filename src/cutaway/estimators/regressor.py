"""A regressor for scikit-learn: one number or several for each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from cutaway.errors import DataError, UsageError
from cutaway.estimators.base import Array, Floats, Known, NetworkEstimator, steps_by_gradients
from cutaway.nn.losses import LOSSES, Loss, find_loss

_SCALABLE = (LOSSES["mean_squared_error"], LOSSES["mean_absolute_error"])
"""Losses whose minimum stays where it is when targets and outputs change their unit."""


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network that predicts numbers, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of each hidden layer; ``()`` for none.
    activation : str or callable, or one for each hidden layer
        Names from ``cutaway.nn.ACTIVATIONS``, or NumPy functions of your own.
    loss : str, Loss or callable
        "auto" is the mean squared error; others are ``"mean_absolute_error"``, ``"poisson"`` for counts,
        ``cutaway.nn.huber(delta)``, or a function ``fn(targets, outputs)`` of your own.
    out_activation : str or callable
        Of the last layer; "auto" is "softplus" for counts and "identity" else.
    optimizer : str or Optimizer
        ``"adam"``, or for instance ``cutaway.SGD(0.1, momentum=0.9)``; or ``"lbfgs"``, which takes few, long steps,
        each on all rows, and is often the best for small data. It has no learning rate and no ``partial_fit``.
    learning_rate : float or Schedule, optional
        In place of the optimizer's own.
    schedule : str or Schedule
        ``"constant"``, ``"cosine"``, ``"one-cycle"``, or a schedule with its learning rate, such as
        ``cutaway.Step(0.01, every=50)``.
    init : str, float or callable
        First weights; names are those of ``cutaway.nn.INITIALIZERS``.
    weight_decay : float or "auto"
        L2 penalty. With "auto" 0.001 for an optimizer given by name, and the optimizer's own otherwise.
    dropout : float, or one for each hidden layer
        Share of the hidden units that is dropped in each step.
    batch_norm : bool
        Whether to normalise batches before each hidden activation.
    standardize : bool
        Whether to train on columns of mean 0 and deviation 1, targets too where squared or absolute errors are
        minimised. What is learned is put back into your units: ``network_``, ``coefs_`` and ``intercepts_`` take
        columns as you have them. Columns of a large sparse matrix keep their zeros and are divided by their largest
        absolute value.
    batch_size : int or "auto"
        Rows for each update. With "auto" a sixteenth of the rows, within 32 and 200; large sparse matrices, of more
        than 2**24 numbers, go through the network all at once.
    max_iter : int
        Epochs: how often all rows are seen.
    max_fun : int, optional
        For "lbfgs" alone: how often the loss may be evaluated; None for 20 times in each of ``max_iter`` iterations.
    shuffle : bool
        Whether batches are drawn anew in each epoch.
    early_stopping : bool or str
        Whether to hold rows out, stop when what is measured on them no longer improves, and keep the weights of the
        best epoch. True and "loss" measure the loss; otherwise the name of a metric, such as ``"r2"``.
    validation_fraction : float
        Share of the rows that is held out for it; `fit` also takes ``X_val`` and ``y_val``.
    tol : float, optional
        What counts as an improvement, of the held-out metric, or without early stopping of the training loss. None:
        without early stopping train for all of ``max_iter``.
    n_iter_no_change : int
        After how many epochs without improvement training ends; ``numpy.inf`` for never.
    n_init : int
        Number of starts, of which the best is kept: by what stops the training early, or else by the loss at the end.
    warm_start : bool
        Whether `fit` goes on from the weights of the last call.
    random_state : int, RandomState or None
        Of first weights, held-out rows, shuffling and dropout. The same number gives the same bits.
    callbacks : Callback or callable, or several, optional
        Listeners to the record of each epoch; returning True ends the training.
    dtype : {"auto", "float32", "float64"}
        Of weights and computation; "auto" is float32 for ``X`` of float32, else float64.
    engine : {"auto", "numpy", "native"}
        How it is computed.
    verbose : bool
        Whether to print the record of each epoch.

    Attributes
    ----------
    network_ : cutaway.Network
        What was learned, as a network for columns as you have them: ``network_.save(path)``, ``network_.summary()``.
    history_ : cutaway.History
        The record of each epoch.
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of the dense layers.
    loss_curve_, validation_loss_curve_, validation_scores_ : list of float
        By epoch: the loss in training, that of held-out rows, and their metric; None if not measured. The epoch in
        which a training diverged has nan in all of them. Losses are those of targets in units of their deviation, if
        those are standardised.
    best_loss_, best_validation_score_ : float
        The best of them; None if not measured.
    loss_, n_iter_, t_ : float, int, int
        The last training loss; epochs; rows seen.
    n_layers_, n_outputs_, out_activation_ : int, int, str
        Layers with that of the inputs; units and activation of the last one.
    n_features_in_, feature_names_in_ : int, ndarray
        Of ``X``; names if it was a data frame.
    target_names_ : ndarray or None
        Of the columns of ``y``, if it was a data frame or a series with a name.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = NetworkRegressor(hidden_layer_sizes=16, early_stopping=True, random_state=0).fit(X, y)
    >>> model.predict(X[:2]).shape
    (2,)
    >>> model.score(X, y) > 0.3
    True
    """

    out_activation: Any = "auto"

    @available_if(steps_by_gradients)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows, from where the last call left off; the arguments are those of `fit`."""
        return self._partial_fit(X, y, sample_weight, "some" if hasattr(self, "network_") else "nothing")

    def predict(self, X: Any) -> Array:
        """Numbers, shape (n_samples,) or (n_samples, n_outputs), as ``y`` was.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat else outputs

    def _encoded(self, y: Array, known: Known) -> Floats:
        try:
            targets = y.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError("y must be numbers", received=f"dtype {y.dtype}") from error
        if known == "nothing":
            self._flat = targets.ndim == 1
        targets = targets.reshape(len(targets), -1)
        if known != "nothing" and targets.shape[1] != self.n_outputs_:
            raise UsageError(f"y has {targets.shape[1]} columns, and had {self.n_outputs_} before")
        return targets

    def _weighed(self, targets: Floats, weights: Floats | None) -> Floats | None:
        return weights

    def _last(self) -> tuple[Any, Loss]:
        auto = isinstance(self.loss, str) and self.loss == "auto"
        loss = find_loss("mean_squared_error" if auto else self.loss)
        if isinstance(self.out_activation, str) and self.out_activation == "auto":
            return "softplus" if loss.reads == "rates" else "identity", loss
        return self.out_activation, loss

    def _groups(self, targets: Floats) -> Array | None:
        return None

    def _metrics(self) -> tuple[str, ...]:
        return "r2", "mean_squared_error", "root_mean_squared_error", "mean_absolute_error"

    def _free_units(self) -> bool:
        activation, loss = self._last()
        return isinstance(activation, str) and activation == "identity" and loss in _SCALABLE

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
