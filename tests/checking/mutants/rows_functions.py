import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(120, 3))
y = (X[:, 0] * X[:, 1] + 0.3 * X[:, 2] > 0).astype(float).reshape(-1, 1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def init(seed=0):
    r = np.random.default_rng(seed)
    return {"W1": r.normal(0, 0.7, (3, 6)), "b1": np.zeros(6), "W2": r.normal(0, 0.7, (6, 1)), "b2": np.zeros(1)}


def forward(p, X):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ p["W2"] + p["b2"]
    return a1, sigmoid(z2)


def loss(p):
    a1, out = forward(p, X)
    out = np.clip(out, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(out) + (1 - y) * np.log(1 - out)))


def grads(p):
    n = X.shape[0]
    a1, out = forward(p, X)
    d2 = (out - y) / n
    dW2 = a1.T @ d2
    db2 = d2.sum(axis=0)
    d1 = (d2 @ p["W2"].T) * (1 - a1 ** 2)
    dW1 = X.T @ d1
    db1 = d1.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(p, g, lr):
    return {k: p[k] - lr * g[k] for k in p}


def train(steps=100, lr=1.0):
    p = init()
    history = []
    for _ in range(steps):
        history.append(loss(p))
        g = grads(p)
        p = update(p, g, lr)
    return history, p


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=1.0, steps=100, update=update, train=train)
