"""Read a table from an NPZ archive: a matrix ``X`` beside a target, or one array for each column."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.data.checks import listed, nearest
from cutaway.data.raw import RawColumn, RawTable
from cutaway.errors import DataError, ShapeError, UsageError

MATRIX = "X"
# What NumPy lets through from a file that is damaged, encrypted or no archive.
UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path, target: str | None, ignore: frozenset[str] = frozenset()) -> RawTable:
    """Return the columns of an archive.

    When it has an array ``X`` (and the target is another) the columns are those of X, named ``x0``, ``x1``, ...;
    pictures ``(n, height, width)`` become one row each. Otherwise every array is a column, a matrix several. The
    target is among the columns if the archive has it. Nothing is unpickled.

    Raises
    ------
    DataError
        When the file is no such archive, or an array holds Python objects or another dtype that is no number or text.
    ShapeError
        When the arrays have different numbers of rows.
    """
    arrays = _arrays(path, target, ignore)
    if len({len(array) for array in arrays.values()}) > 1:
        raise ShapeError(
            f"The arrays of {path.name!r} have different numbers of rows",
            received=listed(f"{key} {array.shape}" for key, array in arrays.items()),
            instead="Save arrays of the same samples in one file",
        )
    matrix = MATRIX in arrays and target != MATRIX
    image_shape = None
    if matrix and arrays[MATRIX].ndim == 3:
        n, height, width = arrays[MATRIX].shape
        image_shape = (height, width)
        arrays[MATRIX] = arrays[MATRIX].reshape(n, height * width)
    columns: dict[str, RawColumn] = {}
    for key, array in arrays.items():
        _check_shape(path, key, array, is_target=key == target)
        names = [key] if array.size == len(array) else [f"{key}[{j}]" for j in range(array.shape[1])]
        if matrix and key == MATRIX:
            names = [f"x{j}" for j in range(array.size // len(array))]
        for name, cells in zip(names, array.reshape(len(array), -1).T, strict=True):
            if name in columns:
                raise DataError(f"Two columns of {path.name!r} would have the same name", received=repr(name))
            columns[name] = RawColumn(name, _cells(path, key, cells))
    return RawTable(path, columns, image_shape=image_shape, matrix=matrix)


def _check_shape(path: Path, key: str, array: NDArray[Any], *, is_target: bool) -> None:
    if array.size == 0:
        raise DataError(f"Array {key!r} of {path.name!r} has no rows or no columns", received=f"{array.shape}")
    if is_target and array.size != len(array):
        raise ShapeError(
            f"The target {key!r} of {path.name!r} must be a vector",
            received=f"{array.shape}",
            instead=f"If its columns stand for classes, save {key}.argmax(axis=1)",
        )
    if array.ndim > 2:
        raise ShapeError(
            f"Array {key!r} of {path.name!r} is no column and no matrix",
            received=f"{array.shape}",
            instead="Rows are samples: save it as (n_samples, n_features)",
        )


def _arrays(path: Path, target: str | None, ignore: frozenset[str]) -> dict[str, NDArray[Any]]:
    """Read those arrays that are needed, so that an unusable one beside them does no harm."""
    advice = "Save it with np.savez(path, X=X, y=y)"
    with path.open("rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
        except UNREADABLE as error:
            raise DataError(f"{path.name!r} is not an NPZ archive of arrays", instead=advice) from error
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError(f"{path.name!r} holds one array without a name", instead=advice)
        for name in ignore.difference(archive.files):
            raise UsageError(
                f"{path.name!r} has no array of this name to ignore",
                received=repr(name),
                instead=f"{nearest(name, archive.files)}Its arrays are: {listed(archive.files)}",
            )
        keys = [key for key in archive.files if key not in ignore]
        if MATRIX in keys and target != MATRIX:
            keys = [MATRIX, *(key for key in keys if key == target)]
        if not keys:
            raise DataError(f"{path.name!r} has no arrays", instead=advice)
        arrays = {key: _array(path, archive, key) for key in keys}
    for key, array in arrays.items():
        if array.ndim == 0:
            raise ShapeError(f"Array {key!r} of {path.name!r} is a single value", instead="Save one value for each row")
    return arrays


def _array(path: Path, archive: Any, key: str) -> NDArray[Any]:
    try:
        array = archive[key]
    except UNREADABLE as error:
        if "object" not in str(error).lower():
            raise DataError(f"Array {key!r} of {path.name!r} cannot be read", received=str(error)) from error
        raise DataError(
            f"Array {key!r} of {path.name!r} holds Python objects, which could run code when loaded",
            received="dtype object",
            instead=f"Save numbers or texts, for example {key}.astype(float) or {key}.astype(str)",
        ) from error
    kind = f"dtype {array.dtype}" if isinstance(array, np.ndarray) else "a file of another kind"
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buifUS":
        raise DataError(
            f"Array {key!r} of {path.name!r} holds neither numbers nor texts",
            received=kind,
            instead="Save real numbers or texts",
        )
    return array


def _cells(path: Path, key: str, cells: NDArray[Any]) -> Any:
    if cells.dtype.kind == "S":
        try:
            cells = np.char.decode(cells, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"Array {key!r} of {path.name!r} holds bytes that are not UTF-8 text") from error
    if cells.dtype.kind == "U":
        return [cell.strip() for cell in cells.tolist()]
    return np.ascontiguousarray(cells, dtype=np.float64)
