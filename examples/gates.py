"""Logic gates: one unit draws one straight line, so it can be AND and OR, but not XOR; two layers can be XOR."""

import numpy as np

import cutaway as ca

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND, OR, XOR = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1]), np.array([0, 1, 1, 0])


def step(z):
    return np.where(z > 0, 1.0, 0.0)


def relu(z):
    return np.maximum(z, 0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def perceptron(X, weights, bias):
    """Answer 1 on one side of the line ``X @ weights + bias = 0``, and 0 on the other."""
    return step(X @ weights + bias)


def cross_entropy(w, X, y):
    """Return the loss of logistic regression; ``w`` holds two weights and the bias."""
    p = sigmoid(X @ w[:2] + w[2])
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def best_line(y, steps=21):
    """Return how many of the four points the best of many thousand lines gets right."""
    grid = np.linspace(-2, 2, steps)
    w1, w2, b = (a.ravel() for a in np.meshgrid(grid, grid, grid))
    answers = step(X @ np.stack([w1, w2]) + b)  # (4 points, all lines)
    return int((answers == y[:, None]).sum(axis=0).max())


# Two hidden units count the ones: "at least one" and "both". The output is "at least one, but not both".
# These weights are made for hidden units that answer 0 or 1.
FOR_STEP = {"W1": np.ones((2, 2)), "b1": np.array([-0.5, -1.5]), "W2": np.array([1.0, -2.0]), "b2": -0.5}
# Units that answer with a quantity need other biases: the first counts the ones, the second what exceeds one.
FOR_RELU = {**FOR_STEP, "b1": np.array([0.0, -1.0])}


def network(p, X, activation):
    """Return the outputs of a 2-2-1 network, shape (4,)."""
    hidden = activation(X @ p["W1"] + p["b1"])
    return sigmoid(hidden @ p["W2"] + p["b2"])


def solves(outputs, y):
    return bool(((outputs > 0.5) == y).all())


def main():
    print("x1 x2   AND OR")
    for x, both, any_ in zip(X, perceptron(X, np.ones(2), -1.5), perceptron(X, np.ones(2), -0.5), strict=True):
        print(f" {x[0]:.0f}  {x[1]:.0f}    {both:.0f}   {any_:.0f}")

    print("\nThe best of 9261 lines is right on", end=" ")
    print(", ".join(f"{best_line(y)} of 4 points ({name})" for name, y in [("AND", AND), ("OR", OR), ("XOR", XOR)]))
    slope = ca.grad(cross_entropy)(np.zeros(3), X, XOR)
    print(f"Logistic regression on XOR is at its minimum where it starts: the gradient at zero is {slope},")
    print(f"so it says {sigmoid(X @ slope[:2])} and is right by chance.")

    print("\nA 2-2-1 network with weights made by hand:")
    for name, p, activation in [
        ("step units, their weights", FOR_STEP, step),
        ("relu units, the same weights", FOR_STEP, relu),
        ("relu units, weights of their own", FOR_RELU, relu),
    ]:
        outputs = network(p, X, activation)
        verdict = "solves XOR" if solves(outputs, XOR) else f"right on {((outputs > 0.5) == XOR).sum()} of 4"
        print(f"{name:34} {outputs.round(6)}  {verdict}")


if __name__ == "__main__":
    main()
