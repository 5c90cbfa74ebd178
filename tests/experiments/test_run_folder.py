"""A run as a folder: what it holds, and what is never overwritten."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest

from cutaway import data, experiments
from cutaway.errors import DataError, DataMissingError, UsageError
from cutaway.experiments.folder import default_folder
from cutaway.nn.network import Network

PLANE = {"boundary", "comparison", "confusion", "curves", "data"}


def png(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("*.png")}


def test_a_run_of_points_has_these_files(moons_folder: Path) -> None:
    rest = {file.name for file in moons_folder.iterdir() if file.suffix != ".png"}
    assert rest == {"model.safetensors", "network.json", "history.csv", "report.html"}
    assert png(moons_folder) == PLANE
    assert sorted(json.loads((moons_folder / "network.json").read_text())["files"]) == sorted(os.listdir(moons_folder))


def test_a_regression_has_predictions_in_place_of_confusion(diabetes_run: experiments.Run, tmp_path: Path) -> None:
    assert png(experiments.write(diabetes_run, tmp_path / "run")) == {"comparison", "curves", "data", "predictions"}


def test_images_have_a_gallery_and_weights(tmp_path: Path) -> None:
    run = experiments.train(data.load("digits"), experiments.Settings(layers=(8,), seeds=1, epochs=2))
    assert png(experiments.write(run, tmp_path / "run")) == {
        "comparison",
        "confusion",
        "curves",
        "data",
        "gallery",
        "weights",
    }


def test_more_classes_than_can_be_told_apart_are_not_drawn(tmp_path: Path) -> None:
    y = np.repeat(np.arange(40), 10)
    X = np.random.default_rng(0).normal(size=(400, 2)) + y[:, None]
    many = data.Dataset("many", X, y, "multiclass", ("a", "b"), tuple(f"k{i}" for i in range(40)))
    run = experiments.train(many, experiments.Settings(seeds=1, epochs=2))
    assert png(experiments.write(run, tmp_path / "run")) == {"comparison", "curves", "data"}


def test_the_description_has_all_that_is_needed_to_understand_the_run(
    moons_run: experiments.Run, moons_folder: Path
) -> None:
    found = experiments.describe(moons_folder)
    assert found["format"] == "cutaway run 1"
    assert found["command"] == "cutaway train moons"
    assert set(found["versions"]) == {"cutaway", "numpy", "python"}
    assert [layer["layer"] for layer in found["architecture"]["layers"]] == ["Dense", "Dense", "Dense"]
    assert found["seeds"] == {"split": 0, "networks": [0, 1], "kept": moons_run.kept.seed}
    assert [column["name"] for column in found["schema"]["columns"]] == ["x0", "x1"]
    assert found["standardizer"]["mean"] == moons_run.standardizer.mean.tolist()
    assert found["results"] == json.loads(json.dumps(experiments.results(moons_run)))
    assert found["results"]["settings"]["layers"] == [16, 32]
    assert found["results"]["data"]["split"] == {"train": 140, "validation": 20, "test": 40}


def test_results_have_the_promised_shape(moons_run: experiments.Run) -> None:
    found = experiments.results(moons_run)
    accuracy = found["network"]["test"]["accuracy"]
    assert set(accuracy) == {"mean", "std", "values"}
    assert accuracy["mean"] == pytest.approx(np.mean(accuracy["values"]))
    assert accuracy["std"] == pytest.approx(np.std(accuracy["values"], ddof=1))
    assert set(found["baselines"]) == {"logistic_regression", "decision_tree", "most_frequent_class"}
    assert 0 <= found["baselines"]["logistic_regression"]["test"]["accuracy"] <= 1
    assert found["comparison"]["logistic_regression"]["sentence"] in found["sentence"]


def test_the_saved_network_is_the_kept_one(moons_run: experiments.Run, moons_folder: Path) -> None:
    network = Network.load(moons_folder / "model.safetensors")
    assert np.array_equal(network.predict(moons_run.test_rows), moons_run.kept.predicted)


def test_the_history_has_every_epoch_of_every_network(moons_run: experiments.Run, moons_folder: Path) -> None:
    with open(moons_folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr", "seconds"]
    assert len(rows) == sum(len(t.history) for t in moons_run.networks)
    second = [float(row["val_loss"]) for row in rows if row["seed"] == "1"]
    assert second == moons_run.networks[1].history["val_loss"].tolist()


def test_a_run_replaces_an_earlier_one_and_leaves_other_files_alone(
    moons_run: experiments.Run, diabetes_run: experiments.Run, tmp_path: Path
) -> None:
    experiments.write(moons_run, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    experiments.write(diabetes_run, tmp_path)
    assert png(tmp_path) == {"comparison", "curves", "data", "predictions"}
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert experiments.describe(tmp_path)["results"]["data"]["name"] == "diabetes"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["thesis.txt", "network.json"])
def test_a_folder_of_something_else_is_refused(moons_run: experiments.Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match="is left alone"):
        experiments.write(moons_run, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "{}"


def test_a_file_is_refused(moons_run: experiments.Run, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(UsageError, match="a file"):
        experiments.write(moons_run, tmp_path / "run")
    with pytest.raises(UsageError, match="cannot be written"):
        experiments.write(moons_run, tmp_path / "run" / "below")


def test_a_failed_write_leaves_the_earlier_run_whole(
    moons_run: experiments.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = experiments.write(moons_run, tmp_path / "run")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cutaway.plots.save", full)
    with pytest.raises(UsageError, match="No space left"):
        experiments.write(moons_run, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    with pytest.raises(UsageError, match="No space left"):
        experiments.write(moons_run, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_default_folder_is_new_and_named_after_data_and_time(tmp_path: Path) -> None:
    first = default_folder("my data/x", tmp_path)
    assert first.name.startswith("my-data-x-2")
    first.mkdir()
    second = default_folder("my data/x", tmp_path)
    assert second != first
    assert not second.exists()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (None, DataMissingError, "holds no run"),
        ("not json", DataError, "cannot be read"),
        ("[]", DataError, "no description"),
        ('{"format": "cutaway run 99"}', DataError, "'cutaway run 99'"),
        ('{"format": "cutaway run 1"}', DataError, "incomplete"),
    ],
)
def test_what_is_no_run_is_not_read(tmp_path: Path, text: str | None, error: type[Exception], words: str) -> None:
    if text is not None:
        (tmp_path / "network.json").write_text(text)
    with pytest.raises(error, match=words):
        experiments.read(tmp_path)


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="no such run"):
        experiments.read(tmp_path / "nothing")


def test_the_same_run_gives_the_same_pictures(moons_run: experiments.Run, moons_folder: Path, tmp_path: Path) -> None:
    again = experiments.write(moons_run, tmp_path / "again")
    for name in PLANE:
        assert (again / f"{name}.png").read_bytes() == (moons_folder / f"{name}.png").read_bytes()


def test_infinite_losses_do_not_break_the_files(moons_run: experiments.Run, tmp_path: Path) -> None:
    """A run that diverged late has records that are not finite."""
    trained = moons_run.networks[0]
    history = experiments.run.History(
        [{**record, "loss": float("inf"), "val_loss": float("nan")} for record in trained.history], "diverged", ["Why."]
    )
    broken = dataclasses.replace(moons_run, networks=[dataclasses.replace(trained, history=history)])
    found = experiments.describe(experiments.write(broken, tmp_path / "run"))
    assert found["results"]["network"]["seeds"][0]["best_val_loss"] is None
