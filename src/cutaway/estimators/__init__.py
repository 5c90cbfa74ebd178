"""Networks as scikit-learn's estimators, for pipelines, searches and everything else that is made of those."""

from __future__ import annotations

from cutaway.estimators.classifier import NetworkClassifier
from cutaway.estimators.regressor import NetworkRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor"]
