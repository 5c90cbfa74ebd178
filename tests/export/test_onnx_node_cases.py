"""The test cases that the package onnx makes of its operators: they pass or are refused by name, and a page says so."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytestmark = pytest.mark.onnx

DOCS = Path(__file__).parents[2] / "docs"


def load_page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_onnx_support", DOCS / "onnx_support.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where a dataclass looks for its module
    spec.loader.exec_module(module)
    return module


page = load_page()


@pytest.fixture(scope="module")
def found() -> list[Any]:
    cases: list[Any] = page.cases()
    return cases


@pytest.fixture(scope="module")
def outcome(found: list[Any]) -> Any:
    return page.outcome(found)


def test_no_case_is_wrong_and_none_raises_anything_but_a_refusal(outcome):
    assert outcome.crashed == []
    assert outcome.wrong == []


def test_at_least_six_hundred_cases_pass(outcome):
    assert outcome.passed.total() >= 600


words = str.split
NETWORKS = words(
    "Add AveragePool BatchNormalization Clip Concat Conv ConvTranspose Elu Flatten GRU Gather Gemm GlobalAveragePool "
    "GlobalMaxPool HardSigmoid InstanceNormalization LRN LSTM LeakyRelu LogSoftmax MatMul MaxPool Mul PRelu Pad RNN "
    "ReduceMean ReduceSum Relu Selu Sigmoid Slice Softmax Softplus Split Squeeze Sub Sum Tanh Transpose Unsqueeze"
)


def test_every_case_of_the_operators_of_networks_passes(outcome):
    assert [name for name in NETWORKS if not outcome.passed[name] or outcome.refused[name]] == []


def test_a_wrong_result_and_a_crash_are_found(found, monkeypatch):
    from cutaway.export.onnx.operators.table import OPERATORS

    tanh, relu, sigmoid = ([c for c in found if c.name == f"test_{n}"] for n in ("tanh", "relu", "sigmoid"))
    monkeypatch.setitem(OPERATORS, "Tanh", lambda call, x: np.tanh(x) * 1.01)
    monkeypatch.setitem(OPERATORS, "Relu", lambda call, x: np.maximum(x, 0).astype(np.float64))
    monkeypatch.setitem(OPERATORS, "Sigmoid", lambda call, x: exec("raise RuntimeError"))
    result = page.outcome(tanh + relu + sigmoid)
    assert result.wrong == ["test_tanh", "test_relu"]
    assert result.crashed == ["test_sigmoid: RuntimeError()"]
    assert result.passed.total() == 0


def test_the_page_tells_the_truth(outcome):
    written, fresh = (DOCS / "onnx-support.md").read_text(encoding="utf-8"), page.onnx_page(outcome)
    if f"The package onnx {onnx.__version__} " in written:
        assert written == fresh, "run python docs/generate.py"
