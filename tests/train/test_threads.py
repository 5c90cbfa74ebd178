"""The same seed gives the same bits on any number of threads."""

import hashlib
import os
import subprocess
import sys

import numpy as np

import cutaway as ca

PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from test_threads import digest
print(digest())
"""


def digest() -> str:
    """Return a fingerprint of networks large enough for BLAS to share their products out among threads."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12_000, 700))
    y = (X[:, 0] > X[:, 1]).astype(int)
    found = hashlib.sha256()
    for batch_size in (None, 100):
        net = ca.Network([ca.Dense(64, "relu"), ca.Dropout(0.2), ca.Dense(1, "sigmoid")], seed=1)
        history = net.fit(X[:3000] if batch_size else X, y[:3000] if batch_size else y, epochs=2, batch_size=batch_size,
                          progress=False)  # fmt: skip
        for layer in net.params:
            for array in layer.values():
                found.update(array.tobytes())
        found.update(history["loss"].tobytes())
    return found.hexdigest()


def in_threads(count: int) -> str:
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(variables, str(count))}
    program = PROGRAM.format(folder=os.path.dirname(__file__))
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_one_and_two_threads_give_the_same_bits() -> None:
    assert in_threads(1) == in_threads(2)
