"""What every test shares: deterministic examples from Hypothesis, and the folder of real data."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# No deadline: a busy machine is not a failing test. Derandomized: a red test is red again on the next run.
hypothesis.settings.register_profile("cutaway", deadline=None, derandomize=True)
hypothesis.settings.load_profile("cutaway")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder that CUTAWAY_DATA names (mnist.npz, cora.npz), or skip."""
    folder = os.environ.get("CUTAWAY_DATA")
    if not folder:
        pytest.skip("CUTAWAY_DATA is not set: it names a folder with mnist.npz and cora.npz")
    return Path(folder)
