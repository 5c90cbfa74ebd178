"""Two moons in pictures: the data, a line, a tree and a network side by side, and how the network came to its answer.

Scores are those of points that no model has seen. With ``--out DIR`` the pictures are saved in DIR.
"""

import argparse
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import cutaway as ca


def models(train):
    """Fit a line, and a tree of at most five questions in a row."""
    return {
        "logistic regression": LogisticRegression().fit(train.X, train.y),
        "decision tree": DecisionTreeClassifier(max_depth=5, random_state=42).fit(train.X, train.y),
    }


def network(seed=0):
    return ca.Network([ca.Dense(16, "tanh"), ca.Dense(16, "tanh"), ca.Dense(1, "sigmoid")], seed=seed)


def train(split, rate, way):
    net = network()
    history = net.fit(
        split.train.X,
        split.train.y,
        validation=(split.test.X, split.test.y),  # to look at, not to choose by
        optimizer=ca.Adam(rate),
        epochs=120,
        batch_size=32,
        callbacks=way,
        progress=False,
    )
    return net, history


def accuracies(model, split):
    answers = [(model.predict(part.X) == part.y).mean() for part in (split.train, split.test)]
    return "seen {:.3f}, held out {:.3f}".format(*answers)


def pictures(data, split, found, others, net, history, way):
    """Give each picture with its name."""
    train, test = split.train, split.test
    yield "data", ca.plots.data(data, title=f"{len(data)} points")
    yield "tree", ca.plots.boundary(others["decision tree"], test.X, test.y, title="decision tree, depth 5")
    yield "seen", ca.plots.boundary(net, train.X, train.y, title="points to learn from")
    yield "held_out", ca.plots.boundary(net, test.X, test.y, title="points held out")
    yield "side_by_side", ca.plots.boundaries({**others, "network": net}, test.X, test.y)
    yield "curves", history.plot()
    yield "learning_rate", ca.plots.lr_range(found)
    around = ca.train.loss_surface(net, train.X, train.y, seed=0)
    yield "surface", ca.plots.surface(around, title="two random directions")
    path = ca.train.loss_surface(net, train.X, train.y, path=way.weights)
    yield "path", ca.plots.surface(path, title="the way of the training")
    yield "weights", ca.plots.weights(net)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="save the pictures here")
    out = parser.parse_args().out
    data = ca.data.load("moons", n_samples=500, noise=0.2, seed=42)
    split = data.split(test=0.2, seed=0)
    print(data)

    found = ca.train.lr_range(network(), split.train.X, split.train.y)
    print(f"a test of {len(found)} learning rates suggests {found.suggested:.2g}")
    way = ca.train.Trajectory()
    net, history = train(split, found.suggested, way)

    others = models(split.train)
    for name, model in {**others, "network": net}.items():
        print(f"{name:20} {accuracies(model, split)}")
    kept = ca.train.loss_surface(net, split.train.X, split.train.y, path=way.weights, resolution=3)
    print(f"{kept.explained:.0%} of the network's way lie in a plane, of {net.n_params} dimensions")
    if out:
        for name, figure in pictures(data, split, found, others, net, history, way):
            print("picture:", ca.plots.save(figure, out / f"{name}.png"))


if __name__ == "__main__":
    main()
