import numpy as np

r = np.random.default_rng(32)
X = r.normal(size=(60, 4))
t = (X[:, :1] * X[:, 1:2] + X[:, 2:3] > 0).astype(float)


def act(x):
    return np.tanh(x)


def act_slope(a):
    return 1 - a**2


def cross_entropy(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def cross_entropy_slope(p, y):
    return (p - y) / (p * (1 - p)) / len(y)


def forward(w):
    h1 = act(X @ w["w1"] + w["c1"])
    h2 = act(h1 @ w["w2"] + w["c2"])
    return h1, h2, 1 / (1 + np.exp(-(h2 @ w["w3"] + w["c3"])))


def loss(w):
    return cross_entropy(forward(w)[-1], t)


def grads(w):
    h1, h2, p = forward(w)
    e3 = cross_entropy_slope(p, t) * p * (1 - p)
    e2 = e3 @ w["w3"].T * act_slope(h2)
    e1 = e2 @ w["w2"].T * act_slope(h1)
    return {
        "w1": X.T @ e1, "c1": e1.sum(0), "w2": h1.T @ e2, "c2": e2.sum(0), "w3": h2.T @ e3, "c3": e3.sum(0),
    }


def case():
    s = np.random.default_rng(4)
    w = {"w1": s.normal(0, 0.6, (4, 7)), "w2": s.normal(0, 0.6, (7, 5)), "w3": s.normal(0, 0.6, (5, 1))}
    return dict(params=w | {"c1": np.zeros(7), "c2": np.zeros(5), "c3": np.zeros(1)}, loss=loss, grads=grads, lr=0.5, steps=60)
