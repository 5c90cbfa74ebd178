"""A classifier for scikit-learn: labels of any kind become the targets of a network, and its outputs labels again."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from cutaway.errors import UsageError
from cutaway.estimators.base import Array, Floats, Known, NetworkEstimator, steps_by_gradients
from cutaway.estimators.labels import Labels
from cutaway.nn.losses import LOSSES, Loss, find_loss
from cutaway.ops import special


def _of_all_labels(targets: Array, probabilities: Array) -> Any:
    """Minus the logarithm of the probability of a row of labels; as logits it is exact, see `cutaway.simplify`."""
    return -np.sum(targets * np.log(probabilities) + (1 - targets) * np.log(1 - probabilities), axis=-1)


_LOG_LOSS = Loss("log_loss", _of_all_labels, "binary", "probabilities")


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network that classifies, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of each hidden layer; ``()`` for none.
    activation : str or callable, or one for each hidden layer
        Names from ``cutaway.nn.ACTIVATIONS``, or NumPy functions of your own.
    loss : str, Loss or callable
        "auto" is the cross-entropy; of several labels it is the mean of theirs, and with "log_loss" their sum, as in
        scikit-learn. A function of your own gets targets as rows of 0 and 1, and probabilities.
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
        Whether to train on columns of mean 0 and deviation 1. What is learned is put
        back into your units: ``network_``, ``coefs_`` and ``intercepts_`` take columns as you have them. Columns of a
        large sparse matrix keep their zeros and are divided by their largest absolute value.
    batch_size : int or "auto"
        Rows for each update. With "auto" a sixteenth of the rows, within 32 and 200; large sparse matrices, of more
        than 2**24 numbers, go through the network all at once.
    max_iter : int
        Epochs: how often all rows are seen.
    max_fun : int, optional
        For "lbfgs" alone: how often the loss may be evaluated; None for 20 times in each of ``max_iter`` iterations.
    shuffle : bool
        Whether batches are drawn anew in each epoch.
    class_weight : dict, "balanced" or None
        Weight of each class, by label; "balanced" gives all classes the same total. It multiplies ``sample_weight``.
    early_stopping : bool or str
        Whether to hold rows out, stop when what is measured on them no longer improves, and keep the weights of the
        best epoch. True and "loss" measure the loss; otherwise the name of a metric, such as ``"accuracy"``.
    validation_fraction : float
        Share of the rows that is held out for it, of each class alike; `fit` also takes ``X_val`` and ``y_val``.
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
    classes_ : ndarray
        The labels.
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of the dense layers.
    loss_curve_, validation_loss_curve_, validation_scores_ : list of float
        By epoch: the loss in training, that of held-out rows, and their metric; None if not measured. The epoch in
        which a training diverged has nan in all of them.
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
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NetworkClassifier(hidden_layer_sizes=16, early_stopping=True, random_state=0).fit(X, y)
    >>> model.predict_proba(X[:2]).shape
    (2, 3)
    >>> model.score(X, y) > 0.9
    True
    """

    class_weight: Any = None
    classes_: Array = field(init=False)
    _labels: Labels = field(init=False)

    @available_if(steps_by_gradients)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows, from where the last call left off.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array-like, optional
            All classes that there will be; the first call needs them.
        """
        if self.class_weight == "balanced":
            raise UsageError(
                'class_weight="balanced" needs all rows at once, and partial_fit sees some of them',
                instead="Give a dict, such as that of sklearn.utils.class_weight.compute_class_weight",
            )
        first = not hasattr(self, "network_")
        if classes is None and first:
            raise UsageError("The first call of partial_fit needs all classes", instead="Write classes=numpy.unique(y)")
        if classes is not None:
            several = type_of_target(y, input_name="y") == "multilabel-indicator"
            labels = Labels(np.unique(np.asarray(classes)), several)
            if not first and not labels.same(self._labels):
                raise UsageError(
                    "classes must be those of the first call",
                    received=f"{labels.classes}, which were {self.classes_} before",
                )
            self._labels, self.classes_ = labels, labels.classes
        return self._partial_fit(X, y, sample_weight, "some")

    def predict(self, X: Any) -> Array:
        """The most probable class of each row, (n_samples,); of several labels 0 or 1 each, (n_samples, n_labels).

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)
        """
        z = self._logits(X)
        if self._labels.several:
            return (z > 0).astype(np.int64)
        places = z.argmax(axis=1) if self._labels.task == "multiclass" else (z[:, 0] > 0) * (len(self.classes_) - 1)
        found: Array = self.classes_[places]
        return found

    def predict_proba(self, X: Any) -> Array:
        """Probabilities of the classes, shape (n_samples, n_classes); of several labels, that of each.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)
        """
        return self._probabilities(self._logits(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithms of what `predict_proba` gives, and exact ones where that is too small for a number.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)
        """
        z = self._logits(X)
        if len(self.classes_) == 1:
            return np.zeros_like(z)
        p = self._probabilities(z)
        if self._labels.task == "multiclass":
            z = z - z.max(axis=1, keepdims=True)
            exact = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        else:
            exact = -special.softplus(-self._both(z))
        least = np.finfo(p.dtype).tiny  # below it a number has fewer digits, or none
        logarithms: Array = np.where(p < least, exact, np.log(np.maximum(p, least)))
        return logarithms

    def decision_function(self, X: Any) -> Array:
        """What the last layer gives before its sigmoid or softmax.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)

        Returns
        -------
        ndarray
            Of shape (n_samples,) for two classes: above 0 means the second. Else (n_samples, n_classes).
        """
        z = self._logits(X)
        return z if self._labels.several or self._labels.task == "multiclass" else z[:, 0]

    def _logits(self, X: Any) -> Array:
        check_is_fitted(self)
        network = copy.copy(self.network_)
        *others, last = network.layers
        network.layers = (*others, replace(last, activation="identity"))  # type: ignore[type-var]  # a dataclass
        return self._outputs(X, network)

    def _probabilities(self, z: Array) -> Array:
        if len(self.classes_) == 1:
            return np.ones_like(z)
        p: Array = special.softmax(z, axis=1) if self._labels.task == "multiclass" else special.sigmoid(self._both(z))
        return p

    def _both(self, z: Array) -> Array:
        """Logits of both classes from that of the second; of several labels there is one each."""
        return z if self._labels.several else np.hstack([-z, z])

    # Labels and targets ----------------------------------------------------------------------------------------

    def _encoded(self, y: Array, known: Known) -> Floats:
        found = Labels.of(y)
        if known == "nothing":
            self._labels, self.classes_ = found, found.classes
        elif known == "all" and not found.same(self._labels):
            raise UsageError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {found.classes}"
            )
        return self._labels.targets(y)

    def _weighed(self, targets: Floats, weights: Floats | None) -> Floats | None:
        return weights if self.class_weight is None else self._labels.weights(self.class_weight, targets, weights)

    def _last(self) -> tuple[Any, Loss]:
        task = self._labels.task
        activation = "softmax" if task == "multiclass" else "sigmoid"
        if isinstance(self.loss, str) and self.loss in ("auto", "log_loss"):
            if self.loss == "log_loss" and self._labels.several:
                return activation, _LOG_LOSS
            return activation, LOSSES["categorical_cross_entropy" if task == "multiclass" else "binary_cross_entropy"]
        loss = find_loss(self.loss, activation=activation)
        if loss.task == "regression":
            return activation, replace(loss, task=task)
        if loss.task != task:
            raise UsageError(
                f"This loss does not suit y, which is {task}",
                received=repr(loss.name),
                instead='Write loss="auto"',
            )
        return activation, loss

    def _groups(self, targets: Floats) -> Array | None:
        return None if self._labels.several else self.classes_[self._labels.codes(targets)]

    def _metrics(self) -> tuple[str, ...]:
        return ("accuracy",) if self._labels.several else ("accuracy", "balanced_accuracy", "precision", "recall", "f1")

    def _free_units(self) -> bool:
        return False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
