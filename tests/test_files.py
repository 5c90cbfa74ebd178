"""Files appear whole or not at all, and arrays in them come back as they were."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.errors import DataError, DataMissingError, DtypeError, UsageError
from cutaway.files import read_arrays, replacing, write_arrays

FORMAT = "cutaway sample 1"


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# Replacing --------------------------------------------------------------------------------------------------------


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("ne")
        assert path.read_text() == "old"
        assert temporary.parent == tmp_path and temporary != path
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_a_failure_in_the_body_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("function", ["os.replace", "os.fsync"])
def test_a_failure_at_the_end_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(function, full)
    with pytest.raises(UsageError) as caught, replacing(path) as temporary:
        temporary.write_text("new")
    assert str(caught.value) == (
        f"{path} cannot be written; received No space left on device. Name a file in a folder that you may write to."
    )
    assert isinstance(caught.value.__cause__, OSError)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_new_file_needs_no_old_one_and_no_folder(tmp_path: Path) -> None:
    with replacing(str(tmp_path / "x" / "y" / "a.txt")) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "x" / "y" / "a.txt").read_text() == "new"


def test_the_suffix_is_kept_for_whoever_looks_at_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "picture.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"")
    with replacing(tmp_path / ("long" * 60)) as temporary:
        temporary.write_bytes(b"")
    assert names(tmp_path) == ["long" * 60, "picture.png"]


@pytest.mark.parametrize("place", ["folder", "file/below"])
def test_places_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"), replacing(tmp_path / place) as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == ["file", "folder"]


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    with replacing(tmp_path / "ours") as temporary:
        temporary.write_text("")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "ours")}
    assert len(modes) == 1


def test_readers_never_see_a_part(tmp_path: Path) -> None:
    """Several writers and a reader at once: each reading is one of the whole contents."""
    path = tmp_path / "a.txt"
    contents = {letter * 20_000 for letter in "abc"}
    path.write_text("a" * 20_000)
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_text())

    def write(text: str) -> None:
        for _ in range(15):
            with replacing(path) as temporary:
                temporary.write_text(text)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(text,)) for text in sorted(contents)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert seen <= contents
    assert names(tmp_path) == ["a.txt"]


# Arrays -----------------------------------------------------------------------------------------------------------


def test_arrays_and_a_description_come_back(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(6.0).reshape(2, 3).T,
        "empty": np.zeros((0, 3), "float32"),
        "0-d": np.array(7),
        "foreign": np.arange(3, dtype=">f4"),
        "every other": np.arange(10)[::2],
        "truth": np.array([True, False]),
    }
    meta = {"text": "ü", "list": [1, None, 0.1], "large": 2**80}
    write_arrays(tmp_path / "f", arrays, meta, FORMAT)
    found, described = read_arrays(tmp_path / "f", FORMAT)
    assert described == meta
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape
        assert found[name].dtype == array.dtype.newbyteorder("=")


def test_arrays_that_were_read_do_not_depend_on_the_file(tmp_path: Path) -> None:
    write_arrays(tmp_path / "f", {"a": np.arange(3.0)}, {}, FORMAT)
    found, _ = read_arrays(tmp_path / "f", FORMAT)
    write_arrays(tmp_path / "f", {"a": np.zeros(3)}, {}, FORMAT)
    found["a"][0] = 5
    assert found["a"].tolist() == [5, 1, 2]


@pytest.mark.parametrize(
    "arrays, meta, error, message",
    [
        (
            {"a": np.array(["text"])},
            {},
            DtypeError,
            "the array 'a' is no array of numbers; received dtype str128. "
            "Put what is not an array of Booleans, integers or floats into meta.",
        ),
        (
            {"a": [1.0, 2.0]},
            {},
            DtypeError,
            "the array 'a' is no array of numbers; received list. "
            "Put what is not an array of Booleans, integers or floats into meta.",
        ),
        (
            {"a": np.ones(2)},
            {"when": {1, 2}},
            UsageError,
            "the description does not fit into JSON; received Object of type set is not JSON serializable. "
            "Use numbers, strings, lists and dictionaries of Python; put arrays into arrays.",
        ),
        (
            {"__metadata__": np.ones(2)},
            {},
            UsageError,
            "an array cannot have the name '__metadata__'. Choose another name.",
        ),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, arrays: Any, meta: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        write_arrays(tmp_path / "f", arrays, meta, FORMAT)
    assert str(caught.value) == message
    assert names(tmp_path) == []


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(DataMissingError) as caught:
        read_arrays(path, FORMAT)
    assert str(caught.value) == (
        f"The sample is not there; received {path}. Name a file that cutaway wrote as a sample."
    )
    with pytest.raises(DataMissingError, match=r"\(a folder\)"):
        read_arrays(tmp_path, FORMAT)
    path.write_bytes(b"no")
    with pytest.raises(DataError) as caught_data:
        read_arrays(path, FORMAT)
    assert str(caught_data.value) == (
        f"{path} is incomplete or no sample; received 2 bytes (Error while deserializing header: header too small). "
        "Use an earlier file, or train again."
    )
    write_arrays(path, {}, {}, "cutaway other 1")
    with pytest.raises(DataError) as caught_data:
        read_arrays(path, FORMAT)
    assert str(caught_data.value) == (
        f"{path} is no sample that this cutaway can read; received 'cutaway other 1'. "
        "Name a file marked 'cutaway sample 1'."
    )


def test_safetensors_of_others_are_not_taken_for_ours(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"a": np.ones(2)}, tmp_path / "f")
    with pytest.raises(DataError, match="a safetensors file without cutaway's mark"):
        read_arrays(tmp_path / "f", FORMAT)
    for mark in ({"meta": "{broken"}, {"meta": "5"}, {}):
        save_file({"a": np.ones(2)}, tmp_path / "f", {"format": FORMAT, **mark})
        with pytest.raises(DataError, match="is incomplete or no sample"):
            read_arrays(tmp_path / "f", FORMAT)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = tmp_path / "f"
    write_arrays(path, {}, {}, FORMAT)
    path.chmod(0)
    with pytest.raises(DataError):
        read_arrays(path, FORMAT)
