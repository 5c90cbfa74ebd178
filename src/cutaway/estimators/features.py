"""A trained network as a transformer: its hidden layers turn columns into features, which its last layer reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from cutaway.nn.network import Network
from cutaway.nn.sparse import is_sparse

Array = NDArray[Any]


class LearnedFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ABC):  # type: ignore[misc]  # has no types
    """What makes an estimator a step of a pipeline that others follow."""

    network_: Network
    dtype: str

    @abstractmethod
    def _rows(self, X: Any) -> Any:
        """Rows to go through the network, checked."""

    def transform(self, X: Any) -> Any:
        """What the last layer gets: the activations of the last hidden layer, as features that were learned.

        Without hidden layers those are the columns of ``X``. ``set_output(transform="pandas")`` gives data frames, with
        the index of ``X`` and the names of ``get_feature_names_out()``.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix, shape (n_samples, n_features)

        Returns
        -------
        ndarray or data frame, shape (n_samples, n_units)
        """
        rows = self._rows(X)
        if len(self.network_.layers) > 1:
            return as_wide(self.network_.hidden(rows), rows)
        return rows.toarray() if is_sparse(rows) else rows

    @property
    def _n_features_out(self) -> int:
        """How many there are; scikit-learn asks by this name."""
        return len(self.network_.params[-1]["W"])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64"] if self.dtype == "float64" else ["float64", "float32"]
        return tags


def as_wide(values: Array, rows: Any) -> Array:
    """Values of a network, in a dtype that has as many digits as the rows."""
    return values.astype(np.result_type(values, rows.dtype), copy=False)


def column_names(y: Any) -> list[str] | None:
    """Names of the columns of a data frame, or of a series; None if it is neither, or not all of them have one."""
    found: list[Any] = list(y.columns) if hasattr(y, "columns") else [getattr(y, "name", None)]
    return found if found and all(isinstance(name, str) and name for name in found) else None
