"""Real data sets that come inside scikit-learn's wheel, so that they need no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cutaway.data.dataset import Dataset


@dataclass(frozen=True)
class Packaged:
    """Where a packaged data set is found and what its columns are."""

    loader: str
    description: str
    target_name: str
    image_shape: tuple[int, int] | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


PACKAGED = {
    "digits": Packaged("load_digits", "handwritten digits, 8 x 8 pixels from 0 to 16", "digit", image_shape=(8, 8)),
    "iris": Packaged("load_iris", "three species of iris by petal and sepal, in cm", "species"),
    "wine": Packaged("load_wine", "three growers of wine by chemical analysis", "grower"),
    "breast-cancer": Packaged("load_breast_cancer", "tumours by the shape of their cell nuclei", "tumour"),
    "diabetes": Packaged(
        # Raw units: scikit-learn's scaled columns were scaled with the rows that are to be held out.
        "load_diabetes",
        "progress of diabetes in one year by ten measurements",
        "progression",
        arguments={"scaled": False},
    ),
}


def load_packaged(name: str) -> Dataset:
    """Return the packaged data set of that name, one of `PACKAGED`.

    Examples
    --------
    >>> load_packaged("diabetes")
    Dataset('diabetes': 442 samples x 10 features; regression progression: from 25 to 346)
    """
    import sklearn.datasets

    about = PACKAGED[name]
    bunch = getattr(sklearn.datasets, about.loader)(**about.arguments)
    classes = tuple(map(str, getattr(bunch, "target_names", ())))
    return Dataset(
        name=name,
        X=bunch.data,
        y=bunch.target,
        task="regression" if not classes else "binary" if len(classes) == 2 else "multiclass",
        feature_names=tuple(map(str, bunch.feature_names)),
        class_names=classes,
        target_name=about.target_name,
        description=about.description,
        source=f"real data, in scikit-learn's wheel ({about.loader})",
        image_shape=about.image_shape,
    )
