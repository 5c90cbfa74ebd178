"""The examples with PyTorch run: a twin that takes the same way, and two processes with the gradient of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

FOLDER = Path(__file__).parents[2] / "examples"


def run(name: str, folder: Path, seconds: float) -> str:
    """Run an example; none of its processes outlives the test."""
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / f"{name}.py")],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == 0, err
    assert list(folder.iterdir()) == []
    return out


def test_a_twin_takes_the_same_way(tmp_path: Path) -> None:
    out = run("torch_twin", tmp_path, 120)
    assert "    1  0.9012946521  0.9012946521\n" in out
    assert " 1000  0.2839053729  0.2839053729\n" in out
    assert out.count("True") == 3 and "False" not in out
    assert "accuracy of both: 0.860 0.860" in out


@pytest.mark.skipif(not torch.distributed.is_available(), reason="This PyTorch has no torch.distributed")
def test_two_processes_have_the_gradient_of_one(tmp_path: Path) -> None:
    out = run("torch_distributed", tmp_path, 240)
    assert "2 processes: the gradient is that of one to 1e-12: True" in out
    assert float(out.split("300 steps: ")[1].split()[0]) > 0.9
