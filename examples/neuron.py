"""A single neuron: a weighted sum, a bias, an activation; then how to say how wrong an answer is.

With ``--out DIR`` the activations and their slopes are drawn to DIR/activations.png.
"""

import argparse

import numpy as np

import cutaway as ca


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))  # the limits keep exp from overflowing


def relu(z):
    return np.maximum(z, 0)


ACTIVATIONS = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": relu}


def neuron(inputs, weights, bias):
    """Return a number between 0 and 1."""
    return sigmoid(inputs @ weights + bias)


# Is it a day for the beach? 80 degrees Fahrenheit and 8 hours of sun speak for it; it takes 1.5 to be in two minds.
WEATHER, IMPORTANCE, THRESHOLD = np.array([80.0, 8.0]), np.array([0.02, 0.1]), 1.5


def slopes(activation, z):
    """Return the derivative of an activation at each of the points ``z``."""
    return ca.grad(lambda z: np.sum(activation(z)))(z)


def binary_cross_entropy(y, p):
    """Return the mean of ``-log`` of the probability that was given to what really happened."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def accuracy(y, p):
    return np.mean((p > 0.5) == (y == 1))


ANSWERS, TRUTH = np.array([0.9, 0.1, 0.8, 0.2]), np.array([1, 0, 1, 0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", help="save the picture of the activations here")
    out = parser.parse_args().out

    print(f"a day for the beach, says the neuron: {neuron(WEATHER, IMPORTANCE, -THRESHOLD):.15f}\n")
    z = np.array([-5.0, -1.0, 0.0, 1.0, 5.0])
    print("z        " + "".join(f"{x:9.0f}" for x in z))
    for name, activation in ACTIVATIONS.items():
        print(f"{name:9}" + "".join(f"{x:9.4f}" for x in activation(z)))
        print("  slope  " + "".join(f"{x:9.4f}" for x in slopes(activation, z)))

    print(f"\nanswers {ANSWERS}, truth {TRUTH}:")
    print(f"cross-entropy {binary_cross_entropy(TRUTH, ANSWERS):.15f}, accuracy {accuracy(TRUTH, ANSWERS)}")
    if out:
        print("picture:", ca.plots.save(ca.plots.activations(ACTIVATIONS), f"{out}/activations.png"))


if __name__ == "__main__":
    main()
