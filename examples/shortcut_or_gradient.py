"""A shortcut that is no gradient: a 2-8-8-1 network trained with the output's error in every layer, and rightly.

It is tempting to hand the same error, ``output - label``, to every layer, and the loss even falls for a while. But all
units of a layer then move alike, and soon the loss rises again. Here is that shortcut beside the recorded gradient.
"""

from itertools import pairwise

import numpy as np
from sklearn.model_selection import train_test_split

import cutaway as ca


def relu(z):
    return np.maximum(0, z)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


LAYERS = [(relu, "layer 1"), (relu, "layer 2"), (sigmoid, "output")]


def start():
    """Return the weights (units, inputs) and biases (units, 1) of each layer; samples are columns."""
    np.random.seed(42)
    return [(np.random.randn(units, inputs) * 0.01, np.zeros((units, 1))) for inputs, units in pairwise([2, 8, 8, 1])]


def forward(weights, X):
    """Return what enters each layer, and at the end what leaves the last one."""
    values = [X]
    for (W, b), (activation, _) in zip(weights, LAYERS, strict=True):
        values.append(activation(W @ values[-1] + b))
    return values


def loss(weights, X, Y):
    p = np.clip(forward(weights, X)[-1], 1e-7, 1 - 1e-7)
    return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))


def shortcut(weights, X, Y):
    """Return what the output's error gives for each layer when it is not passed backwards through the layers."""
    *inputs, output = forward(weights, X)
    error = output - Y
    return [(error @ A.T / error.size, error.mean()) for A in inputs]


gradient = ca.compile(ca.grad(loss))


def train(direction, X, Y, lr=0.5, epochs=1000):
    """Return the trained weights, and the loss before each update."""
    weights, losses = start(), []
    for _ in range(epochs):
        losses.append(loss(weights, X, Y))
        slopes = direction(weights, X, Y)
        weights = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(weights, slopes, strict=True)]
    return weights, np.array(losses)


def moons():
    """Return points as columns, to train on and to test with: X (2, 240), Y (1, 240), X (2, 60), Y (1, 60)."""
    data = ca.data.load("moons", n_samples=300, noise=0.2, seed=42)
    X, X_test, y, y_test = train_test_split(data.X, data.y, test_size=0.2, random_state=42)
    return X.T, y[None, :], X_test.T, y_test[None, :]


def main():
    X, Y, X_test, Y_test = moons()
    for name, direction in (("shortcut", shortcut), ("gradient", gradient)):
        weights, losses = train(direction, X, Y)
        right = np.mean((forward(weights, X_test)[-1] > 0.5) == Y_test)
        print(f"{name}  loss", "  ".join(f"{losses[i]:.8f}" for i in (0, 199, 399, 599, 799, 999)))
        print(f"          smallest {losses.min():.6f}; held-out {loss(weights, X_test, Y_test):.6f}, {right:.1%} right")

    print("\ncosine between shortcut and gradient before the first step")
    both = zip(LAYERS, shortcut(start(), X, Y), gradient(start(), X, Y), strict=True)
    for (_, name), (fake, _), (true, _) in both:
        fake = np.broadcast_to(fake, true.shape)  # one row for all units: they all move alike
        print(f"{name}  {np.sum(fake * true) / np.linalg.norm(fake) / np.linalg.norm(true):.2f}")


if __name__ == "__main__":
    main()
