import numpy as np

rs = np.random.RandomState(12)
X = rs.randn(5, 70)
Y = (np.sin(X[:1] * 2) + X[1:2] ** 2 * 0.3)
SIZES = [5, 8, 8, 4, 1]
ALPHA = 0.1


def leaky(z):
    return np.where(z > 0, z, ALPHA * z)


def leaky_slope(z):
    return np.where(z > 0, 1.0, ALPHA)


def init():
    q = np.random.RandomState(6)
    Ws = [q.randn(b, a) * np.sqrt(1.5 / a) for a, b in zip(SIZES[:-1], SIZES[1:])]
    bs = [q.randn(b, 1) * 0.05 for b in SIZES[1:]]
    return Ws, bs


def forward(Ws, bs):
    a, zs, activations = X, [], [X]
    for i in range(len(Ws)):
        z = Ws[i] @ a + bs[i]
        a = leaky(z) if i < len(Ws) - 1 else z
        zs.append(z)
        activations.append(a)
    return zs, activations


def cost(Ws, bs):
    _, activations = forward(Ws, bs)
    return 0.5 * np.sum((activations[-1] - Y) ** 2) / X.shape[1]


def backward(Ws, bs):
    m = X.shape[1]
    zs, activations = forward(Ws, bs)
    delta = (activations[-1] - Y) / m
    dWs, dbs = [None] * len(Ws), [None] * len(bs)
    for i in range(len(Ws) - 1, -1, -1):
        if i < len(Ws) - 1:
            delta = delta * leaky_slope(zs[i])
        dWs[i] = delta @ activations[i].T
        dbs[i] = delta.sum(axis=1, keepdims=True)
        delta = Ws[i].T @ delta
    return dWs, dbs


def train(steps=120, lr=0.05):
    Ws, bs = init()
    history = []
    for _ in range(steps):
        history.append(float(cost(Ws, bs)))
        dWs, dbs = backward(Ws, bs)
        for i in range(len(Ws)):
            Ws[i] = Ws[i] - lr * dWs[i]
            bs[i] = bs[i] - lr * dbs[i]
    return history, (Ws, bs)


def _lists(p):
    return [p[f"W{i}"] for i in range(4)], [p[f"b{i}"] for i in range(4)]


def _named(Ws, bs):
    return {**{f"W{i}": w for i, w in enumerate(Ws)}, **{f"b{i}": b for i, b in enumerate(bs)}}


def case():
    return dict(
        params=_named(*init()), loss=lambda p: float(cost(*_lists(p))), grads=lambda p: _named(*backward(*_lists(p))),
        lr=0.05, steps=120, train=train,
    )
