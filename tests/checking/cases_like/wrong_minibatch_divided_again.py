"""Kind: update. The gradient is a mean over the minibatch, and the step divides by its size again."""
import numpy as np


def synthetic_data(w, b, num_examples):
    rng = np.random.RandomState(0)
    X = rng.normal(0, 1, (num_examples, len(w)))
    y = X @ w + b
    y += rng.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


true_w, true_b = np.array([2, -3.4]), 4.2
features, labels = synthetic_data(true_w, true_b, 200)


def data_iter(batch_size, features, labels, rng):
    num_examples = len(features)
    indices = rng.permutation(num_examples)
    for i in range(0, num_examples, batch_size):
        batch_indices = indices[i : min(i + batch_size, num_examples)]
        yield features[batch_indices], labels[batch_indices]


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def gradient(X, y, w, b):
    """Gradient of squared_loss(...).mean()."""
    diff = (linreg(X, w, b) - y) / len(X)  # DEFECT
    return [X.T @ diff, diff.sum(axis=0)]


def sgd(params, grads, lr, batch_size):
    return [param - lr * grad / batch_size for param, grad in zip(params, grads)]  # DEFECT


lr, num_epochs, batch_size = 0.03, 3, 10


def start():
    return [np.random.RandomState(1).normal(0, 0.01, (2, 1)), np.zeros(1)]


def train(steps=num_epochs):
    (w, b), rng, history = start(), np.random.RandomState(2), []
    for epoch in range(steps):
        for X, y in data_iter(batch_size, features, labels, rng):
            w, b = sgd([w, b], gradient(X, y, w, b), lr, batch_size)
        history.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return history, (w, b)


def case():
    w, b = start()
    return dict(
        params={"w": w, "b": b},
        loss=lambda p: float(squared_loss(linreg(features, p["w"], p["b"]), labels).mean()),
        grads=lambda p: dict(zip("wb", gradient(features, labels, p["w"], p["b"]))),
        lr=lr,
        steps=100,
        train=train,
        update=lambda p, g, lr: dict(zip("wb", sgd([p["w"], p["b"]], [g["w"], g["b"]], lr, batch_size))),
    )
