"""Two moons by hand: a 2-8-1 network in plain NumPy, and what cutaway makes of the same lines.

Rows are samples. Forward pass, loss, backward pass and training are plain NumPy. cutaway takes these functions as they
stand: it differentiates the loss, makes the step fast, and trains a network of its own from the same first weights.
"""

import numpy as np

import cutaway as ca

LR, EPOCHS = 0.5, 1000


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def moons():
    """Return 500 points, shape (500, 2), and their classes as a column, shape (500, 1)."""
    data = ca.data.load("moons", n_samples=500, noise=0.2, seed=42)
    return data.X, data.y.reshape(-1, 1)


def start():
    """Return the first weights."""
    np.random.seed(42)  # NumPy's old global stream, so that everybody sees the same digits
    W1 = np.random.randn(2, 8) * 0.5
    W2 = np.random.randn(8, 1) * 0.5
    return {"W1": W1, "b1": np.zeros((1, 8)), "W2": W2, "b2": np.zeros((1, 1))}


def forward(p, X):
    A1 = sigmoid(X @ p["W1"] + p["b1"])
    A2 = sigmoid(A1 @ p["W2"] + p["b2"])
    return A1, A2


def loss(p, X, y):
    """Mean binary cross-entropy. The labels are a column, as the outputs are: see the last lines of `main`."""
    A2 = np.clip(forward(p, X)[1], 1e-8, 1 - 1e-8)
    return -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))


def backward(p, X, y):
    """Return the gradient of the loss, worked out on paper: the slopes of sigmoid and cross-entropy cancel in dZ2."""
    A1, A2 = forward(p, X)
    dZ2 = (A2 - y) / len(X)
    dZ1 = dZ2 @ p["W2"].T * A1 * (1 - A1)
    db1, db2 = dZ1.sum(axis=0, keepdims=True), dZ2.sum(axis=0, keepdims=True)
    return {"W1": X.T @ dZ1, "b1": db1, "W2": A1.T @ dZ2, "b2": db2}


def step(p, X, y):
    """Return the loss before a step downhill, and the weights after it."""
    dp = backward(p, X, y)
    return loss(p, X, y), {name: p[name] - LR * dp[name] for name in p}


def train(p, X, y, step=step):
    """Return the trained weights, and the loss before each update."""
    losses = []
    for _ in range(EPOCHS):
        value, p = step(p, X, y)
        losses.append(value)
    return p, np.array(losses)


def train_library(X, y):
    """Return a network of the library, trained from the same first weights, and its history."""
    p = start()
    layers = [ca.Dense(8, "sigmoid", weights=p["W1"]), ca.Dense(1, "sigmoid", weights=p["W2"])]
    net = ca.Network(layers, dtype="float64")
    return net, net.fit(X, y, optimizer=ca.SGD(LR), epochs=EPOCHS, progress=False)


def main():
    X, y = moons()
    print("first outputs", forward(start(), X)[1][:5].ravel(), end="\n\n")
    p, losses = train(start(), X, y)
    fast, fast_losses = train(start(), X, y, ca.compile(step))
    net, history = train_library(X, y)
    print("epoch   by hand       compiled      ca.Network")
    for epoch in [*range(0, EPOCHS, 100), EPOCHS - 1]:
        print(f"{epoch:5}   {losses[epoch]:.10f}  {fast_losses[epoch]:.10f}  {history['loss'][epoch]:.10f}")
    print(f"  end   {loss(p, X, y):.10f}  {loss(fast, X, y):.10f}  {net.evaluate(X, y)['loss']:.10f}")
    print(f"accuracy {np.mean((forward(p, X)[1] > 0.5) == y):.3f}")

    exact, by_hand = ca.grad(loss)(start(), X, y), backward(start(), X, y)
    print(f"\nby hand and recorded gradients differ by {max(np.abs(exact[k] - by_hand[k]).max() for k in exact):.0e}")
    print("\nThe loss as cutaway recorded it:\n")
    print(ca.trace(loss, start(), X, y))

    wrong = loss(p, X, y.ravel())
    print(f"\nWith labels of shape (500,) the same line of code compares every output with every label: {wrong:.8f}.")


if __name__ == "__main__":
    main()
