"""The docstrings name the parameters and attributes that there are, and say the same where the two are the same."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from sklearn.datasets import load_iris

from cutaway.estimators import NetworkClassifier, NetworkRegressor

OWN = {"class_weight", "out_activation", "loss", "standardize", "early_stopping", "validation_fraction"}


def section(kind: Any, title: str) -> dict[str, str]:
    """The entries of a section of a class's docstring, by their names."""
    text = re.split(rf"\n{title}\n-+\n", inspect.getdoc(kind) or "")[1]
    text = re.split(r"\n\n\w+\n-+\n", text)[0]
    entries = re.findall(r"^(\w[\w, ]*) : (.*(?:\n +.*)*)", text, re.MULTILINE)
    return {name: said for names, said in entries for name in names.split(", ")}


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
def test_every_parameter_is_described_and_no_other(kind: Any) -> None:
    assert set(section(kind, "Parameters")) == set(inspect.signature(kind).parameters) == set(kind().get_params())


def test_parameters_of_both_are_described_alike() -> None:
    one, other = section(NetworkClassifier, "Parameters"), section(NetworkRegressor, "Parameters")
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == OWN
    assert [name for name in one if name not in OWN] == [name for name in other if name not in OWN]


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_attribute_that_fit_leaves_is_described_and_no_other(kind: Any) -> None:
    tables = pytest.importorskip("pandas", reason="data frames have names")
    X, y = load_iris(return_X_y=True)
    model = kind(4, max_iter=2).fit(tables.DataFrame(X, columns=list("abcd")), y)
    left = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    assert set(section(kind, "Attributes")) == left
