"""The author's names are put back after a recording exactly as they were, whatever happened inside."""

from __future__ import annotations

import builtins
import functools
import math
import threading
import types
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy import array, zeros

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.tracing import Traced

X = np.arange(6.0).reshape(2, 3)
labels = np.array([0, 1])
PAIR = (X, labels, "a name")
NESTED = {"data": [X, {"labels": labels}], "n": 3}
Batch = namedtuple("Batch", "inputs targets")
BATCH = Batch(X, labels)
W = np.ones((3, 1))
averaged = np.vectorize(lambda z: z / 2)


@dataclass(frozen=True)
class Layer:
    W: np.ndarray
    notes: list = field(default_factory=list)


@dataclass(slots=True)
class Slotted:
    W: np.ndarray
    Z: object = None


class Model:
    shared = np.ones(3)

    def __init__(self):
        self.b = np.zeros(1)
        self.layer = Layer(np.eye(3))
        self.slotted = Slotted(np.eye(3))
        self.cache = {}

    def forward(self, W):
        self.Z = X.dot(self.layer.W).dot(W) + self.b
        self.cache["Z"] = [self.Z, (self.Z, 1)]
        self.slotted.Z = X.dot(self.slotted.W.dot(W))
        return np.sum(self.Z * self.slotted.Z) + self.shared.dot(W).sum()


def snapshot():
    own = {k: v for k, v in globals().items() if not k.startswith("__")}
    classes = {f"{c.__name__}.{k}": v for c in (Model, Layer, Slotted) for k, v in vars(c).items()}
    return own | classes | {"items": NESTED["data"][0], "inner": NESTED["data"][1]["labels"]}


def assert_restored(before):
    after = snapshot()
    assert before.keys() == after.keys()
    assert all(before[k] is after[k] for k in before), [k for k in before if before[k] is not after[k]]
    assert builtins.float is float and float("1") == 1.0 and isinstance(np, types.ModuleType) and np.zeros is zeros


def test_everything_is_the_same_object_afterwards():
    model, before = Model(), snapshot()
    attributes = dict(vars(model))
    matrix = model.layer.W
    ca.grad(model.forward)(W)
    assert_restored(before)
    assert all(vars(model)[k] is v for k, v in attributes.items())
    assert model.layer.W is matrix and type(model.slotted.W) is np.ndarray


def test_what_the_program_stored_stays_as_plain_arrays():
    model = Model()
    ca.grad(model.forward)(W)
    for stored in (model.Z, model.cache["Z"][0], model.cache["Z"][1][0], model.slotted.Z):
        assert type(stored) is np.ndarray
        np.testing.assert_array_equal(stored, X @ W)


def test_the_world_is_restored_after_an_error():
    before = snapshot()

    def fails(W):
        global leftover
        leftover = X @ W
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        ca.grad(fails)(W)
    assert type(globals().pop("leftover")) is np.ndarray
    assert_restored(before)
    with pytest.raises(TraceError):
        ca.grad(lambda W: np.unique(X @ W).sum())(W)
    assert_restored(before)


def helper_with_default(W, data=X, *, more=X):
    return (data.dot(W) + more.dot(W)).sum()


def closure():
    hidden = X + 1

    def inner(W):
        return hidden.dot(W).sum()

    return inner


def decorated(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


@decorated
def doubled(W):
    return X.dot(W).sum()


class Callable:
    def __init__(self):
        self.X = X

    def __call__(self, W):
        return self.X.dot(W).sum()


def local_function(W):
    data = NESTED["data"][0]

    def inner():
        return data.dot(W)

    return inner().sum() * len(labels.tolist())


REACHED = {
    "a default": helper_with_default,
    "a closure": closure(),
    "a decorated function": doubled,
    "a callable object": Callable(),
    "a partial": functools.partial(helper_with_default, data=X),
    "a tuple": lambda W: PAIR[0].dot(W).sum() + len(PAIR[2]),
    "a named tuple": lambda W: BATCH.inputs.dot(W).sum(),
    "nested containers": lambda W: NESTED["data"][0].dot(W).sum(),
    "a local function": local_function,
    "a vectorized function": lambda W: averaged(X.dot(W)).sum(),
    "two names of one array": lambda W: X.dot(W).sum() * (X is PAIR[0]),
}


@pytest.mark.parametrize("name", REACHED)
def test_arrays_that_the_program_can_reach(name, agrees):
    before = snapshot()
    agrees(REACHED[name], W)
    assert_restored(before)


def test_objects_and_modules_as_arguments():
    module = types.ModuleType("settings")
    module.X = X
    model = Model()

    def loss(W, model, module, scale=1.0):
        return model.forward(W) * scale + module.X.sum() * W.sum()

    found = ca.grad(loss)(W, model, module, scale=2.0)
    assert found.shape == W.shape and type(model.Z) is np.ndarray and module.X is X


def test_arrays_passed_by_keyword_are_constants_of_the_program():
    graph = ca.trace(lambda W, X=None, y=None: np.mean((X.dot(W) - y[:, None]) ** 2), W, X=X, y=labels)
    assert len(graph.inputs) == 1 and "X" in {v.name for v in graph._constant_vars}


def test_constants_are_copies_of_the_authors_arrays():
    data = np.ones((2, 3))
    graph = ca.trace(lambda W: data @ W, W)
    data[:] = 7
    np.testing.assert_array_equal(ca.run(graph, W)[0], [[3.0], [3.0]])


def test_numpy_itself_is_never_replaced():
    seen = []

    def loss(W):
        seen.append(zeros is np.zeros)
        import numpy

        seen.append(id(numpy.zeros) == original)
        return np.sum(W)

    original = id(np.zeros)
    ca.grad(loss)(W)
    assert seen == [True, True] and id(np.zeros) == original and math.exp is vars(math)["exp"] and array is np.array


# Threads ----------------------------------------------------------------------------------------------------------


def test_recordings_in_several_threads_do_not_meet():
    results, errors = {}, []
    start = threading.Barrier(4)

    def work(k):
        try:
            start.wait()
            for _ in range(10):
                results[k] = ca.grad(lambda W: np.sum(X.dot(W) ** 2) * k)(W)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not isinstance(globals()["X"], Traced)
    for k in range(1, 5):
        np.testing.assert_allclose(results[k], 2 * k * X.T @ X @ W)


def test_what_other_threads_draw_is_no_draw_of_the_program():
    """A recording of the library's own code watches no generator that everybody shares."""
    import random
    import threading

    from cutaway.nn.losses import LOSSES
    from cutaway.tracing import record

    stop = threading.Event()

    def draw():
        while not stop.is_set():
            random.random()
            np.random.random()

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        for _ in range(20):
            recording = record(LOSSES["huber"].fn, np.ones((5, 1)), np.zeros((5, 1)))
            assert not recording.graph().peeks
    finally:
        stop.set()
        thread.join()
