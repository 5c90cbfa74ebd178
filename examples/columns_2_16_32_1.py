"""A network of classes with samples in columns: 2-16-32-1 on two moons, its gradient recorded from the objects.

In this convention every sample is a column, weights stand on the left, ``W @ A + b``, and each layer remembers what it
saw (``self.A``) for the way back.
"""

from itertools import pairwise

import numpy as np

import cutaway as ca


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Dense:
    """A layer of sigmoid units: W (units, inputs), b (units, 1)."""

    def __init__(self, inputs, units):
        limit = np.sqrt(6 / (inputs + units))  # Glorot and Bengio (2010)
        self.W = np.random.uniform(-limit, limit, (units, inputs))
        self.b = np.zeros((units, 1))

    def forward(self, A):
        self.inputs = A
        self.A = sigmoid(self.W @ A + self.b)
        return self.A

    def backward(self, dZ):
        """Take the slopes of the sum of losses by ``W @ A + b``, shape (units, n); return those by ``A``."""
        n = dZ.shape[1]
        self.dW = (1 / n) * (dZ @ self.inputs.T)
        self.db = dZ.mean(axis=1, keepdims=True)
        return self.W.T @ dZ


class Network:
    """Dense layers, one after the other, for one yes-or-no output."""

    def __init__(self, sizes):
        np.random.seed(42)
        self.layers = [Dense(inputs, units) for inputs, units in pairwise(sizes)]

    def forward(self, A):
        for layer in self.layers:
            A = layer.forward(A)
        return A

    def cost(self, X, Y):
        """Mean binary cross-entropy for X (2, n) and Y (1, n)."""
        A = np.clip(self.forward(X), 1e-12, 1 - 1e-12)
        return np.mean(-(Y * np.log(A) + (1 - Y) * np.log1p(-A)))

    def backward(self, Y):
        dZ = self.layers[-1].A - Y  # the slopes of sigmoid and cross-entropy cancel
        for before, layer in reversed([*pairwise(self.layers)]):
            dZ = layer.backward(dZ) * (before.A * (1 - before.A))
        self.layers[0].backward(dZ)

    def step(self, X, Y, lr):
        self.forward(X)
        self.backward(Y)
        for layer in self.layers:
            layer.W, layer.b = layer.W - lr * layer.dW, layer.b - lr * layer.db


def moons():
    """Return 1000 points as columns, X (2, 1000) and Y (1, 1000)."""
    data = ca.data.load("moons", n_samples=1000, noise=0.2, seed=42)
    return data.X.T, data.y.reshape(1, -1)


def cost_of(weights, net, X, Y):
    """Return the cost as a function of the weights, a list of (W, b): what cutaway differentiates."""
    for layer, (W, b) in zip(net.layers, weights, strict=True):
        layer.W, layer.b = W, b
    return net.cost(X, Y)


def main():
    X, Y = moons()
    net = Network([2, 16, 32, 1])
    for epoch in range(2000):
        net.step(X, Y, lr=1.0)
        if epoch % 100 == 0:
            weights = [(layer.W, layer.b) for layer in net.layers]
            cost, exact = ca.value_and_grad(cost_of)(weights, net, X, Y)
            net.backward(Y)  # which reads what `cost` has left in the layers
            worst = max(np.abs(layer.dW - dW).max() for layer, (dW, _) in zip(net.layers, exact, strict=True))
            print(f"epoch {epoch:4}  cost {cost:.10f}  by hand and recorded gradients differ by {worst:.0e}")
    print(f"accuracy {np.mean((net.forward(X) > 0.5) == Y):.3f}")
    print("\nIn the end the steps overshoot, and rounding grows: other orders of summation change the last four costs.")


if __name__ == "__main__":
    main()
