"""scikit-learn's own checks of an estimator, all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.utils.estimator_checks import check_estimator

from cutaway.estimators import NetworkClassifier, NetworkRegressor

SOURCE = Path(__file__).parents[2] / "src"
ALL = """
import warnings
from sklearn.utils.estimator_checks import check_estimator
from cutaway.estimators import {name}
warnings.simplefilter("ignore")
found = check_estimator({name}(), on_skip=None, on_fail="raise")
print(len(found), {{result["status"] for result in found}})
"""
NO_TWINS = "a row of weight 2 is not two rows for the statistics of a batch, or for the share that is held out"
WEIGHTS = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")
NO_PARTIAL_FIT = (
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
)


@pytest.mark.parametrize(("name", "least"), [("NetworkClassifier", 74), ("NetworkRegressor", 67)])
def test_all_checks_pass_and_none_is_left_out(name: str, least: int) -> None:
    """In a process of its own: one check asks for a setting that SciPy reads when it is imported."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "SCIPY_ARRAY_API": "1", "OMP_NUM_THREADS": "1"}
    code = ALL.format(name=name)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    count, statuses = done.stdout.split(maxsplit=1)
    assert int(count) >= least and statuses.strip() == "{'passed'}"


@pytest.mark.parametrize(
    ("params", "reasons"),
    [
        pytest.param(
            {"standardize": False, "hidden_layer_sizes": (8, 8), "activation": ("tanh", "relu")},
            {},
            id="two-layers",
        ),
        pytest.param(
            {"batch_norm": True, "early_stopping": True},
            dict.fromkeys(WEIGHTS, NO_TWINS) | dict.fromkeys(NO_PARTIAL_FIT, "partial_fit has nothing to hold out"),
            id="batch-norm-and-early-stopping",
        ),
    ],
)
@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_the_checks_pass_with_other_parameters(kind: Any, params: dict[str, Any], reasons: dict[str, str]) -> None:
    quick = {"hidden_layer_sizes": 16, "learning_rate": 0.01, "max_iter": 60, **params}
    found = check_estimator(kind(**quick), expected_failed_checks=reasons, on_skip=None, on_fail="raise")
    assert {result["check_name"] for result in found if result["status"] == "xfail"} == set(reasons)
