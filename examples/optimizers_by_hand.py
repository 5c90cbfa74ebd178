"""Momentum, RMSprop and Adam in a few lines of NumPy each, on mini-batches, with ten classes: handwritten digits.

The library's optimizers take the same steps. The gradient of the loss is recorded and compiled once; the loop over
batches and the rules are plain NumPy.
"""

import numpy as np

import cutaway as ca

BATCH, EPOCHS = 50, 10


def digits():
    """Return pixels from 0 to 1 and labels, to learn from and held out: X, y, X, y."""
    split = ca.data.load("digits").split(test=0.2, seed=0)
    return split.train.X / 16, split.train.y, split.test.X / 16, split.test.y


def start(seed=0):
    rng = np.random.default_rng(seed)
    W1, W2 = rng.standard_normal((64, 32)) * np.sqrt(2 / 64), rng.standard_normal((32, 10)) * np.sqrt(1 / 32)
    return {"W1": W1, "b1": np.zeros(32), "W2": W2, "b2": np.zeros(10)}


def logits(p, X):
    return np.maximum(0, X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]


def loss(p, X, y):
    """Return the mean cross-entropy of softmax outputs for labels 0 to 9."""
    z = logits(p, X)
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])


# A rule takes a weight, its slope, what it remembered (two arrays, at first zero) and the number of the step, from 1.
def gradient_descent(w, g, m, v, t, lr=0.1):
    return w - lr * g, m, v


def momentum(w, g, m, v, t, lr=0.01):
    m = 0.9 * m + g
    return w - lr * m, m, v


def rmsprop(w, g, m, v, t, lr=0.002):
    v = 0.99 * v + 0.01 * g**2
    return w - lr * g / (np.sqrt(v) + 1e-8), m, v


def adam(w, g, m, v, t, lr=0.005):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


RULES = {
    gradient_descent: ca.SGD(0.1),
    momentum: ca.SGD(0.01, momentum=0.9),
    rmsprop: ca.RMSprop(0.002),
    adam: ca.Adam(0.005),
}
value_and_slopes = ca.compile(ca.value_and_grad(loss))


def train(rule, X, y, epochs=EPOCHS, size=BATCH):
    """Return the trained weights, and the mean loss of each epoch."""
    p, losses, t, rng = start(), [], 0, np.random.default_rng(0)
    memory = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in p.items()}
    for _ in range(epochs):
        order, seen = rng.permutation(len(X)), []
        for rows in np.array_split(order, -(-len(X) // size)):
            t += 1
            value, slopes = value_and_slopes(p, X[rows], y[rows])
            for name, w in p.items():
                p[name], *memory[name] = rule(w, slopes[name], *memory[name], t)
            seen.append(value)
        losses.append(np.mean(seen))
    return p, np.array(losses)


def main():
    X, y, X_test, y_test = digits()
    print(f"{len(X)} digits, {-(-len(X) // BATCH)} batches in an epoch\n")
    print("rule              loss in epochs 1, 3, 10    held out")
    for rule, theirs in RULES.items():
        p, losses = train(rule, X, y)
        right = np.mean(logits(p, X_test).argmax(axis=1) == y_test)
        print(f"{rule.__name__:16}  {losses[0]:.4f}  {losses[2]:.4f}  {losses[9]:.4f}     {right:.3f}")
        mine, _ = train(rule, X, y, epochs=20, size=len(X))
        same, _ = ca.minimize(loss, start(), X, y, optimizer=theirs, steps=20)
        worst = max(np.abs(mine[name] - same[name]).max() for name in mine)
        print(f"{'':16}  after 20 steps on all rows the library's weights differ by {worst:.0e}")


if __name__ == "__main__":
    main()
