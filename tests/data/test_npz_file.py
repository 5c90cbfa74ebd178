from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.data import load
from cutaway.errors import CutawayError, DataError, ShapeError, UsageError

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 1, 0])


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "arrays.npz"
    np.savez(path, **arrays)
    return path


def test_x_and_y_need_no_more_words(tmp_path: Path) -> None:
    data = load(save(tmp_path, X=X, y=Y))
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.y, Y)
    assert (data.feature_names, data.class_names, data.target_name) == (("x0", "x1"), ("0", "1"), "y")
    assert data.name == "arrays"


def test_another_array_may_be_the_target(tmp_path: Path) -> None:
    data = load(save(tmp_path, X=X, y=Y, weight=X[:, 0] / 7), target="weight")
    assert data.task == "regression"
    assert np.array_equal(data.y, X[:, 0] / 7)
    assert data.X.shape == (6, 2)


def test_arrays_by_name_are_columns(tmp_path: Path) -> None:
    colour = np.array(["red", "blue", "red", "red", "blue", "blue"])
    path = save(tmp_path, age=np.arange(6), size=X, colour=colour, sold=Y.astype(bool))
    data = load(path, target="sold")
    assert data.feature_names == ("age", "size[0]", "size[1]", "colour=blue", "colour=red")
    assert data.X[1].tolist() == [1, 2, 3, 1, 0]
    assert data.y.tolist() == Y.tolist()


def test_a_single_column_keeps_its_plain_name(tmp_path: Path) -> None:
    assert load(save(tmp_path, age=X[:, :1], y=Y), target="y").feature_names == ("age",)
    assert load(save(tmp_path, X=X[:, 0], y=Y[:, None])).feature_names == ("x0",)


def test_pictures_become_rows(tmp_path: Path) -> None:
    pictures = np.arange(6 * 2 * 3).reshape(6, 2, 3).astype(np.uint8)
    data = load(save(tmp_path, X=pictures, y=Y))
    assert data.image_shape == (2, 3)
    assert np.array_equal(data.X.reshape(6, 2, 3), pictures)


@pytest.mark.parametrize("classes", [np.array(["no", "yes"])[Y], np.array([b"no", b"yes"])[Y]])
def test_texts_are_classes(tmp_path: Path, classes: Any) -> None:
    data = load(save(tmp_path, X=X, y=classes))
    assert data.class_names == ("no", "yes")
    assert data.y.tolist() == Y.tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.uint64, bool])
def test_every_kind_of_number_becomes_float64(tmp_path: Path, dtype: Any) -> None:
    data = load(save(tmp_path, X=X.astype(dtype), y=Y))
    assert data.X.dtype == np.float64
    assert np.array_equal(data.X, X.astype(dtype))


def test_arrays_that_are_not_used_do_no_harm(tmp_path: Path) -> None:
    assert len(load(save(tmp_path, X=X, y=Y, note=np.array("hello"), other=np.array([{}], dtype=object)))) == 6
    assert load(save(tmp_path, a=X, y=Y, when=np.array(3)), target="y", ignore=["when"]).X.shape == (6, 2)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("it was unpickled",))

    with pytest.raises(DataError, match=r"'X' of 'arrays.npz' holds Python objects, which could run code"):
        load(save(tmp_path, X=np.array([Bomb()] * 6, dtype=object), y=Y))
    (tmp_path / "bomb.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match=r"'bomb\.npz' is not an NPZ archive"):
        load(tmp_path / "bomb.npz")


def zipped(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def npy(array: Any) -> bytes:
    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an NPZ archive"),
        (b"age,x\n1,2\n", "is not an NPZ archive"),
        (b"PK\x03\x04 and then nonsense", "is not an NPZ archive"),
        (npy(X), "holds one array without a name"),
        (zipped(), "has no arrays"),
        (zipped(**{"X.npy": npy(X)[:-9], "y.npy": npy(Y)}), "'X' of 'file.npz' cannot be read"),
        (zipped(**{"X.npy": npy(X), "y": b"text"}), "'y' of 'file.npz' holds neither numbers nor texts"),
    ],
)
def test_files_that_are_no_archive_of_arrays(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(path)


BAD: list[tuple[dict[str, Any], dict[str, Any], type[CutawayError], str]] = [
    ({"X": X, "y": Y[:5]}, {}, ShapeError, r"different numbers of rows; received X \(6, 2\), y \(5,\)"),
    ({"a": X, "b": Y[:5], "y": Y}, {"target": "y"}, ShapeError, r"received a \(6, 2\), b \(5,\), y \(6,\)"),
    ({"X": X, "y": np.eye(2)[Y]}, {}, ShapeError, r"'y' .* must be a vector; received \(6, 2\).*y\.argmax\(axis=1\)"),
    ({"X": X[..., None, None], "y": Y}, {}, ShapeError, r"no column and no matrix; received \(6, 2, 1, 1\)"),
    ({"X": X[:0], "y": Y[:0]}, {}, DataError, r"'X' .* no rows or no columns; received \(0, 2\)"),
    ({"X": X, "y": np.array(3)}, {}, ShapeError, "'y' of 'arrays.npz' is a single value"),
    ({"X": X.astype(complex), "y": Y}, {}, DataError, "neither numbers nor texts; received dtype complex128"),
    ({"X": np.zeros(6, [("a", "f8")]), "y": Y}, {}, DataError, "neither numbers nor texts"),
    ({"X": X, "label": Y}, {}, UsageError, r"Which column of 'arrays\.npz' is to be predicted"),
    ({"X": X, "label": Y}, {"target": "lable"}, UsageError, "to predict; received 'lable'"),
    ({"a": X, "b": Y}, {"target": "y"}, UsageError, r"received 'y'.*columns are: a\[0\], a\[1\], b"),
    ({"a": X, "y": Y}, {"target": "y", "ignore": ["aa"]}, UsageError, "received 'aa'. Did you mean 'a'"),
    ({"X": X, "x0": Y}, {"target": "x0"}, DataError, "Two columns .* would have the same name; received 'x0'"),
    (
        {"X": np.where(X == 5, np.nan, X), "y": Y},
        {},
        DataError,
        "'x1' of .* lacks 1 value; received NaN, first on row 2",
    ),
    ({"X": np.where(X == 5, np.inf, X), "y": Y}, {}, DataError, "'x1' .* 1 infinite value; received inf.* on row 2"),
    ({"X": X, "y": np.array([b"\xff"] * 6)}, {}, DataError, "'y' of 'arrays.npz' holds bytes that are not UTF-8"),
]


@pytest.mark.parametrize(("arrays", "arguments", "error", "message"), BAD)
def test_arrays_that_cannot_be_used(
    tmp_path: Path, arrays: dict[str, Any], arguments: dict[str, Any], error: type[CutawayError], message: str
) -> None:
    with pytest.raises(error, match=message):
        load(save(tmp_path, **arrays), **arguments)
