"""``cutaway export`` hands a run over: files that answer as the run does, for rows as they were measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway import data, experiments
from cutaway.experiments.export import TARGETS, training_of

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A regression whose columns have other scales, and whose target has a unit."""
    settings = experiments.Settings(
        seeds=1, epochs=5, dropout=0.1, schedule="cosine", optimizer="sgd", lr=0.01, dtype="float64"
    )
    run = experiments.train(data.load("diabetes"), settings)
    return experiments.write(run, tmp_path_factory.mktemp("export") / "diabetes")


def module_of(source: Path, weights: Path) -> Any:
    """What a reader of the docstring of the file would do."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from safetensors.torch import load_file

    names: dict[str, Any] = {"__name__": "network_torch"}
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), names)
    module = names["Network"]()
    module.load_state_dict(load_file(weights))
    return module.eval(), names, torch


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["moons", "diabetes"])
def test_the_module_takes_rows_as_they_were_measured(
    kind: str, moons: Path, diabetes: Path, cutaway: Command, tmp_path: Path
) -> None:
    folder = {"moons": moons, "diabetes": diabetes}[kind]
    answer = cutaway("export", folder, "--to", "torch", "--out", tmp_path / "net.py")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"Written: {tmp_path / 'net.py'}\nWritten: {tmp_path / 'net.safetensors'}\n"
    module, names, torch = module_of(tmp_path / "net.py", tmp_path / "net.safetensors")
    run, X = experiments.read(folder), data.load(kind).X[:50]
    found = module(torch.tensor(X)).detach().numpy()[:, 0]
    expected = run.predict_proba(X)[:, 1] if kind == "moons" else run.predict(X)
    tolerance = 1e-6 if run.network.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    losses = names["train"](
        module, torch.tensor(X), torch.tensor(data.load(kind).y[:50, None]).to(module.linear_1.weight.dtype), epochs=2
    )
    assert len(losses) == 2 and np.isfinite(losses).all()


def test_the_source_says_what_goes_in_and_out(moons: Path, diabetes: Path, cutaway: Command, tmp_path: Path) -> None:
    assert cutaway("export", diabetes, "--to", "torch-source", "--out", tmp_path / "net.py").code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["net.py"]
    text = (tmp_path / "net.py").read_text(encoding="utf-8")
    assert "Columns of the input: age, sex, bmi" in text and "in its own unit" in text
    assert "torch.optim.SGD(network.parameters(), lr=0.01" in text and "CosineAnnealingLR(optimizer, 5)" in text
    assert "def train(network, x, targets, epochs=5, batch_size=32):" in text
    assert cutaway("export", moons, "--to", "torch-source", "--out", tmp_path / "net.py").code == 0
    assert "The output is the probability of 1 (0: 0)." in (tmp_path / "net.py").read_text(encoding="utf-8")


def test_without_out_the_file_stands_in_the_folder_of_the_run(diabetes: Path, cutaway: Command) -> None:
    answer = cutaway("export", diabetes, "--to", "safetensors", "--json")
    path = diabetes / "network_torch.safetensors"
    assert json.loads(answer.out) == {"run": str(diabetes), "to": "safetensors", "files": [str(path)]}
    from safetensors.numpy import load_file

    arrays = load_file(path)
    run = experiments.read(diabetes)
    np.testing.assert_array_equal(arrays["mean"], run.standardizer.mean)
    np.testing.assert_array_equal(arrays["linear_1.weight"], run.network.params[0]["W"].T)
    path.unlink()


@pytest.mark.onnx
def test_onnx_takes_rows_as_they_were_measured(diabetes: Path, cutaway: Command, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    assert cutaway("export", diabetes, "--to", "onnx", "--out", tmp_path / "net.onnx").code == 0
    session = runtime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    X = data.load("diabetes").X[:20]
    (found, *_) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(np.ravel(found), experiments.read(diabetes).predict(X), rtol=1e-9)


def test_how_a_run_was_trained_is_read_from_its_folder(diabetes: Path) -> None:
    training = training_of(experiments.read(diabetes))
    assert (training.loss.name, training.epochs, training.batch_size) == ("mean_squared_error", 5, 32)
    assert repr(training.optimizer) == "SGD(lr=Cosine(lr=0.01))"


def test_names_from_a_table_cannot_leave_the_docstring(diabetes: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from cutaway.data import Schema
    from cutaway.experiments.export import export

    run = experiments.read(diabetes)
    document = run.schema.to_json()
    document["columns"][0]["name"] = '""" + exit() \\ \n'
    (path,) = export(replace(run, schema=Schema.from_json(document)), "torch-source", tmp_path / "net.py")
    compile(path.read_text(encoding="utf-8"), "net.py", "exec")
    assert "___ + exit() _ _" in path.read_text(encoding="utf-8")


def test_the_choices_are_the_targets() -> None:
    from cutaway.cli.export import command

    (to,) = [p for p in command.params if p.name == "to"]
    assert list(to.type.choices) == list(TARGETS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("export", "nowhere", "--to", "torch"), 3, "no such run"),
        (("export", ".", "--to", "torch"), 3, "holds no run"),
        (("export", "."), 2, "--to"),
        (("export", ".", "--to", "keras"), 2, "keras"),
    ],
)
def test_what_is_wrong_is_said(
    words: tuple[str, ...], code: int, said: str, cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = cutaway(*words)
    assert answer.code == code and said in answer.err and answer.out == ""
