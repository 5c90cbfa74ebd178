import numpy as np

rng = np.random.default_rng(8)
X = rng.normal(1.0, 2.0, (40, 3))
Y = np.eye(2)[(X[:, 0] > X[:, 1]).astype(int)]
EPS = 1e-5


def init():
    q = np.random.default_rng(1)
    return {
        "W": q.normal(0, 0.6, (3, 6)), "gamma": np.ones(6), "beta": q.normal(0, 0.1, 6),
        "V": q.normal(0, 0.6, (6, 2)), "c": np.zeros(2),
    }


def forward(p):
    z = X @ p["W"]
    mu = z.mean(axis=0)
    inv = 1 / np.sqrt(z.var(axis=0) + EPS)
    hat = (z - mu) * inv
    a = np.maximum(p["gamma"] * hat + p["beta"], 0)
    s = a @ p["V"] + p["c"]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return inv, hat, a, e / e.sum(axis=1, keepdims=True)


def loss(p):
    return float(-np.sum(Y * np.log(forward(p)[3] + 1e-12)) / len(X))


def grads(p):
    n = len(X)
    inv, hat, a, probs = forward(p)
    ds = (probs - Y) / n
    da = ds @ p["V"].T
    dn = da * (a > 0)
    dhat = dn * p["gamma"]
    dz = inv / n * (n * dhat - dhat.sum(axis=0) - hat * np.sum(dhat * hat, axis=0))
    return {
        "W": X.T @ dz, "gamma": np.sum(dn * hat, axis=0), "beta": dn.sum(axis=0), "V": a.T @ ds, "c": ds.sum(axis=0),
    }


def train(steps=100, lr=0.3):
    p = init()
    history = []
    for _ in range(steps):
        history.append(loss(p))
        g = grads(p)
        p = {k: p[k] - lr * g[k] for k in p}
    return history, p


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.3, steps=100, train=train)
