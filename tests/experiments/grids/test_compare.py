"""A comparison: every combination with every seed, the same wherever it is computed; it goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway import data, experiments
from cutaway.errors import DataError, UsageError
from cutaway.experiments import Compared, Grid
from cutaway.experiments.grids.grid import Configuration, units, usual_layers, varying
from cutaway.experiments.grids.log import RESULTS, read
from cutaway.experiments.grids.run import _base
from cutaway.experiments.grids.work import work

MOONS = data.load("moons", n_samples=120, noise=0.2)
SMALL: dict[str, Any] = {"layers": [(2,), (5, 4)], "lr": [0.01, 0.1], "seeds": 2, "epochs": 8}


@pytest.fixture(scope="module")
def found() -> Compared:
    return ca.compare(MOONS, **SMALL)


def plain(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without the time that they took."""
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]


# The grid ---------------------------------------------------------------------------------------------------------


def test_every_combination_with_every_seed(found: Compared) -> None:
    cells = {(tuple(r["configuration"]["layers"]), r["configuration"]["lr"], r["seed"]) for r in found.records}
    assert cells == {(units, lr, seed) for units in ((2,), (5, 4)) for lr in (0.01, 0.1) for seed in (0, 1)}
    assert len(found.rows) == 4 and [len(row.records) for row in found.rows] == [2] * 4


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ((8, 8), ((8, 8),)),
        ([(4,), (8, 8)], ((4,), (8, 8))),
        (8, ((8,),)),
        ([4, (8, 8)], ((4,), (8, 8))),
        ((), ((),)),
        ([(), (4,)], ((), (4,))),
        ([(4,), (4,)], ((4,),)),
        (None, (None,)),
    ],
)
def test_what_layers_mean(given: Any, meant: Any) -> None:
    assert Grid.of(layers=given).layers == meant


def test_choices_that_mean_the_same_are_one() -> None:
    grid = Grid.of(layers=(4,), lr=[0.003, None], optimizer=["adam"], init=["he", "he_normal"])
    assert grid.configurations(MOONS) == [Configuration((4,), "gelu", "adam", 0.003, "he_normal")]


def test_usual_layers_begin_with_simple_ones() -> None:
    assert usual_layers(MOONS) == ((4,), (16,), (16, 32))
    assert usual_layers(data.load("iris")) == ((16,), (64,), (64, 64))


def test_units_hold_networks_of_one_shape_and_all_seeds_of_each() -> None:
    grid = Grid.of(layers=[(4,), (8,)], lr=[0.1, 0.2, 0.3], init=["he", "glorot"], optimizer=["adam", "sgd"], seeds=20)
    every = grid.configurations(MOONS)
    parts = units(every, grid.base)
    assert [c for unit in parts for c in unit.configurations] == every
    for unit in parts:
        assert len({(c.layers, c.activation, c.optimizer) for c in unit.configurations}) == 1
        assert len(unit) <= 64 and unit.seeds == tuple(range(20))
    assert len(parts) == 8
    assert len(units(every, Grid.of(seeds=100).base)) == len(every), "a configuration is never parted"


def test_labels_tell_what_differs() -> None:
    every = Grid.of(layers=[(4,), ()], init=["he", "0.01"]).configurations(MOONS)
    assert varying(every) == ["layers", "init"]
    assert [c.words(varying(every)) for c in every] == ["4 he_normal", "4 0.01", "none he_normal", "none 0.01"]
    assert varying(every[:1]) == ["layers"]


def test_first_weights_are_those_that_were_chosen() -> None:
    grid = Grid.of(layers=(50,), init="0.01", dropout=0.1)
    (configuration,) = grid.configurations(MOONS)
    network = configuration.network(grid.base, MOONS, 3).build(2)
    assert [type(layer).__name__ for layer in network.layers] == ["Dense", "Dropout", "Dense"]
    assert np.std(network.params[0]["W"]) == pytest.approx(0.01, rel=0.3)
    assert network.seed == 3
    usual = Configuration((50,), "gelu", "adam", 0.01).network(grid.base, MOONS, 3).build(2)
    assert np.std(usual.params[0]["W"]) > 0.1


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"activation": "tangh"}, "tangh"),
        ({"optimizer": ["adam", "adem"]}, "adem"),
        ({"lr": [0.1, -1.0]}, "lr"),
        ({"init": "hee"}, "initializer.*hee"),
        ({"init": "-0.5"}, "scale of Normal"),
        ({"layers": "8,8"}, "layers must be units"),
        ({"layers": [(4,), (0,)]}, "layers"),
        ({"lr": []}, "at least one value"),
        ({"epoch": 5}, "setting of a comparison.*epochs"),
        ({"seeds": 0}, "seeds"),
        ({"loss": "mean_squared_error"}, "does not suit"),
    ],
)
def test_mistakes_are_told_before_anything_is_trained(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ca.compare(MOONS, **choices)


# What is measured -------------------------------------------------------------------------------------------------


def test_a_network_in_a_stack_is_the_one_that_it_is_alone(found: Compared) -> None:
    """Its record says what `Network.fit` by itself gives: the best epoch by validation, the score on held-out rows."""
    record = next(r for r in found.records if r["configuration"]["layers"] == [5, 4] and r["seed"] == 1)
    configuration = Configuration.from_json(record["configuration"])
    network = configuration.network(found.grid.base, MOONS, 1)
    history = network.fit(
        **found.parts.fit,
        optimizer=ca.Adam(configuration.lr),
        epochs=8,
        batch_size=32,
        callbacks=[ca.EarlyStopping(patience=20)],
        engine="numpy",
        progress=False,
    )
    best = history.best("val_loss")
    assert (record["best_epoch"], record["epochs"]) == (best["epoch"], 8)
    assert record["validation"]["loss"] == pytest.approx(best["val_loss"], rel=1e-4)
    test = found.parts.split.test
    predicted = network.predict(found.parts.asked)
    assert record["test"]["accuracy"] == np.mean(predicted == test.y)
    assert record["hits"] == (predicted == test.y).astype(int).tolist()
    assert record["parameters"] == network.n_params
    assert record["curves"]["loss"] == pytest.approx(history["loss"].tolist(), rel=1e-3)


def test_the_held_out_rows_choose_nothing(found: Compared) -> None:
    """Other targets on them change the scores, and neither the best epochs nor the order."""
    every = found.grid.configurations(MOONS)
    base = _base(found.grid, MOONS, every)
    again = work(_with_other_targets(found), base, units(every, base)[0])
    for record in again.records:
        before = next(
            r for r in found.records if (r["configuration"], r["seed"]) == (record["configuration"], record["seed"])
        )
        assert (record["best_epoch"], record["validation"]) == (before["best_epoch"], before["validation"])
        assert record["test"]["accuracy"] == pytest.approx(1 - before["test"]["accuracy"])


def _fields(dataset: data.Dataset) -> dict[str, Any]:
    names = ("name", "X", "y", "task", "feature_names", "class_names", "target_name", "description", "source")
    return {name: getattr(dataset, name) for name in names}


def _with_other_targets(found: Compared) -> Any:
    split = found.parts.split
    test = data.Dataset(**{**_fields(split.test), "y": 1 - split.test.y})
    return replace(found.parts, split=replace(split, test=test))


def test_the_best_network_of_each_configuration_is_kept(found: Compared) -> None:
    for row in found.rows:
        network = found.network(row.configuration)
        best = min(row.records, key=lambda record: record["validation"]["loss"])
        predicted = network.predict(found.parts.asked)
        assert np.mean(predicted == found.parts.split.test.y) == best["test"]["accuracy"]
    assert found.network().n_params == found.simplest.parameters


def test_a_regression_answers_in_its_own_unit() -> None:
    found = ca.compare("diabetes", layers=[(4,), ()], lr=0.03, seeds=2, epochs=30)
    assert found.metric == "r2"
    assert 0 < found.lead.score("r2")["mean"] < 1
    answers = found.network().predict(found.parts.asked)
    assert 80 < answers.mean() < 220
    assert "linear regression" in found.sentence


def test_networks_that_diverge_are_told_and_chosen_by_nobody() -> None:
    found = ca.compare(MOONS, layers=(4,), optimizer="sgd", lr=[0.1, 1e4], activation="identity", seeds=2, epochs=5)
    assert found.lead.label == "lr 0.1" and found.rows[-1].label == "lr 10000"
    assert found.rows[-1].lost == 2
    assert any("lr 10000: 2 of 2 networks diverged" in text for text in found.cautions)
    json.dumps(found.records, allow_nan=False)


def test_nothing_that_could_be_trained_is_an_error() -> None:
    found = ca.compare(MOONS, layers=(4,), optimizer="sgd", lr=1e30, activation="identity", seeds=1, epochs=3)
    if not any(row.able for row in found.rows):
        with pytest.raises(UsageError, match="No network could be trained"):
            print(found.sentence)
    else:
        assert found.rows[0].lost == 1


def test_without_validation_rows_all_epochs_are_run_and_it_is_said_who_chose() -> None:
    found = ca.compare(MOONS, layers=[(2,), (8,)], seeds=2, epochs=6, validation=0)
    assert all(record["validation"] is None and record["epochs"] == 6 for record in found.records)
    assert "There were no validation rows to choose by" in found.sentence


def test_a_graph_can_be_compared_on() -> None:
    found = ca.compare("karate", layers=[(4,), (16,)], seeds=2, epochs=20)
    assert found.lead.score("accuracy")["mean"] > 0.8


def test_arrays_of_one_s_own(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", X=MOONS.X, y=MOONS.y)
    found = ca.compare(data.load(tmp_path / "own.npz"), layers=(4,), seeds=2, epochs=3)
    assert len(found.records) == 2


# The table --------------------------------------------------------------------------------------------------------


def test_the_table_has_all_that_was_asked_for(found: Compared) -> None:
    lines = found.table().splitlines()
    assert lines[0].split() == ["configuration", "accuracy", "val.", "loss", "best", "epoch", "parameters", "time"]
    assert len(lines) == 1 + 4 + 3
    assert [line.split("  ")[0] for line in lines[-3:]] == [
        "logistic regression",
        "decision tree",
        "most frequent class",
    ]
    losses = [row.validation for row in found.rows]
    assert losses == sorted(losses)
    assert str(found) == f"{found.table()}\n\n{found.sentence}"
    assert repr(found) == "<Compared moons: 4 configurations, 8 networks>"


@pytest.mark.tables
def test_a_frame_has_a_row_for_each_network(found: Compared) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = found.to_frame()
    assert len(frame) == 8
    assert {"layers", "lr", "seed", "accuracy", "validation_loss", "best_epoch", "parameters"} <= set(frame.columns)
    assert frame.layers.unique().tolist() == ["2", "5,4"]


# Results as they come ---------------------------------------------------------------------------------------------


class Stop:
    """Ends a comparison after so many units, as Ctrl-C would."""

    def __init__(self, after: int) -> None:
        self.left = after

    def on_start(self, done: int, total: int) -> None:
        self.started = done, total

    def on_epoch(self, unit: Any, epoch: int, epochs: int) -> None:
        if self.left == 0:
            raise KeyboardInterrupt

    def on_unit(self, records: Any) -> None:
        self.left -= 1


def test_an_interrupted_comparison_goes_on_to_the_same_records(found: Compared, tmp_path: Path) -> None:
    part = ca.compare(MOONS, **SMALL, folder=tmp_path, watcher=Stop(1))
    assert part.interrupted and len(part.records) == 4 and len(part.rows) == 2
    assert any("Interrupted: 4 of 8 networks" in text for text in part.cautions)
    watcher = Stop(-1)
    whole = ca.compare(MOONS, **SMALL, folder=tmp_path, resume=True, watcher=watcher)
    assert watcher.started == (4, 8) and whole.before == 4 and not whole.interrupted
    assert plain(whole.records) == plain(found.records)
    assert whole.sentence == found.sentence
    assert len(read(tmp_path / RESULTS)[1]) == 8
    for row in whole.rows:  # those of the first part are in the folder
        assert whole.network(row.configuration).n_params == row.parameters
    again = ca.compare(MOONS, **SMALL, folder=tmp_path, resume=True)
    assert plain(again.records) == plain(found.records) and again.before == 8


def test_interrupted_before_anything_was_done(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        ca.compare(MOONS, **SMALL, folder=tmp_path, watcher=Stop(0))
    assert len(ca.compare(MOONS, **SMALL, folder=tmp_path, resume=True).records) == 8


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_torn_last_line_is_no_record(found: Compared, tmp_path: Path, cut: int) -> None:
    ca.compare(MOONS, **SMALL, folder=tmp_path)
    file = tmp_path / RESULTS
    file.write_bytes(file.read_bytes()[:-cut])
    assert len(read(file)[1]) == 7
    whole = ca.compare(MOONS, **SMALL, folder=tmp_path, resume=True)
    assert plain(whole.records) == plain(found.records)
    assert len(read(file)[1]) == 8, "and the torn line is gone"


def test_a_damaged_line_within_is_an_error(tmp_path: Path) -> None:
    ca.compare(MOONS, **SMALL, folder=tmp_path)
    file = tmp_path / RESULTS
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:3], "{{{\n", *lines[4:]]))
    with pytest.raises(DataError, match="line 4"):
        ca.compare(MOONS, **SMALL, folder=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": 3}, "seeds: 2 there, 3 here"),
        ({"lr": [0.01]}, "lr: .0.01, 0.1. there, .0.01. here"),
        ({"epochs": 9}, "epochs: 8 there, 9 here"),
        ({"test": 0.3}, "test: 0.2 there, 0.3 here"),
    ],
)
def test_another_comparison_is_not_gone_on_with(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    ca.compare(MOONS, **SMALL, folder=tmp_path)
    before = (tmp_path / RESULTS).read_bytes()
    with pytest.raises(UsageError, match=words):
        ca.compare(MOONS, **{**SMALL, **change}, folder=tmp_path, resume=True)
    with pytest.raises(UsageError, match="source"):
        ca.compare(data.load("moons", n_samples=120, noise=0.2, seed=1), **SMALL, folder=tmp_path, resume=True)
    assert (tmp_path / RESULTS).read_bytes() == before


def test_results_are_never_written_over(tmp_path: Path) -> None:
    ca.compare(MOONS, **{**SMALL, "epochs": 1}, folder=tmp_path / "one")
    with pytest.raises(UsageError, match=r"holds a comparison already.*--resume"):
        ca.compare(MOONS, **SMALL, folder=tmp_path / "one")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="not those of a comparison"):
        ca.compare(MOONS, **SMALL, folder=tmp_path)
    with pytest.raises(UsageError, match="a folder must be named"):
        ca.compare(MOONS, **SMALL, resume=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / RESULTS).write_text('{"some": "thing"}\n')
    with pytest.raises(DataError, match="holds no comparison"):
        ca.compare(MOONS, **SMALL, folder=tmp_path / "two", resume=True)


# Elsewhere --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_same_bits_on_any_backend(found: Compared, backend: str) -> None:
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    with joblib.parallel_config(backend=backend, n_jobs=2):
        again = ca.compare(MOONS, **SMALL)
    assert plain(again.records) == plain(found.records)
    for row in found.rows:
        for mine, other in zip(found.weights[row.configuration][0], again.weights[row.configuration][0], strict=True):
            assert all(mine[name].tobytes() == other[name].tobytes() for name in mine)


def test_experiments_say_the_same(found: Compared) -> None:
    assert experiments.compare is ca.compare
    assert isinstance(found, experiments.Compared)
