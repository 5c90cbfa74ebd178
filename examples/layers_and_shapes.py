"""What a layer does, by shapes and numbers: 3 inputs, 4 units; then whole networks, untrained, in both conventions.

Written by hand with samples in columns, as on paper; by the library with samples in rows, as in tables. The numbers
are the same.
"""

import numpy as np

import cutaway as ca


class Layer:
    """Units of one layer: weights (units, inputs), biases (units, 1), samples in columns."""

    def __init__(self, inputs, units, activation, rng, scale=0.01):
        self.weights = rng.standard_normal((units, inputs)) * scale
        self.biases = np.zeros((units, 1))
        self.activation = ca.nn.find_activation(activation)  # an unknown name is refused here, not later

    def forward(self, inputs):
        self.z = self.weights @ inputs + self.biases
        self.output = self.activation(self.z)
        return self.output

    def diagram(self):
        """Return the layer as a drawing of letters."""
        units, inputs = self.weights.shape
        rows = max(units, inputs)
        left = [f"x{i + 1}" if i < inputs else "" for i in range(rows)]
        right = [f"( unit {j + 1} ) -> a{j + 1}" if j < units else "" for j in range(rows)]
        return "\n".join(f"  {x:3} {'==' if x and a else '  '} {a}".rstrip() for x, a in zip(left, right, strict=True))


def by_hand(sizes, activations, seed=42, scale=0.01):
    rng = np.random.default_rng(seed)
    return [Layer(a, b, f, rng, scale) for a, b, f in zip(sizes[:-1], sizes[1:], activations, strict=True)]


def forward(layers, X):
    """Send samples, the columns of X, through all layers."""
    for layer in layers:
        X = layer.forward(X)
    return X


def in_the_library(layers, activations):
    """Return a network with the same weights, whose samples are rows."""
    dense = [
        ca.Dense(len(layer.weights), f, weights=layer.weights.T) for layer, f in zip(layers, activations, strict=True)
    ]
    return ca.Network(dense, dtype="float64")


def main():
    layer, x = by_hand([3, 4], ["relu"], scale=1.0)[0], np.array([[1.0], [2.0], [3.0]])
    print("a layer of 4 relu units on 3 inputs, each input into each unit\n")
    print(layer.diagram())
    print()
    layer.forward(x)
    for name, array in {"inputs": x, "weights": layer.weights, "z": layer.z, "output": layer.output}.items():
        print(f"{name:8} {array.shape!s:7} {array.round(3).ravel()}")

    activations = ["relu", "relu", "sigmoid"]
    small = by_hand([2, 4, 3, 1], activations)
    samples = ca.data.load("moons", n_samples=5, noise=0.2, seed=42).X
    outputs = forward(small, samples.T)
    net = in_the_library(small, activations)
    print(f"\n2-4-3-1 with first weights of size 0.01 answers one half to everything: {outputs.round(7).ravel()}")
    print("rows through the library give the same:", np.allclose(net(samples), outputs.T, rtol=0, atol=1e-15))
    slopes = ca.grad(lambda W: forward_with(W, small, samples.T).sum())(small[0].weights)
    print(f"and the slopes of its first layer are tiny, {np.abs(slopes).max():.0e}: it can hardly begin to learn\n")
    print(net, net.summary(), sep="\n")

    try:
        ca.Dense(4, "reluu")
    except ca.errors.UsageError as error:
        print("\nA name that is not known:", error)


def forward_with(W, layers, X):
    """Return the outputs with other first weights."""
    layers[0].weights = W
    return forward(layers, X)


if __name__ == "__main__":
    main()
