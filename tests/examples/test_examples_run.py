"""Every example runs as a script, says what it should, warns of nothing and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"

# A part of what each one prints.
SAYS = {
    "characters": "the network needs the fewest: True",
    "columns_2_16_32_1": "epoch 1500  cost 0.1854815595",
    "compare_architectures": "8,8                  0.990 ± 0.009",
    "gates": "relu units, weights of their own   [0.377541 0.622459 0.622459 0.377541]  solves XOR",
    "gradients_of_anything": "return np.mean(cross_entropy_of_logits(z, y))",
    "karate": "right about the other 32, seeds 0 to 9: 31 31",
    "layers_and_shapes": "rows through the library give the same: True",
    "learning_rates": "a range test of 134 steps suggests 0.39",
    "moons_by_hand": "  end   0.2839036121  0.2839036121  0.2839036121",
    "network_digits": "saved and loaded, it answers the same: True",
    "moons_pictures": "decision tree        seen 0.988, held out 0.970",
    "neuron": "cross-entropy 0.164252033486018, accuracy 1.0",
    "optimizers_by_hand": "1438 digits, 29 batches in an epoch",
    "own_loss_and_activation": "Network([Dense(32, snake, weights=wide), Dense(1)], seed=0, dtype='float32')",
    "quadrants": "epoch 2000  loss 0.0892420708",
    "shortcut_or_gradient": "layer 1  0.58",
    "sklearn_estimator": "saved and loaded, it answers the same: True",
    "worked_2_2_1": "loss after one step of size 0.1: 0.3245614552572158",
    "xor_library": "17 parameters, input 2, float32, seed 0",
    "xor_net": "2-4-1, relu: 17 parameters",
}


WITH_DATA = ("cora", "lenet_mnist", "mnist_784_128_10")  # see test_examples_mnist.py and test_examples_graphs.py


WITH_TORCH = ("torch_distributed", "torch_twin")  # see tests/export/test_torch_examples.py
WITH_ONNX = ("onnx_round_trip",)  # see tests/export/test_onnx_example.py


def run(name: str, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_example_is_listed_here() -> None:
    assert sorted(p.stem for p in FOLDER.glob("*.py")) == sorted([*SAYS, *WITH_DATA, *WITH_ONNX, *WITH_TORCH])


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    assert SAYS[name] in run(name, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*SAYS, *WITH_DATA, *WITH_ONNX, *WITH_TORCH])
def test_an_example_is_short(name: str) -> None:
    assert len((FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("compare_architectures", ["boundaries.png", "curves.png", "scores.png"]),
        ("learning_rates", ["boundaries.png", "curves.png", "range_test.png"]),
        (
            "moons_pictures",
            [
                *("curves.png", "data.png", "held_out.png", "learning_rate.png", "path.png", "seen.png"),
                *("side_by_side.png", "surface.png", "tree.png", "weights.png"),
            ],
        ),
        ("neuron", ["activations.png"]),
        ("xor_library", ["boundaries.png", "curve.png", "rates.png", "xor.png"]),
        ("network_digits", ["confusion.png", "curves.png", "digits.safetensors", "history.csv", "mistakes.png"]),
    ],
)
def test_pictures_are_saved_where_asked(name: str, files: list[str], tmp_path: Path) -> None:
    run(name, "--out", "made/here", cwd=tmp_path)
    assert sorted(p.name for p in (tmp_path / "made" / "here").iterdir()) == files
