"""The examples that read MNIST, where it is at hand; and as scripts, without it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import cutaway as ca

FOLDER = Path(__file__).parents[2] / "examples"
Example = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def split(data_folder: Path) -> ca.data.Split:
    return ca.data.load("mnist", data_dir=data_folder).split()


@pytest.mark.mnist
def test_784_128_10(example: Example, split: ca.data.Split, tmp_path: Path) -> None:
    """Three epochs give 95.6 to 96.1 %, seed by seed a little more or less."""
    module = example("mnist_784_128_10")
    net, history = module.train(split.train, "tutorial", progress=False)
    assert net.n_params == 101_770
    assert 0.952 < net.evaluate(module.pixels(split.test, "tutorial"), split.test.y)["accuracy"] < 0.966
    module.draw(net, history, split.test, "tutorial", tmp_path)
    assert {p.stem for p in tmp_path.iterdir()} == {"answers", "confusion", "curves", "first_layer", "mistakes"}


@pytest.mark.mnist
def test_lenet(example: Example, split: ca.data.Split, tmp_path: Path) -> None:
    """Five epochs give 99 %; one is enough to see that it learns."""
    module = example("lenet_mnist")
    net, history = module.train(split, epochs=1, progress=False)
    assert net.n_params == 44_426
    assert net.evaluate(split.test.images, split.test.y)["accuracy"] > 0.97
    module.draw(net, history, split, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "confusion.png",
        "curves.png",
        "lenet.safetensors",
        "mistakes.png",
    ]


@pytest.mark.mnist
def test_as_a_script(data_folder: Path, tmp_path: Path) -> None:
    done = script("mnist_784_128_10", "--data", str(data_folder), "--seeds", "1", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "seed 0: 95." in done.stdout or "seed 0: 96." in done.stdout


@pytest.mark.parametrize("name", ["mnist_784_128_10", "lenet_mnist"])
def test_without_the_data_it_says_what_to_do(name: str, tmp_path: Path) -> None:
    if Path("/usr/share/datasets/mnist").exists():
        pytest.skip("this machine has MNIST")
    done = script(name, home=tmp_path)
    assert done.returncode == 1
    assert "Write 'cutaway data get mnist'" in done.stderr


def script(name: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    places = dict.fromkeys(("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA", "SCIKIT_LEARN_DATA"), str(home))
    environment = {k: v for k, v in os.environ.items() if k != "CUTAWAY_DATA"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *arguments],
        cwd=home,
        env={**environment, **places, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
