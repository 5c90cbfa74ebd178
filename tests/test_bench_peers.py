"""The contestants of the benchmark train the same network: whoever is installed gives the same losses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from peers import bars, report
from peers.contest import TOLERANCE, Result, Setting, processes
from peers.contestants import CONTESTANTS, Contestant, Entry, function, missing
from peers.loops import Done, Missing, by_epoch
from peers.workloads import WORKLOADS, prepare

_CASES = [(c, name) for name in ("W1", "W3", "W6", "W7") for c in CONTESTANTS if name in c.workloads]


_SCRIPT = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # PyTorch Geometric uses it


def _losses(contestant: Contestant, name: str) -> np.ndarray:
    workload, epochs = WORKLOADS[name].to_check()
    done = function(contestant.make)(workload, **contestant.options)(epochs)
    return by_epoch(done.losses, workload.networks, epochs)


def _reference(name: str) -> np.ndarray:
    """That by hand, which needs nothing but NumPy and SciPy."""
    return _losses(next(c for c in CONTESTANTS if "by hand" in c.name and name in c.workloads), name)


@_SCRIPT
@pytest.mark.parametrize(
    ("contestant", "name"),
    [
        pytest.param(c, name, marks=[pytest.mark.torch] if c.needs.startswith("torch") else [])
        for c, name in _CASES
        if "by hand" not in c.name
    ],
    ids=[f"{name} {c.name} {c.options}" for c, name in _CASES if "by hand" not in c.name],
)
def test_everybody_gives_the_same_losses(contestant: Contestant, name: str) -> None:
    reason = missing(contestant.needs)
    if reason:
        pytest.skip(reason)
    try:
        losses = _losses(contestant, name)
    except Missing as error:
        pytest.skip(str(error))
    wanted = _reference(name)
    assert losses.shape == wanted.shape
    assert np.max(np.abs(losses - wanted) / wanted) <= TOLERANCE
    assert (losses[:, -1] < losses[:, 0]).all()


def test_mini_batches_give_the_same_means(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    few = {"X": rng.random((1000, 784), np.float32), "y": np.arange(1000) % 10}
    monkeypatch.setattr("peers.workloads._kept", lambda name: few)
    wanted = _reference("W5")
    others = [c for c in CONTESTANTS if "W5" in c.workloads and not missing(c.needs) and "native" not in c.name]
    assert len(others) > 1
    for contestant in others:
        assert np.max(np.abs(_losses(contestant, "W5") - wanted) / wanted) <= TOLERANCE, contestant.name


def test_a_process_answers_and_says_what_it_lacks(tmp_path: Path) -> None:
    setting = Setting(sys.executable, tmp_path, rounds=1, seconds=0.001, threads=1)
    prepare(tmp_path / "data", {"W3"})
    hand = next(c for c in CONTESTANTS if c.name == "NumPy by hand")
    lacking = Contestant("nobody", hand.make, "no_such_package", ("W3",))
    broken = Contestant("broken", "with_numpy:no_such_function", "numpy", ("W3",))
    with processes(setting) as team:
        losses = team.ask(Entry(hand, "W3", 1), "check")["losses"]
        assert np.allclose(losses, _reference("W3"), rtol=1e-6)
        assert team.ask(Entry(hand, "W3", 1), "start")["epochs"] >= 1
        assert team.ask(Entry(hand, "W3", 1), "round")["seconds"] > 0
        assert team.ask(Entry(lacking, "W3", 1), "check") == {"missing": "no_such_package is not installed"}
        assert "no_such_function" in team.ask(Entry(broken, "W3", 1), "check")["missing"]


def _result(name: str, threads: int, seconds: list[float], **more: Any) -> Result:
    contestant = Contestant(name, "", "", ("W1",), threads="both")
    return Result(Entry(contestant, "W1", threads), seconds=seconds, **more)


def test_ratios_are_those_of_the_same_turn() -> None:
    ours, theirs = _result("native", 1, [1.0, 10.0, 2.0]), _result("JAX scan", 1, [6.0, 60.0, 12.0])
    assert bars.ratio(theirs, ours) == 6
    slower = _result("JAX scan", 2, [50.0, 50.0, 50.0])
    m = bars.Measured({"W1": {"native, 1": ours, "JAX scan, 1": theirs, "JAX scan, 2": slower}})
    of_jax, of_torch = bars.bars(m)
    assert (of_jax.found, of_jax.verdict) == (6, "reached")
    assert (of_torch.found, of_torch.verdict) == (None, "not measured")
    assert bars.Bar("", 1.2, 1.3, most=True).verdict == "missed"


def test_who_is_not_timed_is_told_with_the_reason() -> None:
    lacking = {f"JAX scan, {n}": _result("JAX scan", n, [], missing="jax is not installed") for n in (1, 2)}
    text = report.of_workload("W1", {"native, 1": _result("native", 1, [2e-6]), **lacking})
    assert "| native, 1       | 2.00 |" in text
    assert "Not timed: JAX scan, 1; JAX scan, 2: jax is not installed." in text


def test_tables_replace_what_is_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\nText.\n", encoding="utf-8")
    report.write(page, "one")
    report.write(page, "two")
    text = page.read_text(encoding="utf-8")
    assert "one" not in text
    assert text.startswith("# Benchmarks\n\nText.\n")
    assert text.endswith(f"{report.BEGIN}\ntwo\n{report.END}\n")


def test_epochs_of_steps_are_means() -> None:
    done = Done([1.0, 3.0, 5.0, 7.0], 1.0, 4)
    assert by_epoch(done.losses, 1, 2).tolist() == [[2.0, 6.0]]
