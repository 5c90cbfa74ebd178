"""Checkpoints: what is written comes back exactly, whole or not at all; what is no checkpoint is refused by name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cutaway.errors import CutawayError, DataError, DataMissingError, DtypeError, UsageError
from cutaway.files import replacing
from cutaway.train.checkpoints import (
    read_checkpoint,
    write_checkpoint,
)

DTYPES = ["bool", "float16", "float32", "float64"]
DTYPES += ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def same(a: Any, b: Any) -> None:
    assert a.dtype == b.dtype and a.shape == b.shape
    assert a.tobytes() == b.tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (5,), (3, 4), (2, 0, 3), (2, 3, 4)])
def test_arrays_come_back_exactly(path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    bits = np.random.default_rng(0).integers(0, 256, size=(*shape, np.dtype(dtype).itemsize), dtype=np.uint8)
    array = (bits % 2).astype(bool)[..., 0] if dtype == "bool" else bits.view(dtype)[..., 0]  # any bits, NaN as well
    array = np.array(array)
    write_checkpoint(path, {"a": array}, {})
    arrays, meta = read_checkpoint(path)
    assert list(arrays) == ["a"] and meta == {}
    same(arrays["a"], array)
    assert arrays["a"].flags.writeable and arrays["a"].flags.c_contiguous


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda k: k != "__metadata__"),
        hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, max_dims=3)),
        max_size=4,
    )
)
def test_any_names_and_arrays(tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("checkpoint") / "c"
    write_checkpoint(path, arrays, {})
    again, _ = read_checkpoint(path)
    assert again.keys() == arrays.keys()
    for name, array in arrays.items():
        same(again[name], array)


def test_views_orders_and_byte_orders(path: Path) -> None:
    a = np.arange(24.0).reshape(4, 6)
    given = {
        "transposed": a.T,
        "every_other": a[::2, ::3],
        "reversed": a[::-1],
        "fortran": np.asfortranarray(a),
        "broadcast": np.broadcast_to(np.float32(3), (2, 2)),
        "big_endian": a.astype(">f8"),
        "scalar": np.float32(1.5),
        "column": a[:, 1],
    }
    write_checkpoint(path, given, {})
    for name, array in read_checkpoint(path)[0].items():
        np.testing.assert_array_equal(array, given[name], err_msg=name)


def test_extreme_numbers(path: Path) -> None:
    arrays = {
        "seed": np.array([0, 2**64 - 1, 2**63], dtype=np.uint64),
        "step": np.array(-(2**63)),
        "floats": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
    }
    write_checkpoint(path, arrays, {})
    for name, array in read_checkpoint(path)[0].items():
        same(array, arrays[name])


def test_meta_comes_back(path: Path) -> None:
    meta = {
        "epoch": 3,
        "big": 2**127 + 1,
        "lr": 0.1 + 0.2,
        "nan": float("inf"),
        "text": 'ünïcode "quoted"\n',
        "nested": {"list": [1, 2.5, None, True, {"a": []}]},
    }
    write_checkpoint(path, {}, meta)
    assert read_checkpoint(path) == ({}, meta)


def test_reading_takes_strings_and_leaves_the_file_alone(path: Path) -> None:
    write_checkpoint(str(path), {"a": np.zeros(2)}, {"b": 1})
    before = path.read_bytes()
    arrays, _ = read_checkpoint(str(path))
    arrays["a"][:] = 7
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_newer_checkpoint_replaces_the_older(path: Path) -> None:
    for epoch in (1, 2):
        write_checkpoint(path, {"w": np.full(epoch, epoch)}, {"epoch": epoch})
    arrays, meta = read_checkpoint(path)
    assert meta == {"epoch": 2} and arrays["w"].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (np.array(["a"]), "received dtype str"),
        (np.array([None]), "received dtype object"),
        (np.array([1j]), "received dtype complex128"),
        ([1.0, 2.0], "received list"),
        (1.0, "received float"),
    ],
)
def test_what_is_no_array_of_numbers(path: Path, value: Any, received: str) -> None:
    with pytest.raises(DtypeError, match=f"the array 'a' is no array of numbers; {received}"):
        write_checkpoint(path, {"a": value}, {})
    assert not path.exists()


@pytest.mark.parametrize("value", [np.int64(1), np.zeros(2), {1, 2}, object(), 1j], ids=lambda v: type(v).__name__)
def test_what_json_cannot_hold(path: Path, value: Any) -> None:
    with pytest.raises(UsageError, match="the description does not fit into JSON"):
        write_checkpoint(path, {}, {"a": value})


def test_a_name_that_the_format_keeps_for_itself(path: Path) -> None:
    with pytest.raises(UsageError, match="__metadata__"):
        write_checkpoint(path, {"__metadata__": np.zeros(1)}, {})


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"The checkpoint is not there; received .*none.safetensors. Name"):
        read_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(DataMissingError, match=r"\(a folder\)"):
        read_checkpoint(tmp_path)


def test_every_truncation_is_refused(path: Path) -> None:
    write_checkpoint(path, {"w": np.arange(10.0), "t": np.array(3)}, {"epoch": 3})
    whole = path.read_bytes()
    for size in [*range(0, 40), len(whole) // 2, len(whole) - 8, len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=f"is incomplete or no checkpoint; received {size} bytes"):
            read_checkpoint(path)


@pytest.mark.parametrize(
    "content", [b"epoch,loss\n1,0.5\n", b"\x80\x04\x95" * 20, b"PK\x03\x04" + bytes(60), bytes(64)]
)
def test_files_of_other_kinds_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match="is incomplete or no checkpoint"):
        read_checkpoint(path)


def test_safetensors_of_others_are_refused(path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"w": np.zeros(2)}, path)
    with pytest.raises(DataError, match=r"no checkpoint that this cutaway can read; .* without cutaway's mark"):
        read_checkpoint(path)
    save_file({"w": np.zeros(2)}, path, metadata={"format": "cutaway checkpoint 99", "meta": "{}"})
    with pytest.raises(DataError, match="received 'cutaway checkpoint 99'"):
        read_checkpoint(path)
    save_file({"w": np.zeros(2)}, path, metadata={"format": "cutaway checkpoint 1", "meta": "{oops"})
    with pytest.raises(DataError, match="is incomplete or no checkpoint"):
        read_checkpoint(path)


def test_others_can_read_the_arrays(path: Path) -> None:
    from safetensors import safe_open

    write_checkpoint(path, {"w": np.arange(3.0)}, {"epoch": 3})
    with safe_open(path, framework="np") as file:
        assert json.loads(file.metadata()["meta"]) == {"epoch": 3}
        np.testing.assert_array_equal(file.get_tensor("w"), np.arange(3.0))


def test_a_failure_leaves_the_older_file_and_nothing_else(path: Path) -> None:
    write_checkpoint(path, {"w": np.zeros(1)}, {"epoch": 1})
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("half of it")
        raise KeyboardInterrupt
    assert read_checkpoint(path)[1] == {"epoch": 1}
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_file_appears_whole(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == path.parent and temporary.suffix == path.suffix
    assert path.read_text() == "new"


def test_permissions_are_those_of_any_new_file(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("new")
    plain = path.with_name("plain")
    plain.write_text("plain")
    assert path.stat().st_mode == plain.stat().st_mode


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "file" / "run", tmp_path / "folder"):
        with pytest.raises(
            UsageError,
            match=r"(run|folder) cannot be written; received (a file where its folder should be|Is a directory)",
        ):
            write_checkpoint(place, {}, {})
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_errors_of_ours_pass_through(path: Path) -> None:
    with pytest.raises(DataMissingError, match="no data") as caught, replacing(path):
        raise DataMissingError("no data")
    assert isinstance(caught.value, CutawayError)
