"""scikit-learn's own tests of its networks, with our estimators in the place of theirs.

The file is the one of the scikit-learn that is installed; it is loaded anew while ``MLPClassifier`` and
``MLPRegressor`` stand for the functions below, which say in our words what theirs say.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("default")

LEFT_OUT = {
    "test_fit": "sets private attributes",
    "test_gradient": "calls a private method",
    "test_learning_rate_warmstart": "reads a private attribute",
    "test_adaptive_learning_rate": "reads a private attribute",
    "test_n_iter_no_change": "reads a private attribute",
    "test_n_iter_no_change_inf": "reads a private attribute",
    "test_early_stopping_stratified": "the words of an error: it names the label True for the 1 of the user",
}


def translated(
    hidden_layer_sizes: Any = (100,),
    activation: str = "relu",
    *,
    solver: str = "adam",
    alpha: float = 0.0001,
    batch_size: Any = "auto",
    learning_rate: str = "constant",
    learning_rate_init: float = 0.001,
    momentum: float = 0.9,
    nesterovs_momentum: bool = True,
    early_stopping: bool = False,
    score: str,
    **same: Any,
) -> dict[str, Any]:
    """What theirs say, in our words; parameters that are not named here are the same."""
    assert learning_rate == "constant"
    lr = learning_rate_init
    nesterov = nesterovs_momentum and momentum > 0
    rules = {"adam": ca.Adam(lr), "sgd": ca.SGD(lr, momentum=momentum, nesterov=nesterov), "lbfgs": "lbfgs"}
    return {
        "hidden_layer_sizes": hidden_layer_sizes,
        "activation": {"logistic": "sigmoid"}.get(activation, activation),
        "optimizer": rules[solver],
        "weight_decay": float(alpha),
        "batch_size": 200 if batch_size == "auto" else batch_size,
        "early_stopping": score if early_stopping else False,
        "standardize": False,
        **same,
    }


def classifier(*args: Any, **params: Any) -> NetworkClassifier:
    return NetworkClassifier(**translated(*args, **params, score="accuracy"), loss="log_loss")


def regressor(*args: Any, loss: str = "squared_error", **params: Any) -> NetworkRegressor:
    losses = {"squared_error": {"loss": "mean_squared_error"}, "poisson": {"loss": "poisson", "out_activation": np.exp}}
    return NetworkRegressor(**translated(*args, **params, score="r2"), **losses[loss])


def their_tests() -> ModuleType:
    """Their file, loaded with our estimators."""
    theirs = sklearn.neural_network
    path = Path(theirs.__file__).parent / "tests" / "test_mlp.py"
    if not path.is_file():
        pytest.skip("this scikit-learn came without its tests", allow_module_level=True)
    spec = importlib.util.spec_from_file_location("tests_of_scikit_learn", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    originals = theirs.MLPClassifier, theirs.MLPRegressor
    try:
        theirs.MLPClassifier, theirs.MLPRegressor = classifier, regressor
        spec.loader.exec_module(module)
    finally:
        theirs.MLPClassifier, theirs.MLPRegressor = originals
    return module


THEIRS = {name: test for name, test in vars(their_tests()).items() if name.startswith("test_")}
for _name, _test in THEIRS.items():
    if _name not in LEFT_OUT:
        setattr(sys.modules[__name__], _name, _test)


@pytest.fixture
def global_random_seed() -> int:
    return 42


def test_what_is_left_out_is_there() -> None:
    assert set(LEFT_OUT) <= set(THEIRS)
