"""XOR with the library: no line is enough, four hidden units often are, and how often depends on the seed.

A 2-4-1 network has 17 parameters. With Adam at 0.1 and relu units some seeds end with a dead unit and never learn it.
With ``--out DIR`` pictures are saved in DIR.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import cutaway as ca

GATE = ca.data.load("xor")
EPOCHS = 1000


def network(seed, activation="relu"):
    return ca.Network([ca.Dense(4, activation), ca.Dense(1, "sigmoid")], seed=seed)


def train(seed, activation="relu", lr=0.1):
    net = network(seed, activation)
    return net, net.fit(GATE.X, GATE.y, optimizer=ca.Adam(lr), epochs=EPOCHS, progress=False)


def failures(activation, seeds=range(10)):
    """Return how many of the networks do not learn all four lines of the table."""
    return sum((train(seed, activation)[0].predict(GATE.X) != GATE.y).any() for seed in seeds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="save pictures here")
    out = parser.parse_args().out

    line = LogisticRegression().fit(GATE.X, GATE.y)
    print(f"a line answers {line.predict(GATE.X)} with probabilities {line.predict_proba(GATE.X)[:, 1].round(3)}\n")

    net, history = train(seed=0)
    print(net.summary())
    for epoch in range(0, EPOCHS, 200):
        print(f"epoch {epoch:4}  loss {history['loss'][epoch]:.8f}")
    print("\nx1 x2  truth  output  answer")
    for x, truth, output, answer in zip(GATE.X, GATE.y, net(GATE.X).ravel(), net.predict(GATE.X), strict=True):
        print(
            f" {x[0]:.0f}  {x[1]:.0f}   {truth}    {output:.4f}    {answer}  {'right' if answer == truth else 'WRONG'}"
        )

    print(f"\nof 10 seeds fail: {failures('relu')} with relu, {failures('tanh')} with tanh")
    print("\nlearning rate, and the loss of a tanh network after 10, 100 and 1000 epochs")
    histories = {f"{lr:g}": train(0, "tanh", lr)[1] for lr in (0.01, 0.1, 1.0)}
    for name, found in histories.items():
        print(f"  {name:4}  " + "  ".join(f"{found['loss'][epoch - 1]:.6f}" for epoch in (10, 100, 1000)))

    if out:
        ca.plots.save(ca.plots.data(GATE, title="can one line part them?"), out / "xor.png")
        ca.plots.save(ca.plots.boundaries({"line": line, "network": net}, GATE.X, GATE.y), out / "boundaries.png")
        ca.plots.save(history.plot(), out / "curve.png")
        ca.plots.save(ca.plots.curves(histories, metrics=["loss"], log=True), out / "rates.png")
        print("pictures:", *sorted(p.name for p in out.iterdir()))


if __name__ == "__main__":
    np.set_printoptions(suppress=True)
    main()
