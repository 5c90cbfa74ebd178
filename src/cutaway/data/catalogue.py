"""One door to all data: a name of the catalogue, or the path of a table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cutaway.data.checks import counted, listed
from cutaway.data.dataset import Dataset
from cutaway.data.encoding import Rows
from cutaway.data.generated import RECIPES, generate
from cutaway.data.graphs import GRAPHS, load_graph
from cutaway.data.images import IMAGES, load_images
from cutaway.data.packaged import PACKAGED, load_packaged
from cutaway.data.schema import Schema
from cutaway.data.tables import read_rows, read_table
from cutaway.errors import DataError, UsageError, one_of


def catalogue() -> dict[str, str]:
    """Return the names of the known data sets with one line about each: generated, real, and those to be downloaded.

    Examples
    --------
    >>> catalogue()["moons"]
    'two interleaved half circles'
    """
    generated = {name: recipe.description for name, recipe in RECIPES.items()}
    real = {name: about.description for name, about in PACKAGED.items()}
    return generated | real | {name: about.description for name, about in IMAGES.items()} | GRAPHS


def load(
    name_or_path: str | os.PathLike[str],
    *,
    target: str | None = None,
    n_samples: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    ignore: Sequence[str] = (),
    task: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Return a data set by its name in the catalogue, or from the path of a CSV or NPZ file.

    Parameters
    ----------
    name_or_path : str or path
        A name in `catalogue`, which comes before a file of that name (write ``./moons`` for the file), or a path.
    target : str, optional
        Tables only: the column to predict. An archive with arrays ``X`` and ``y`` does without.
    n_samples : int, optional
        Generated data only: the number of points.
    noise : float, optional
        Generated data only: the standard deviation of the noise added to the points; of the blobs, their own.
    seed : int
        Generated data only: of the random numbers.
    ignore : sequence of str
        Tables only: columns to leave out.
    task : {"classification", "regression"}, optional
        Tables only: what the target is, where whole numbers leave it open.
    data_dir : path, optional
        Data sets that are not part of cutaway only: a folder to look in first. Then come CUTAWAY_DATA, the cache folder
        and the places of other programs (torchvision, Keras, scikit-learn, Debian); nothing is downloaded.

    Raises
    ------
    UsageError
        When the name is not known, or an argument has a bad value or does not belong to this kind of data.
    DataMissingError
        When there is no such file, or a data set that is to be downloaded is nowhere.
    DataError
        When a table cannot be used; the message says which column and line.

    Examples
    --------
    >>> load("moons", n_samples=500, noise=0.2, seed=42)
    Dataset('moons': 500 samples x 2 features; binary target: 0 250, 1 250)
    >>> load("digits").image_shape
    (8, 8)
    """
    of_tables = {"target": target, "ignore": ignore or None, "task": task}
    of_generated = {"n_samples": n_samples, "noise": noise}
    of_images = {"data_dir": data_dir}
    if is_builtin(name_or_path):
        name = str(name_or_path)
        _refuse(of_tables, "a table in a file", name)
        if name in RECIPES:
            _refuse(of_images, "data that is to be downloaded", name)
            return generate(name, n_samples, noise, seed)
        _refuse(of_generated, "generated data", name)
        if name in IMAGES:
            return load_images(name, data_dir)
        if name in GRAPHS:
            return load_graph(name, data_dir)
        _refuse(of_images, "data that is to be downloaded", name)
        return load_packaged(name)
    _refuse(of_generated, "generated data", name_or_path)
    _refuse(of_images, "data that is to be downloaded", name_or_path)
    return read_table(name_or_path, target=target, ignore=ignore, task=task)


def load_rows(
    name_or_path: str | os.PathLike[str],
    schema: Schema,
    *,
    n_samples: int | None = None,
    noise: float | None = None,
    seed: int = 0,
) -> Rows:
    """Return new rows for a network trained on data of `schema`: those of a file, or of a built-in data set.

    Parameters
    ----------
    name_or_path : str or path
        As for `load`.
    schema : Schema
        Of the data set trained on.
    n_samples, noise, seed
        As for `load`.

    Raises
    ------
    UsageError, DataMissingError, DataError
        As `load` and `read_rows`; a DataError too when a built-in data set has other features or classes.

    Examples
    --------
    >>> load_rows("moons", load("circles").schema, n_samples=10).X.shape
    (10, 2)
    """
    if not is_builtin(name_or_path):
        _refuse({"n_samples": n_samples, "noise": noise}, "generated data", name_or_path)
        return read_rows(name_or_path, schema)
    data = load(name_or_path, n_samples=n_samples, noise=noise, seed=seed)
    if data.feature_names != schema.feature_names:
        raise DataError(
            f"The data set {data.name!r} has other features than the one trained on",
            received=f"{counted(len(data.feature_names), 'feature')}: {listed(data.feature_names)}",
            instead=f"Give {counted(len(schema.feature_names), 'feature')}: {listed(schema.feature_names)}",
        )
    return Rows(data.X, data.y if data.class_names == schema.target.classes else None)


def is_builtin(name_or_path: str | os.PathLike[str]) -> bool:
    """Return whether this is a name of the catalogue; raise a UsageError when it is neither that nor like a path."""
    if not isinstance(name_or_path, str | os.PathLike):
        received = type(name_or_path).__name__
        raise UsageError("Data are named by a text or a path", received=received, instead="Write for example 'moons'")
    if isinstance(name_or_path, os.PathLike):
        return False
    if name_or_path in catalogue():
        return True
    path = Path(name_or_path)
    if not name_or_path or not (path.suffix or len(path.parts) > 1 or os.path.exists(path)):
        raise one_of(name_or_path, catalogue(), name="The data set (a name, or the path of a .csv or .npz file)")
    return False


def _refuse(arguments: Mapping[str, object], kind: str, received: object) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise UsageError(f"{name} is for {kind}", received=f"{name}={value!r} with {str(received)!r}")
