"""Functions of your own inside a network: any NumPy code serves as activation, loss, metric or start.

Nothing is registered and no derivative is written: cutaway records the functions as it records its own.
"""

import numpy as np

import cutaway as ca


def snake(z):
    """``z + sin(z)**2``, for targets that repeat (Ziyin, Hartwig and Ueda 2020)."""
    return z + np.sin(z) ** 2


def log_cosh(targets, outputs):
    """Return one loss for each row: a parabola for small errors, a straight line for large ones."""
    error = outputs - targets
    return (np.abs(error) + np.log1p(np.exp(-2 * np.abs(error))) - np.log(2)).mean(axis=1)


def worst(targets, predictions):
    """Return the largest error: a metric is any function that gives one number."""
    return np.abs(targets - predictions).max()


def wide(shape, rng):
    """Return first weights of many sizes, so that the units start with many frequencies."""
    return rng.uniform(-6, 6, shape)


def waves(n=400, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, (n, 1))
    return x, np.sin(3 * x[:, 0]) + 0.05 * rng.standard_normal(n)


def train(activation, **start):
    X, y = waves()
    net = ca.Network([ca.Dense(32, activation, **start), ca.Dense(1)], seed=0)
    history = net.fit(
        X, y, loss=log_cosh, optimizer=ca.Adam(0.01), epochs=600, validation=0.25, metrics=[worst], progress=False
    )
    return net, history


def main():
    for name, activation, start in [
        ("relu", "relu", {}),
        ("snake", snake, {}),
        ("snake, wide", snake, {"weights": wide}),
    ]:
        net, history = train(activation, **start)
        last = history.last
        print(f"{name:12} loss {last['loss']:.4f}  held-out {last['val_loss']:.4f}, worst {last['val_worst']:.2f}")
    print()
    print(net)
    print("\nThe loss as it is recorded, and its slope by the outputs:")
    t, y = np.array([[1.0], [2.0]]), np.array([[1.5], [-3.0]])
    print(ca.grad(lambda y: log_cosh(t, y).sum())(y).ravel(), "is", np.tanh(y - t).ravel())


if __name__ == "__main__":
    main()
