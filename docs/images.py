"""Make the pictures of the documentation: ``python docs/images.py`` writes them to docs/images/."""

from copy import deepcopy
from pathlib import Path

from matplotlib.figure import Figure

import cutaway as ca

FOLDER = Path(__file__).parent / "images"
VIEWS = (1, 50, 500)


def moons() -> Figure:
    """Return three views of one network while it learns, beside its losses."""
    split = ca.data.load("moons", n_samples=1000, noise=0.2, seed=42).split(test=0.15, seed=0)
    held_out = split.test.X, split.test.y
    net = ca.Network([ca.Dense(16, "tanh"), ca.Dense(32, "tanh"), ca.Dense(1, "sigmoid")], seed=1)
    views = {}

    def look(record: dict[str, float]) -> None:
        if record["epoch"] in VIEWS:
            views[f"epoch {record['epoch']}"] = deepcopy(net)

    history = net.fit(
        split.train.X,
        split.train.y,
        validation=held_out,
        optimizer=ca.SGD(0.3),
        epochs=VIEWS[-1],
        metrics=(),
        callbacks=look,
        progress=False,
    )
    fig = Figure(figsize=(11, 3.0), layout="constrained")
    fig.get_layout_engine().set(wspace=0.05)  # room between the scale of the colours and the losses
    *panels, curves = fig.subplots(1, 4, width_ratios=[1, 1, 1, 1.1])
    ca.plots.boundaries(views, *held_out, ax=panels)
    for panel in panels:
        panel.set(xlabel="", ylabel="", xticks=[], yticks=[])
        if panel.get_legend():
            panel.get_legend().remove()
    ca.plots.curves(history, metrics=["loss"], log=True, ax=curves)
    curves.locator_params(axis="x", nbins=5)
    return fig


def compare() -> Figure:
    """Return the scores of three networks beside simpler models."""
    return ca.compare("moons", layers=[(4,), (8, 8), (16, 16, 16)]).plot("scores")


def main() -> None:
    """Write every picture."""
    print(ca.plots.save(compare(), FOLDER / "compare.png", dpi=80))
    print(ca.plots.save(moons(), FOLDER / "moons.png", dpi=100))


if __name__ == "__main__":
    main()
