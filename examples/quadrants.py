"""Quadrants: a 2-10-1 network with relu units learns whether two numbers have the same sign.

A backward pass that is right, on a function with kinks: where a relu is switched off, its slope is 0, and finite
differences that step across the kink say something else. The recorded gradient agrees to the last digits.
"""

import numpy as np

import cutaway as ca

EPOCHS = 2000


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def quadrants(n=1000, seed=42):
    """Return n points (n, 2), and 1 where both coordinates have the same sign (n, 1); go on with the same stream."""
    np.random.seed(seed)
    X = np.random.randn(n, 2)
    return X, (X[:, :1] * X[:, 1:] > 0).astype(float)


class NeuralNetwork:
    def __init__(self, inputs, hidden, outputs, scale=0.01):
        self.W1 = np.random.randn(inputs, hidden) * scale
        self.b1 = np.zeros((1, hidden))
        self.W2 = np.random.randn(hidden, outputs) * scale
        self.b2 = np.zeros((1, outputs))

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.maximum(0, self.Z1)
        self.A2 = sigmoid(self.A1 @ self.W2 + self.b2)
        return self.A2

    def loss(self, X, y):
        A2 = self.forward(X)
        return -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))

    def backward(self, X, y):
        """Return the gradient for the batch that `forward` saw last."""
        dZ2 = (self.A2 - y) / len(X)
        dZ1 = dZ2 @ self.W2.T * (self.Z1 > 0)
        return {
            "W1": X.T @ dZ1,
            "b1": dZ1.sum(axis=0, keepdims=True),
            "W2": self.A1.T @ dZ2,
            "b2": dZ2.sum(axis=0, keepdims=True),
        }

    def weights(self):
        return {name: getattr(self, name) for name in ("W1", "b1", "W2", "b2")}

    def put(self, weights):
        for name, value in weights.items():
            setattr(self, name, value)

    def train(self, X, y, lr=0.1, epochs=EPOCHS):
        """Return the loss before each update."""
        losses = []
        for _ in range(epochs):
            losses.append(self.loss(X, y))
            gradient = self.backward(X, y)
            self.put({name: value - lr * gradient[name] for name, value in self.weights().items()})
        return np.array(losses)


def loss_of(weights, net, X, y):
    """Return the loss as a function of the weights: what cutaway differentiates."""
    net.put(weights)
    return net.loss(X, y)


def main():
    X, y = quadrants()
    net = NeuralNetwork(2, 10, 1)
    losses = net.train(X, y)
    for epoch in range(100, EPOCHS + 1, 100):
        print(f"epoch {epoch:4}  loss {losses[epoch - 1]:.10f}")
    print(f"accuracy {np.mean((net.forward(X) > 0.5) == y):.3f}")

    exact, by_hand = ca.grad(loss_of)(net.weights(), net, X, y), net.backward(X, y)
    print(f"\nby hand and recorded gradients differ by {max(np.abs(exact[k] - by_hand[k]).max() for k in exact):.0e}")

    quadrants()  # the same stream once more, for the same weights but for their size
    he = NeuralNetwork(2, 10, 1, scale=1.0).train(X, y)  # He et al. (2015): sqrt(2 / inputs) = 1
    print("\nepochs until the loss is below one half")
    print(f"  first weights of size 0.01  {np.argmax(losses < 0.5)}")
    print(f"  first weights of size 1     {np.argmax(he < 0.5)}")


if __name__ == "__main__":
    main()
