"""Random programs and random indices as ONNX files: ONNX Runtime gives NumPy's numbers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.export.onnx import to_model
from cutaway.export.onnx.importer import imported

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytestmark = pytest.mark.onnx


def load_programs() -> ModuleType:
    """The random programs that all engines are tested with."""
    path = Path(__file__).parents[1] / "engines" / "test_random_programs.py"
    spec = importlib.util.spec_from_file_location("random_programs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


programs = load_programs()
rng = np.random.default_rng(0)


def check(model: Any, inputs: Any, expected: Any) -> None:
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run(None, {i.name: x for i, x in zip(model.graph.input, inputs, strict=True)})
    again = imported(model)(*inputs)
    again = again if isinstance(again, tuple) else (again,)
    for a, b, c in zip(found, again, expected, strict=True):
        for x in (a, np.asarray(b)):
            assert (np.shape(x), x.dtype) == (np.shape(c), np.asarray(c).dtype)
            np.testing.assert_allclose(x, c, rtol=1e-9, atol=1e-11)


@settings(max_examples=40, deadline=None)
@given(program=programs.programs())
def test_a_random_program_gives_the_same_numbers(program):
    inputs = [np.ascontiguousarray(x) for x in program.inputs]
    check(to_model(program, inputs=inputs, rows=()), inputs, program(*inputs))


@settings(max_examples=40, deadline=None)
@given(index=arrays_of.basic_indices((4, 3, 5), allow_newaxis=True, max_dims=5))
def test_a_random_index_takes_the_same_entries(index):
    x = rng.normal(size=(4, 3, 5))
    check(to_model(lambda x: x[index] * 1.0, inputs=[x], rows=()), [x], [np.asarray(x[index])])


def parts(n: int) -> Any:
    """What may stand in an index for an axis of ``n`` entries."""
    place = st.integers(-n, n - 1)
    return st.one_of(st.slices(n), st.just(slice(None)), place, st.lists(place, min_size=2, max_size=2))


@settings(max_examples=40, deadline=None)
@given(index=st.tuples(parts(3), parts(5), parts(2)))
def test_a_random_index_behind_the_rows_takes_the_same_entries_of_any_number_of_rows(index):
    where = (slice(None), *(np.array(i) if isinstance(i, list) else i for i in index))

    def f(x: Any) -> Any:
        return x[where] * 1.0

    model = to_model(f, inputs=[rng.normal(size=(2, 3, 5, 2))])
    for n in (1, 4):
        x = rng.normal(size=(n, 3, 5, 2))
        check(model, [x], [np.asarray(f(x))])


@settings(max_examples=40, deadline=None)
@given(index=st.tuples(st.one_of(st.slices(3), st.integers(-3, 2)), st.one_of(st.slices(5), st.integers(-5, 4))))
def test_writing_to_a_random_place_behind_the_rows(index):
    def f(x: Any) -> Any:
        y = np.array(x)
        y[(slice(None), *index)] += 1.5
        y[(slice(None), *index)] *= 2 * y[(slice(None), *index)]
        return y

    model = to_model(f, inputs=[rng.normal(size=(2, 3, 5))])
    for n in (1, 4):
        x = rng.normal(size=(n, 3, 5))
        check(model, [x], [f(x)])
