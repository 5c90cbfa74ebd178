"""2708 papers cite each other; with the subject of 140 of them known, a graph network tells that of the others.

The settings are those of Kipf and Welling (2017), who report 81.5 % on the 1000 test papers: rows of features that sum
to 1, 16 hidden units, dropout of inputs and hidden units, no biases, a decay of the weights of the first layer alone,
200 epochs. ``--setting simple`` drops hidden units alone and decays all weights, as tutorials do.

Cora must be on this machine: without it the error says how to make ``cora.npz``. With ``--out DIR`` the last network
and pictures are kept in DIR.
"""

import argparse
from pathlib import Path

import numpy as np

import cutaway as ca


class DecayOfTheFirstLayer(ca.Adam):
    """Adam, with an L2 penalty on the first weights; all weights come as one vector, layer after layer."""

    def regularize(self, w, g):
        return g + np.where(np.arange(w.size) < 1433 * 16, 5e-4, 0.0).astype(w.dtype) * w


def network(data, setting, seed):
    bias = None if setting == "kipf" else "zeros"
    layers = [
        ca.GraphConv(16, data.adjacency, "relu", bias=bias),
        ca.Dropout(0.5),
        ca.GraphConv(data.n_classes, data.adjacency, "softmax", bias=bias),
    ]
    return ca.Network([ca.Dropout(0.5), *layers] if setting == "kipf" else layers, seed=seed)


def train(data, setting="kipf", seed=0, **options):
    net = network(data, setting, seed)
    rule = DecayOfTheFirstLayer(0.01) if setting == "kipf" else ca.Adam(0.01, weight_decay=5e-4)
    history = net.fit(data.X, data.y, rows=data.train, optimizer=rule, epochs=200, progress=False, **options)
    return net, history


def draw(net, history, data, out):
    answers = net.predict(data.X)
    ca.plots.save(history.plot(), out / "curves.png")
    ca.plots.save(ca.plots.graph(data, title="Papers by subject, linked by citations"), out / "graph.png")
    foreseen = ca.plots.graph(data, predicted=answers, title="What the network says of them")
    ca.plots.save(foreseen, out / "predictions.png")
    papers = ca.plots.embedding(net.hidden(data.X), data.y, class_names=data.class_names, title="The 16 hidden units")
    ca.plots.save(papers, out / "hidden.png")
    rows = np.flatnonzero(data.test)
    confusion = ca.plots.confusion(data.y[rows], answers[rows], class_names=data.class_names)
    ca.plots.save(confusion, out / "confusion.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="the folder that holds cora.npz")
    parser.add_argument("--setting", choices=["kipf", "simple"], default="kipf")
    parser.add_argument("--seeds", type=int, default=10, help="train so many networks")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the last network and pictures here")
    options = parser.parse_args()
    data = ca.data.load("cora", data_dir=options.data)
    print(data)
    scores = []
    for seed in range(options.seeds):
        net, history = train(data, options.setting, seed, validation=data.validation)
        scores.append(net.evaluate(data.X, data.y, rows=data.test)["accuracy"])
        print(
            f"seed {seed}: validation {history.last['val_accuracy']:.1%}, test {scores[-1]:.1%}, "
            f"{sum(history['seconds']):.2f} s"
        )
    print(f"test accuracy {np.mean(scores):.4f} +- {np.std(scores, ddof=options.seeds > 1):.4f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        net.save(options.out / "cora.safetensors")
        draw(net, history, data, options.out)


if __name__ == "__main__":
    main()
