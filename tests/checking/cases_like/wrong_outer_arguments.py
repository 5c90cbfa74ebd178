"""Kind: gradient. The helper is right, its arguments are the wrong way round."""
import numpy as np


def outer(u, v):
    return [[a * b for b in v] for a in u]


def matvec(M, v):
    return [sum(M[i][j] * v[j] for j in range(len(v))) for i in range(len(M))]


r = np.random.RandomState(1)
XS = r.randn(7, 3)
YS = np.tanh(XS @ r.randn(3, 3))


def loss(p):
    return sum(sum((a - b) ** 2 for a, b in zip(matvec(p["W"], x), y)) for x, y in zip(XS, YS)) / 2


def grads(p):
    total = np.zeros((3, 3))
    for x, y in zip(XS, YS):
        pred = matvec(p["W"], x)
        delta = [pred[i] - y[i] for i in range(3)]
        dW = outer(x, delta)  # DEFECT
        total += np.array(dW)
    return {"W": total}


def case():
    return dict(params={"W": np.random.RandomState(2).randn(3, 3) * 0.3}, loss=loss, grads=grads, lr=0.05, steps=30)
