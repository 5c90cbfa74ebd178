from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cutaway.data import catalogue, load, load_rows
from cutaway.errors import DataError, UsageError

NAMES = ["moons", "circles", "blobs", "spirals", "quadrants", "xor", "and", "or"]
REAL = ["digits", "iris", "wine", "breast-cancer", "diabetes"]
ELSEWHERE = ["mnist", "fashion-mnist", "karate", "cora"]


def test_the_catalogue_has_one_line_about_each() -> None:
    assert list(catalogue()) == NAMES + REAL + ELSEWHERE
    assert all(line and "\n" not in line and len(line) < 80 for line in catalogue().values())


@pytest.mark.parametrize("name", NAMES + REAL)
def test_every_name_loads_and_describes_itself(name: str) -> None:
    data = load(name)
    assert data.name == name
    assert data.description == catalogue()[name]
    assert data.source
    assert data.schema.feature_names == data.feature_names


def test_a_name_comes_before_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("moons").write_text("a,t\n1,x\n2,y\n")
    assert len(load("moons")) == 500
    assert len(load("./moons", target="t")) == 2
    assert len(load(Path("moons"), target="t")) == 2


def test_a_path_may_be_a_text_or_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.csv").write_text("a,t\n1,x\n2,y\n")
    assert load(str(tmp_path / "a.csv"), target="t").name == load("~/a.csv", target="t").name == "a"


def test_rows_of_a_built_in_data_set_fit_a_network_trained_on_another() -> None:
    rows = load_rows("circles", load("moons").schema, n_samples=20, noise=0.0, seed=3)
    data = load("circles", n_samples=20, noise=0.0, seed=3)
    assert np.array_equal(rows.X, data.X)
    assert np.array_equal(rows.y, data.y)
    assert load_rows("blobs", load("moons").schema).y is None


def test_rows_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("x1,x0\n1,2\n")
    rows = load_rows(tmp_path / "new.csv", load("moons").schema)
    assert rows.X.tolist() == [[2, 1]]
    assert rows.y is None


def test_rows_of_a_data_set_with_other_features() -> None:
    with pytest.raises(
        DataError, match=r"'iris' has other features .* received 4 features: sepal length.* Give 2 feat"
    ):
        load_rows("iris", load("moons").schema)


def test_rows_of_a_file_take_no_noise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"noise is for generated data; received noise=0\.1 with 'new\.csv'"):
        load_rows("new.csv", load("moons").schema, noise=0.1)


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, cutaway.data; cutaway.data.catalogue(); cutaway.data.load('xor').split(test=0.5);"
        "print([m for m in ('scipy', 'sklearn', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
