"""MNIST and Fashion-MNIST, found wherever a program may have left them and recognised by their content.

The originals are four files in the IDX format. Whatever form they are found in, they are turned back into these bytes,
and the SHA-256 of the bytes decides.
"""

from __future__ import annotations

import gzip
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.data.dataset import Dataset
from cutaway.data.download import FILES, SUMS, folders, sha256
from cutaway.errors import DataMissingError

Pixels: TypeAlias = NDArray[np.uint8]
Parts: TypeAlias = dict[str, Pixels]
"""The content of each of the four files."""

_UNREADABLE = (OSError, EOFError, KeyError, ValueError, struct.error, zlib.error, zipfile.BadZipFile)
_KERAS = ("x_train", "y_train", "x_test", "y_test")  # in its archives; in the order of FILES


@dataclass(frozen=True)
class ImageSet:
    """What a data set of images is, and what others call it.

    ``torchvision`` is the name of its folder there, ``openml`` the number of the file there, which scikit-learn keeps.
    """

    description: str
    target_name: str
    class_names: tuple[str, ...]
    torchvision: str
    openml: str


IMAGES = {
    "mnist": ImageSet("handwritten digits, 28 x 28 pixels", "digit", tuple("0123456789"), "MNIST", "52667"),
    "fashion-mnist": ImageSet(
        "pieces of clothing, 28 x 28 pixels",
        "piece",
        ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
        "FashionMNIST",
        "18238735",
    ),
}


def load_images(name: str, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """Return one of `IMAGES`: pixels from 0 to 1 in float32, one image in each row, the official test part last.

    Parameters
    ----------
    name : str
        ``"mnist"`` or ``"fashion-mnist"``.
    data_dir : path, optional
        A folder to look in before all others.

    Raises
    ------
    DataMissingError
        When it is nowhere; the message lists where it was looked for, and says what to do.
    """
    about = IMAGES[name]
    parts, source = _find(name, data_dir)
    X_train, y_train, X_test, y_test = (parts[file] for file in FILES)
    height, width = X_train.shape[1:]
    X: Any = np.concatenate([X_train, X_test]).reshape(-1, height * width).astype(np.float32)
    X /= 255
    return Dataset(
        name=name,
        X=X,
        y=np.concatenate([y_train, y_test]),
        task="multiclass",
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(height) for column in range(width)),
        class_names=about.class_names,
        target_name=about.target_name,
        description=about.description,
        source=f"real data, from {source}",
        image_shape=(height, width),
        official_test=len(X_test),
    )


# Where it may be ---------------------------------------------------------------------------------------------------


def _find(name: str, data_dir: str | os.PathLike[str] | None) -> tuple[Parts, Path]:
    """The four parts, and the file or folder that they come from; or the one error that says where they are not."""
    looked: list[str] = []
    for place, read in _places(name, data_dir):
        if not place.exists():
            continue
        try:
            parts = read(place)
        except _UNREADABLE as error:
            looked.append(f"{place} (cannot be read: {str(error) or type(error).__name__})")
            continue
        other = [file for file in FILES if file in parts and sha256(as_idx(parts[file])) != SUMS[name][file]]
        missing = [file for file in FILES if file not in parts]
        if not other and not missing:
            return parts, place
        if parts:
            looked.append(f"{place} ({f'{missing[0]} is missing' if missing else f'{other[0]} has another content'})")
    roots = [str(root) for root in folders(data_dir)]
    raise DataMissingError(
        f"The data set {name!r} is not here. Looked in {', '.join([*roots, str(_scikit_learn())])}"
        + (f". Found, but not it: {'; '.join(looked)}" if looked else ""),
        instead=f"Write 'cutaway data get {name}', or cutaway.data.get({name!r}), to download it; or name a folder "
        f"that holds {name}.npz or {FILES[0]}.gz and its three companions, by data_dir= or in CUTAWAY_DATA",
    )


def _places(name: str, data_dir: str | os.PathLike[str] | None) -> Iterator[tuple[Path, Callable[[Path], Parts]]]:
    for root in folders(data_dir):
        for folder in (root / name, root, root / IMAGES[name].torchvision / "raw"):
            yield folder / f"{name}.npz", _read_archive
            yield folder, _read_folder
    for pattern in ("{}.gz", "{}/*.gz"):  # of older and newer versions
        for file in _scikit_learn().glob("openml/openml.org/data/v1/download/" + pattern.format(IMAGES[name].openml)):
            yield file, _read_arff


def _scikit_learn() -> Path:
    return Path(os.path.expanduser(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")))


# How it is read ----------------------------------------------------------------------------------------------------


def _read_folder(folder: Path) -> Parts:
    """IDX files, compressed or not, as they are called there or with a dot in the name."""
    parts: Parts = {}
    for name in FILES:
        spellings = [name + end for end in ("", ".gz")]
        spellings += [text.replace("-idx", ".idx") for text in spellings]
        found = next((folder / text for text in spellings if (folder / text).is_file()), None)
        if found is not None:
            content = found.read_bytes()
            parts[name] = from_idx(gzip.decompress(content) if found.suffix == ".gz" else content)
    return parts


def _read_archive(file: Path) -> Parts:
    with np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[key].astype(np.uint8, copy=False) for name, key in zip(FILES, _KERAS, strict=True)}


def _read_arff(file: Path) -> Parts:
    """OpenML's table: 784 pixels and the label in each line, the training part first."""
    header, _, rows = gzip.decompress(file.read_bytes()).lower().partition(b"@data")
    if not header or not rows:
        raise ValueError("no ARFF table")
    text = rows.replace(b"'", b"").replace(b'"', b"").strip().replace(b"\r", b"").replace(b"\n", b",").decode("ascii")
    table = np.fromstring(text, dtype=np.uint8, sep=",").reshape(-1, 28 * 28 + 1)
    images, labels, first = table[:, :-1].reshape(-1, 28, 28), table[:, -1], len(table) - len(table) // 7
    return dict(zip(FILES, (images[:first], labels[:first], images[first:], labels[first:]), strict=True))


def from_idx(content: bytes) -> Pixels:
    """The array of bytes that a file in the IDX format holds; ValueError if it is none.

    Source: Y. LeCun's page about MNIST. Two zeros, the type (8 for bytes), the number of axes, then their lengths.
    """
    zeros, kind, axes = struct.unpack_from(">HBB", content)
    if zeros or kind != 8:
        raise ValueError("no IDX file of bytes")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def as_idx(array: Pixels) -> bytes:
    """The file in the IDX format that holds an array of bytes."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
