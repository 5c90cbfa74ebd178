"""Labels of any kind as targets of a network: rows of 0 and 1, one column for each class, or one for two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from cutaway.errors import UsageError
from cutaway.nn.losses import Task, one_hot

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Labels:
    """The classes of a problem.

    Parameters
    ----------
    classes : ndarray, shape (k,)
        Each label once, sorted; of several labels the numbers of the columns.
    several : bool
        Whether each row has several labels, 0 or 1 each, in place of one class.
    """

    classes: Array
    several: bool

    @classmethod
    def of(cls, y: Array) -> Self:
        """Those that occur in ``y``."""
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise UsageError(
                "y may have one class for each row, or several labels that are 0 or 1",
                received=f"multiclass-multioutput targets of shape {y.shape}",
                instead="Train one classifier for each column: sklearn.multioutput.MultiOutputClassifier",
            )
        if kind == "multilabel-indicator":
            return cls(np.arange(y.shape[1]), True)
        return cls(np.unique(column_or_1d(y, warn=True)), False)

    @property
    def task(self) -> Task:
        """What a network decides: yes or no, for one or several outputs, or one of more than two classes."""
        return "multiclass" if len(self.classes) > 2 and not self.several else "binary"

    def same(self, other: Labels) -> bool:
        """Whether the two are the same classes."""
        return self.several == other.several and np.array_equal(self.classes, other.classes)

    def targets(self, y: Array) -> Floats:
        """Targets (n, k), or (n, 1) for two classes.

        Raises
        ------
        UsageError
            If ``y`` has labels that are not among the classes.
        """
        found = type(self).of(y)
        strange = np.setdiff1d(found.classes, self.classes)
        if strange.size or found.several != self.several or (self.several and not self.same(found)):
            raise UsageError(
                "y has labels that are not among the classes",
                received=f"{found.classes}, where the classes are {self.classes}",
            )
        if self.several:
            return np.asarray(y, np.float64)
        codes = np.searchsorted(self.classes, y.ravel())
        if self.task == "binary":
            return np.asarray(codes == 1, np.float64).reshape(-1, 1)
        return np.asarray(one_hot(codes, len(self.classes)), np.float64)

    def codes(self, targets: Floats) -> NDArray[np.int64]:
        """The places of the rows' labels among the classes."""
        return (targets.argmax(axis=1) if self.task == "multiclass" else targets[:, 0]).astype(np.int64)

    def weights(self, class_weight: Any, targets: Floats, weights: Floats | None) -> Floats:
        """The weights of rows with those of their classes."""
        if self.several:
            of_rows = compute_sample_weight(class_weight, targets.astype(np.int64))
        else:
            codes, k = self.codes(targets), len(self.classes)
            if isinstance(class_weight, str) and class_weight == "balanced":
                totals = np.bincount(codes, weights, minlength=k)
                of_classes = totals.sum() / (np.count_nonzero(totals) * np.where(totals > 0, totals, 1))
            else:
                of_classes = compute_class_weight(class_weight, classes=self.classes, y=self.classes[codes])
            of_rows = of_classes[codes]
        return np.asarray(of_rows if weights is None else weights * of_rows, np.float64)
