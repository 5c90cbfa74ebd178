"""A karate club splits. Two members have said which side they take; a graph network tells the side of all others.

Each member is known by its number alone (the features are an identity matrix), so all that the network learns from is
who is a friend of whom. With ``--out DIR`` pictures are kept in DIR.

The data: Zachary (1977). The idea: Kipf and Welling (2017), appendix A.
"""

import argparse
from pathlib import Path

import numpy as np

import cutaway as ca


def train(club, seed=0, epochs=200):
    layers = [
        ca.GraphConv(4, club.adjacency, "tanh"),
        ca.GraphConv(4, club.adjacency, "tanh"),
        ca.GraphConv(2, club.adjacency, "tanh"),
        ca.Dense(1, "sigmoid"),
    ]
    net = ca.Network(layers, seed=seed)
    net.fit(club.X, club.y, rows=club.train, optimizer=ca.Adam(0.01), epochs=epochs, progress=False)
    return net


def draw(net, club, out):
    """The club as it was foreseen, and the two units before the answer, in which it comes apart."""
    foreseen = ca.plots.graph(club, predicted=net.predict(club.X), title="The club, as the network foresees it")
    ca.plots.save(foreseen, out / "club.png")
    units = ca.plots.data(net.hidden(club.X), club.y, class_names=club.class_names, feature_names=["unit 1", "unit 2"])
    ca.plots.save(units, out / "units.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep pictures here")
    out = parser.parse_args().out
    club = ca.data.load("karate")
    print(f"{len(club)} members, {club.n_edges} friendships; members {np.flatnonzero(club.train)} have said their side")
    right = []
    for seed in range(10):
        net = train(club, seed)
        right.append(net.evaluate(club.X, club.y, rows=club.test)["accuracy"] * club.test.sum())
    print(f"right about the other {club.test.sum()}, seeds 0 to 9: {' '.join(f'{count:.0f}' for count in right)}")
    for member in np.flatnonzero(net.predict(club.X) != club.y):
        friends = club.y[club.adjacency[[member]].indices]
        print(
            f"member {member} went with {club.class_names[club.y[member]]}, "
            f"but {np.mean(friends != club.y[member]):.0%} of his friends did not"
        )
    if out:
        out.mkdir(parents=True, exist_ok=True)
        draw(net, club, out)


if __name__ == "__main__":
    main()
