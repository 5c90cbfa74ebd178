"""One learning rate crawls, another one solves it: quadrants with 0.01, 0.1 and 1, and a test that finds out.

A 2-10-1 network that gives logits, one number of any size, trained with plain gradient descent on all points at once.
With ``--out DIR`` pictures are saved in DIR.
"""

import argparse
from pathlib import Path

import numpy as np

import cutaway as ca

EPOCHS, RATES = 1000, (0.01, 0.1, 1.0)


def quadrants(n=1000, seed=42):
    """Return points, and 1 where both coordinates have the same sign."""
    X = np.random.default_rng(seed).standard_normal((n, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def network(seed):
    return ca.Network([ca.Dense(10, "relu"), ca.Dense(1)], seed=seed)


def train(rate, seed, X, y, held_out):
    net = network(seed)
    history = net.fit(
        *(X, y),
        loss="binary_cross_entropy_from_logits",
        optimizer=ca.SGD(rate),
        epochs=EPOCHS,
        validation=held_out,
        progress=False,
    )
    return net, history


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="save pictures here")
    parser.add_argument("--seeds", type=int, default=3, help="train so many networks with each rate")
    options = parser.parse_args()
    (X, y), held_out = quadrants(), quadrants(seed=43)

    histories, nets = {}, {}
    print("rate   loss in the end        held-out accuracy, seed by seed")
    for rate in RATES:
        found = [train(rate, seed, X, y, held_out) for seed in range(options.seeds)]
        losses = [history.last["loss"] for _, history in found]
        right = [history.last["val_accuracy"] for _, history in found]
        print(f"{rate:<5g}  {np.mean(losses):.4f}                 " + "  ".join(f"{r:.3f}" for r in right))
        nets[f"rate {rate:g}"], histories[f"rate {rate:g}"] = found[0]

    test = ca.train.lr_range(
        network(0),
        *(X, y),
        loss="binary_cross_entropy_from_logits",
        optimizer=ca.SGD(),
        batch_size=None,
        lowest=1e-3,
        highest=1e3,
    )
    print(
        f"\na range test of {len(test)} steps suggests {test.suggested:.2g}; at {test.rates[-1]:.2g} the loss exploded"
    )
    if options.out:
        ca.plots.save(ca.plots.curves(histories, metrics=["loss", "accuracy"]), options.out / "curves.png")
        ca.plots.save(ca.plots.boundaries(nets, *held_out), options.out / "boundaries.png")
        ca.plots.save(ca.plots.lr_range(test, title="rates to try"), options.out / "range_test.png")


if __name__ == "__main__":
    main()
