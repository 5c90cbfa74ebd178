"""Which network is enough for two moons? Four architectures, five seeds each, on rows that chose nothing.

The 300 points are divided once: the validation rows choose the best epoch of each network, the held-out rows score it.
Weights of size 0.01 in each layer, as one sees them in first programs, are compared with He's as well. With
``--out DIR`` pictures are saved in DIR.
"""

import argparse
from pathlib import Path

import cutaway as ca

ARCHITECTURES = [(4,), (8, 8), (16, 16, 16), (32,)]


def compare(seeds, init="he"):
    """Return the comparison of the four networks, with gradient descent on all rows at once."""
    moons = ca.data.load("moons", n_samples=300, noise=0.2, seed=42)
    return ca.compare(
        moons,
        layers=ARCHITECTURES,
        activation="relu",
        optimizer="sgd",
        lr=0.5,
        init=init,
        batch_size=0,
        epochs=500,
        patience=500,
        seeds=seeds,
        seed=42,
        validation=0.2,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="save pictures here")
    parser.add_argument("--seeds", type=int, default=5, help="train so many networks of each kind")
    options = parser.parse_args()

    found = compare(options.seeds)
    print(found.table())
    for sentence in found.claims.sentences():
        print(sentence)

    print("\nthe same with first weights of size 0.01")
    small = compare(options.seeds, init="0.01")
    print(small.table())
    print(small.claims.sentences()[-1])

    if options.out:
        for kind in ("scores", "curves", "boundaries"):
            ca.plots.save(found.plot(kind), options.out / f"{kind}.png")


if __name__ == "__main__":
    main()
