"""The example with ONNX runs as a script, says what it should, warns of nothing and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytestmark = pytest.mark.onnx

EXAMPLE = Path(__file__).parents[2] / "examples" / "onnx_round_trip.py"


def test_the_example_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLE)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "449 images, the same to rounding: True" in done.stdout
    assert "nodes: Add Conv MatMul MaxPool Relu Reshape Softmax Transpose" in done.stdout
    assert "the loss is smaller: True" in done.stdout
    assert list(tmp_path.iterdir()) == []
