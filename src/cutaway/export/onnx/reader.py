"""Read what an ONNX file holds as NumPy arrays and Python values, and nothing outside of the file's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cutaway.errors import DataError, DataMissingError, MissingPackageError

_KINDS = {
    "bool",
    "double",
    "float",
    "float16",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
}
"""The dtypes that NumPy has too, by their names in ONNX."""


def onnx_package() -> Any:
    """The package onnx."""
    try:
        import onnx
    except ImportError as error:
        raise MissingPackageError("ONNX files need the package onnx", instead="pip install onnx") from error
    return onnx


def read_model(path: str | Path) -> Any:
    """The model in a file, whose arrays may lie in further files beside it."""
    onnx, path = onnx_package(), Path(path)
    if not path.is_file():
        raise DataMissingError(
            "The ONNX file is not there", received=str(path) + (" (a folder)" if path.is_dir() else "")
        )
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except Exception as error:  # protobuf's own, of a package without types
        raise DataError(f"{path} is no ONNX file, or not all of it", received=f"{path.stat().st_size} bytes") from error
    if not model.HasField("graph"):
        raise DataError(f"{path} holds no ONNX graph", received=f"{path.stat().st_size} bytes")
    return model


def to_dtype(code: int, what: str) -> np.dtype[Any]:
    """The NumPy dtype of an ONNX one; DataError for those that NumPy lacks."""
    from onnx import TensorProto, helper

    name = TensorProto.DataType.Name(code) if code in TensorProto.DataType.values() else f"number {code}"
    dtype: Any = None
    if name.lower() in _KINDS:
        dtype = helper.tensor_dtype_to_np_dtype(code)
    if dtype is None:
        raise DataError(f"{what} has a dtype that NumPy lacks", received=name.lower())
    result: np.dtype[Any] = np.dtype(dtype)
    return result


def to_array(tensor: Any, folder: Path | None) -> Any:
    """The array of a tensor; ``folder`` is that of the model, or None if there is none to read further files from."""
    from onnx import TensorProto, numpy_helper

    name = f"The array {tensor.name!r}" if tensor.name else "An array"
    to_dtype(tensor.data_type, name)
    if tensor.data_location == TensorProto.EXTERNAL:
        raw = _external(tensor, name, folder)
        copy = TensorProto()
        copy.CopyFrom(tensor)
        copy.ClearField("external_data")
        copy.data_location, copy.raw_data = TensorProto.DEFAULT, raw
        tensor = copy
    try:
        return np.array(numpy_helper.to_array(tensor))
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{name} does not have as many entries as its shape says", received=str(list(tensor.dims))
        ) from error


def _external(tensor: Any, name: str, folder: Path | None) -> bytes:
    """The bytes that lie in another file: one in the folder of the model, or below it, wherever links lead."""
    about = {entry.key: entry.value for entry in tensor.external_data}
    location = about.get("location", "")
    if folder is None:
        raise DataError(f"{name} lies in another file, and there is no folder to read it from", received=location)
    root = folder.resolve()
    path = (root / location).resolve()
    if not location or not path.is_relative_to(root) or Path(location).is_absolute():
        raise DataError(
            f"{name} lies outside of the folder of the model, where nothing is read",
            received=location,
            instead="Put the file beside the model",
        )
    if not path.is_file():
        raise DataMissingError(f"{name} lies in a file that is not there", received=str(path))
    try:
        start, length = int(about.get("offset", 0)), int(about.get("length", -1))
    except ValueError as error:
        raise DataError(f"{name} names no place in its file", received=str(about)) from error
    size = path.stat().st_size
    length = size - start if length < 0 else length
    if start < 0 or start + length > size:
        raise DataError(f"{name} lies beyond the end of its file", received=f"{start} + {length} of {size} bytes")
    with path.open("rb") as file:
        file.seek(start)
        return bytes(file.read(length))


def attributes(node: Any, folder: Path | None, what: str) -> dict[str, Any]:
    """The attributes of a node as Python values; dtypes are NumPy's, graphs are left out."""
    from onnx import AttributeProto, helper

    found: dict[str, Any] = {}
    for a in node.attribute:
        if a.ref_attr_name:
            continue  # of a function; filled in where it is called
        if a.type == AttributeProto.TENSOR:
            found[a.name] = to_array(a.t, folder)
        elif a.type == AttributeProto.GRAPH:
            continue  # nodes of their own, for the caller
        elif a.type in (AttributeProto.INT, AttributeProto.FLOAT):
            found[a.name] = helper.get_attribute_value(a)
        elif a.type == AttributeProto.STRING:
            found[a.name] = a.s.decode(errors="replace")
        elif a.type in (AttributeProto.INTS, AttributeProto.FLOATS):
            found[a.name] = tuple(helper.get_attribute_value(a))
        elif a.type == AttributeProto.STRINGS:
            found[a.name] = tuple(s.decode(errors="replace") for s in a.strings)
        else:
            raise DataError(f"{what} has an attribute {a.name!r} of a kind that is not supported")
    for name in ("to", "dtype", "output_dtype", "precision"):
        if isinstance(found.get(name), int) and (found[name] or name in ("to", "dtype")):
            found[name] = to_dtype(found[name], what)
    return found
