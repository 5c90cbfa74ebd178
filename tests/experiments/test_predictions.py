"""A run that was read back predicts raw rows of all kinds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cutaway import data, experiments
from cutaway.errors import DataError, UsageError
from cutaway.experiments.predictions import predictions


def patients(path: Path, rows: int = 60, *, target: bool = True) -> Path:
    """Write a table of two kinds of columns whose answer is easy."""
    rng = np.random.default_rng(0)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["age", "colour", *(["outcome"] if target else [])])
        for i in range(rows):
            sick = i % 2 == 1
            answer = ["sick" if sick else "well"] if target else []
            table.writerow([round(50 + 20 * sick + rng.normal(), 2), "red" if sick else "blue", *answer])
    return path


@pytest.fixture(scope="module")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> experiments.SavedRun:
    folder = tmp_path_factory.mktemp("patients")
    run = experiments.train(
        data.load(patients(folder / "patients.csv"), target="outcome"), experiments.Settings(seeds=1, epochs=40)
    )
    return experiments.read(experiments.write(run, folder / "run"))


def test_it_predicts_raw_rows_as_the_network_did(moons_run: experiments.Run, moons_folder: Path) -> None:
    saved = experiments.read(moons_folder)
    X = moons_run.split.test.X
    assert np.array_equal(saved.labels(X), moons_run.kept.predicted)
    assert saved.predict(X).tolist() == [str(label) for label in moons_run.kept.predicted]
    assert np.allclose(saved.predict_proba(X).sum(axis=1), 1)


def test_generated_rows_are_new_unless_their_seed_is_named(moons_folder: Path) -> None:
    saved = experiments.read(moons_folder)
    trained_on = data.load("moons", n_samples=200, seed=0).X
    assert not np.array_equal(saved.rows("moons", n_samples=200).X, trained_on)
    assert np.array_equal(saved.rows("moons", n_samples=200, seed=0).X, trained_on)


def test_scores_of_rows_that_the_training_saw_come_with_a_caution(moons_folder: Path) -> None:
    saved = experiments.read(moons_folder)
    fresh, old = predictions(saved, "moons"), predictions(saved, "moons", seed=0)
    assert fresh.caution == ""
    assert "trained on a part of these rows" in old.caution
    assert fresh.scores is not None
    assert fresh.scores["accuracy"] > 0.8


def test_the_table_trained_on_comes_with_a_caution(table_run: experiments.SavedRun) -> None:
    own = table_run.folder.parent / "patients.csv"
    assert predictions(table_run, own).caution
    assert predictions(table_run, str(own)).caution


def test_a_table_without_its_target_is_predicted_and_not_scored(
    table_run: experiments.SavedRun, tmp_path: Path
) -> None:
    found = predictions(table_run, patients(tmp_path / "new.csv", 6, target=False))
    assert found.y is None
    assert found.scores is None
    assert found.columns == ["row", "predicted"]
    assert [row[1] for row in found.rows()] == ["well", "sick"] * 3


def test_a_table_with_its_target_is_scored(table_run: experiments.SavedRun, tmp_path: Path) -> None:
    found = predictions(table_run, patients(tmp_path / "new.csv", 6))
    assert found.scores == {"accuracy": 1.0, "balanced_accuracy": 1.0, "f1": 1.0}
    assert found.columns == ["row", "predicted", "true"]
    assert found.caution == ""


def test_probabilities_are_columns_named_by_class(table_run: experiments.SavedRun, tmp_path: Path) -> None:
    found = predictions(table_run, patients(tmp_path / "new.csv", 4), proba=True)
    found.to_csv(tmp_path / "out.csv")
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["row", "predicted", "true", "p(sick)", "p(well)"]
    for row in rows:
        assert float(row["p(sick)"]) + float(row["p(well)"]) == pytest.approx(1)
        assert row["predicted"] == ("sick" if float(row["p(sick)"]) > 0.5 else "well")


@pytest.mark.usefixtures("no_pictures")
def test_a_regression_gives_numbers_and_has_no_probabilities(diabetes_run: experiments.Run, tmp_path: Path) -> None:
    saved = experiments.read(experiments.write(diabetes_run, tmp_path / "run"))
    found = predictions(saved, "diabetes")
    assert found.scores is not None
    assert found.scores["r2"] > 0.3
    assert all(isinstance(value, float) for value in found.to_json()["predicted"])
    with pytest.raises(UsageError, match="probabilities of classes only"):
        predictions(saved, "diabetes", proba=True)


def test_json_holds_names_of_classes(moons_folder: Path) -> None:
    found = predictions(experiments.read(moons_folder), "moons", n_samples=5, proba=True).to_json()
    assert found == json.loads(json.dumps(found))
    assert found["rows"] == len(found["predicted"]) == len(found["true"]) == len(found["probabilities"]) == 5
    assert set(found["predicted"]) <= {"0", "1"}


def test_data_with_other_features_are_refused(moons_folder: Path) -> None:
    with pytest.raises(DataError, match="other features"):
        predictions(experiments.read(moons_folder), "iris")
