"""Files: where they are kept, written atomically, read with care; arrays with a description in one safetensors file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import CutawayError, DataError, DataMissingError, DtypeError, UsageError

Array: TypeAlias = NDArray[Any]
_KINDS = {
    "bool",
    "float16",
    "float32",
    "float64",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
}


def cache_folder() -> Path:
    """The folder for what can be downloaded again: the one that this system's users expect."""
    home = Path.home()
    system = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    standard = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return (Path(standard) if standard else system.get(sys.platform, home / ".cache")) / "cutaway"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder to write to; at the end it becomes ``path``, all at once.

    Whoever reads ``path`` meanwhile, or after a crash, finds the old file or the new one, never a part. Folders that
    are missing are made. If the body raises, the old file stays.

    Raises
    ------
    UsageError
        If the file cannot be written there.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem[:60]}-{uuid4().hex[:12]}.tmp{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if isinstance(error, CutawayError):
            raise
        raise UsageError(
            f"{path} cannot be written",
            received=_why(path, error),
            instead="Name a file in a folder that you may write to",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_arrays(path: str | Path, arrays: Mapping[str, Array], meta: Mapping[str, Any], format: str) -> None:
    """Write arrays and JSON-able values to one safetensors file, atomically.

    Parameters
    ----------
    path : str or Path
        The file. An older one is replaced.
    arrays : dict of ndarray
        Arrays of any shape, 0-d included, of Booleans, integers or floats; they come back exactly.
    meta : dict
        Anything that JSON can hold.
    format : str
        What the file is, and in which version; :func:`read_arrays` asks for it.

    Raises
    ------
    DtypeError
        If an array is of another dtype, such as objects or strings.
    UsageError
        If ``meta`` holds something that JSON cannot, or the file cannot be written.
    """
    from safetensors.numpy import save

    unsure: Mapping[str, Any] = arrays
    for name, array in unsure.items():
        if not isinstance(array, np.ndarray | np.generic) or array.dtype.name not in _KINDS:
            dtype = f"dtype {array.dtype.name}" if isinstance(array, np.ndarray) else type(array).__name__
            raise DtypeError(
                f"the array {name!r} is no array of numbers",
                received=dtype,
                instead="Put what is not an array of Booleans, integers or floats into meta",
            )
    if "__metadata__" in arrays:
        raise UsageError("an array cannot have the name '__metadata__'", instead="Choose another name")
    try:
        text = json.dumps(dict(meta))
    except (TypeError, ValueError) as error:
        raise UsageError(
            "the description does not fit into JSON",
            received=str(error),
            instead="Use numbers, strings, lists and dictionaries of Python; put arrays into arrays",
        ) from error
    # safetensors reads memory from its start: views, Fortran order and foreign byte orders must be laid out first
    plain = {k: np.require(a, a.dtype.newbyteorder("="), "C") for k, a in arrays.items()}
    data = save(plain, metadata={"format": format, "meta": text})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_arrays(path: str | Path, format: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays and the JSON values of a file that :func:`write_arrays` wrote.

    Raises
    ------
    DataMissingError
        If there is no such file.
    DataError
        If the file is incomplete, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise DataMissingError(
            f"The {_kind(format)} is not there",
            received=str(path) + (" (a folder)" if path.is_dir() else ""),
            instead=f"Name a file that cutaway wrote as a {_kind(format)}",
        )
    try:
        with safe_open(str(path), framework="np") as file:
            about = file.metadata() or {}
            if about.get("format") != format:
                found = about.get("format", "a safetensors file without cutaway's mark")
                raise DataError(
                    f"{path} is no {_kind(format)} that this cutaway can read",
                    received=repr(found),
                    instead=f"Name a file marked {format!r}",
                )
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            return arrays, dict(json.loads(about["meta"]))
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path} is incomplete or no {_kind(format)}",
            received=f"{path.stat().st_size} bytes ({error})",
            instead="Use an earlier file, or train again",
        ) from error


def _why(path: Path, error: OSError) -> str:
    """What stands in the way of writing a file, in words."""
    if path.parent.is_file():
        return "a file where its folder should be"
    return error.strerror or type(error).__name__


def _kind(format: str) -> str:
    """``"cutaway network 1"`` is about a network."""
    return format.split()[1]
