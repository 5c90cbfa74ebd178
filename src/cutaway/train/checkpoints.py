"""Checkpoints: the state of a training run in one file, from which it continues to the same bits.

The arrays lie in a safetensors file as they are; what is not an array goes beside them as JSON: the epoch, the
settings, the history. Nothing in the file is code, so a foreign one is
safe to open.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from cutaway.files import read_arrays, write_arrays

Array: TypeAlias = NDArray[Any]
FORMAT = "cutaway checkpoint 1"


def write_checkpoint(path: str | Path, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
    """Write arrays and JSON-able values to one file, atomically.

    Parameters
    ----------
    path : str or Path
        The file, by custom with the suffix ``.safetensors``. An older one is replaced.
    arrays : dict of ndarray
        Arrays of any shape, 0-d included, of Booleans, integers or floats; they come back exactly.
    meta : dict
        Anything that JSON can hold: integers of any size, strings, lists, dictionaries. Tuples come back as lists.

    Raises
    ------
    DtypeError
        If an array is of another dtype, such as objects or strings.
    UsageError
        If ``meta`` holds something that JSON cannot, or the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), "run.safetensors")
    >>> write_checkpoint(path, {"W": np.eye(2)}, {"epoch": 7})
    >>> arrays, meta = read_checkpoint(path)
    >>> arrays["W"].shape, meta["epoch"]
    ((2, 2), 7)
    """
    write_arrays(path, arrays, meta, FORMAT)


def read_checkpoint(path: str | Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays and the meta values of a file that `write_checkpoint` wrote.

    Raises
    ------
    DataMissingError
        If there is no such file.
    DataError
        If the file is incomplete, or is no checkpoint.
    """
    return read_arrays(path, FORMAT)
