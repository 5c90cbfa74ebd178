"""Kind: data. The inputs are put in a new order in every epoch, the labels are taken from the first order."""
import numpy as np

r = np.random.default_rng(6)
X = r.uniform(-1, 1, (2, 120))
Y = ((X**2).sum(0, keepdims=True) < 0.55).astype(float)


def start():
    q = np.random.default_rng(0)
    return dict(
        W1=q.normal(size=(6, 2)) * 1.5,
        b1=q.normal(size=(6, 1)) * 0.5,
        W2=q.normal(size=(1, 6)) * 0.5,
        b2=np.zeros((1, 1)),
    )


def model(p, X):
    A = np.tanh(p["W1"] @ X + p["b1"])
    return A, 1 / (1 + np.exp(-(p["W2"] @ A + p["b2"])))


def cost(p, X, Y):
    o = np.clip(model(p, X)[1], 1e-10, 1 - 1e-10)
    return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))


def slopes(p, X, Y):
    A, o = model(p, X)
    d = (o - Y) / X.shape[1]
    e = p["W2"].T @ d * (1 - A**2)
    return dict(W1=e @ X.T, b1=e.sum(1, keepdims=True), W2=d @ A.T, b2=d.sum(1, keepdims=True))


def fit(X, Y, epochs, size=24):
    rng, p, costs, X0 = np.random.default_rng(1), start(), [], X
    for epoch in range(epochs):
        order = rng.permutation(X.shape[1])
        X = X[:, order]  # DEFECT
        for s in range(0, X.shape[1], size):
            d = slopes(p, X[:, s : s + size], Y[:, order[s : s + size]])  # DEFECT
            p = {k: p[k] - 0.5 * d[k] for k in p}
        costs.append(cost(p, X0, Y))
    return costs, p


def train(steps=30):
    return fit(X, Y, steps)


def case():
    return dict(
        params=start(), loss=lambda p: cost(p, X, Y), grads=lambda p: slopes(p, X, Y), lr=0.5, steps=30, train=train
    )
