"""One step of backpropagation with all its numbers: a 2-2-1 network, one sample, one update."""

import numpy as np

import cutaway as ca

X, Y = np.array([[1.0, 2.0]]), np.array([[1.0]])
WEIGHTS = {
    "W1": np.array([[0.1, 0.2], [0.3, 0.4]]),
    "b1": np.array([[0.1, 0.1]]),
    "W2": np.array([[0.5], [0.6]]),
    "b2": np.array([[0.1]]),
}
LR = 0.1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(p):
    Z1 = X @ p["W1"] + p["b1"]
    A1 = sigmoid(Z1)
    Z2 = A1 @ p["W2"] + p["b2"]
    A2 = sigmoid(Z2)
    return Z1, A1, Z2, A2


def loss(p):
    A2 = forward(p)[-1]
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def backward(p):
    """Return every slope of the loss, from the output back to the first weights, by the chain rule."""
    _, A1, _, A2 = forward(p)
    dZ2 = A2 - Y  # slope of the cross-entropy times slope of the sigmoid
    dA1 = dZ2 @ p["W2"].T
    dZ1 = dA1 * A1 * (1 - A1)
    return {"dZ2": dZ2, "dW2": A1.T @ dZ2, "db2": dZ2, "dA1": dA1, "dZ1": dZ1, "dW1": X.T @ dZ1, "db1": dZ1}


def update(p, slopes):
    return {name: p[name] - LR * slopes[f"d{name}"] for name in p}


def main():
    print("forward")
    for name, value in zip(["Z1", "A1", "Z2", "A2"], forward(WEIGHTS), strict=True):
        print(f"  {name:4}{value.tolist()}")
    print(f"  loss {loss(WEIGHTS)}\n\nbackward")
    slopes = backward(WEIGHTS)
    for name, value in slopes.items():
        print(f"  {name:4}{value.round(8).tolist()}")
    print(f"\nloss after one step of size {LR}: {loss(update(WEIGHTS, slopes))}\n")

    print("The same slopes, recorded from the five lines of `forward` and `loss` alone:")
    for name, value in ca.grad(loss)(WEIGHTS).items():
        print(f"  d{name} {value.round(8).tolist()}")


if __name__ == "__main__":
    main()
