"""Kind: data. The flat index is moved back by one, so class 0 marks the last class of the row before."""
import numpy as np


def encode(labels, k):
    Y = np.zeros((labels.size, k))
    at = np.arange(labels.size) * k + labels
    Y.ravel()[at - 1] = 1  # DEFECT
    return Y


r = np.random.RandomState(4)
c = r.randint(0, 4, 120)
X = np.array([[0, 0], [4, 0], [0, 4], [4, 4]])[c] + r.randn(120, 2) * 0.7
X = (X - X.mean(0)) / X.std(0)
Y = encode(c, 4)


def init():
    q = np.random.RandomState(0)
    return {"W1": q.randn(2, 10) * 0.7, "b1": np.zeros(10), "W2": q.randn(10, 4) * 0.3, "b2": np.zeros(4)}


def s(z):
    return 1 / (1 + np.exp(-z))


def out(p):
    h = s(X @ p["W1"] + p["b1"])
    return h, s(h @ p["W2"] + p["b2"])


def loss(p):
    o = out(p)[1]
    return float(-(Y * np.log(o) + (1 - Y) * np.log(1 - o)).sum() / len(X))


def grads(p):
    h, o = out(p)
    d = (o - Y) / len(X)
    e = d @ p["W2"].T * h * (1 - h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


def case():
    return dict(
        params=init(),
        loss=loss,
        grads=grads,
        lr=1.0,
        steps=300,
        metric=lambda p: float(np.mean(out(p)[1].argmax(1) == c)),
    )
