"""A network among scikit-learn's estimators: raw columns of a table, a search, early stopping, importance, hand-over.

The table has a number whose unit is large, one that is small, a category and a column that says nothing. With
``--out DIR`` the network that was found is kept there.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import cutaway as ca

NAMES = ["income", "rate", "region", "noise"]


def table(n=600, seed=0):
    """Columns in their own units, and whether a loan was paid back, in words."""
    rng = np.random.default_rng(seed)
    income, rate = rng.normal(40_000, 12_000, n), rng.uniform(0.01, 0.09, n)
    region, noise = rng.integers(0, 3, n), rng.normal(size=n)
    score = (income - 40_000) / 12_000 + np.array([0.5, -1.0, 1.0])[region] - 3 * ((rate - 0.05) / 0.025) ** 2 + 2
    y = np.where(score + 0.3 * rng.normal(size=n) > 0, "paid", "failed")
    return np.column_stack([income, rate, region, noise]), y


def run(out):
    X, X_test, y, y_test = train_test_split(*table(), test_size=0.25, random_state=0)
    columns = make_column_transformer((OneHotEncoder(), [2]), remainder="passthrough", sparse_threshold=0)
    network = ca.estimators.NetworkClassifier(
        activation="tanh", early_stopping=True, n_iter_no_change=20, max_iter=400, random_state=0
    )
    search = GridSearchCV(
        make_pipeline(columns, network),
        {
            "networkclassifier__hidden_layer_sizes": [(), (16,), (16, 16)],
            "networkclassifier__optimizer": [ca.Adam(0.01), ca.SGD(0.1, momentum=0.9), "lbfgs"],
        },
        cv=3,
    ).fit(X, y)
    print("hidden layers  optimizer               held-out accuracy")
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        layers, rule = params.values()
        print(f"{layers!s:<15}{rule!s:<24}{score:.3f}")
    best = search.best_estimator_
    print(f"chosen: {best[-1].hidden_layer_sizes}, accuracy on the test rows {best.score(X_test, y_test):.3f}")

    found = permutation_importance(best, X_test, y_test, n_repeats=10, random_state=0)
    for name, importance in zip(NAMES, found.importances_mean, strict=True):
        print(f"  {name:<8}{importance:6.3f}  {'#' * round(100 * max(importance, 0))}")

    # What was learned is a network that takes the columns in their own units: nothing else has to be kept.
    net = best[-1].network_
    net.save(out / "loans.safetensors")
    again = ca.Network.load(out / "loans.safetensors")
    rows = columns.fit(X).transform(X_test)
    same = np.array_equal(best[-1].classes_[again.predict(rows)], best.predict(X_test))
    print(net.summary(), f"saved and loaded, it answers the same: {same}", sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the network here")
    out = parser.parse_args().out
    if out:
        out.mkdir(parents=True, exist_ok=True)
        run(out)
    else:
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder))


if __name__ == "__main__":
    main()
