"""Which rows count in a run, and what goes through the network with them.

Usually a batch goes through, and every row of it counts. On a graph all nodes go through at every step, whichever
count; sparse samples stay in one matrix. There the matrix is a constant of the step, and a batch is the places of its
rows in the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import UsageError
from cutaway.nn.rows import Places, as_places
from cutaway.nn.sparse import is_sparse

if TYPE_CHECKING:
    from cutaway.nn.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """The rows of one part of the data, for training or validation.

    Parameters
    ----------
    batch : ndarray
        The samples; or, beside ``fixed``, their places in it.
    fixed : ndarray or sparse matrix, optional
        What goes through the network at every step.
    """

    batch: Array
    fixed: Any = None

    @classmethod
    def of(cls, network: Network, X: Any, places: Places | None) -> Part:
        """The rows of ``X`` at these places, all if None."""
        everything = np.arange(X.shape[0])
        places = everything if places is None else places
        if not network.rowwise:
            return cls(places, X)
        part = X if np.array_equal(places, everything) else X[places]
        return cls(np.arange(len(places)), part) if is_sparse(part) else cls(part)


def chosen_rows(n: int, rows: Any, validation: Any) -> tuple[Places | None, Places | None]:
    """The places of the rows to train on (None for all) and to hold out (None unless ``validation`` names rows)."""
    kept = None if rows is None else as_places(rows, n, "rows")
    if is_pair(validation) or np.ndim(validation) != 1:
        return kept, None
    held = as_places(validation, n, "validation")
    if kept is None:
        kept = np.setdiff1d(np.arange(n), held)
        if not kept.size:
            raise UsageError("validation names all rows, and leaves none to train on", received=f"{n} rows")
    both = np.intersect1d(kept, held)
    if both.size:
        raise UsageError(
            "A row cannot be trained on and held out",
            received=f"{both.size} rows that are in rows and in validation, such as row {both[0]}",
            instead="Leave them out of one of the two",
        )
    return kept, held


def is_pair(validation: Any) -> bool:
    """Whether ``validation`` is meant as samples with their targets, ``(X, y)``."""
    return isinstance(validation, (tuple, list))
