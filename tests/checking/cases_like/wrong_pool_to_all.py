"""Kind: gradient. Each entry of a window gets the error that belongs to the largest one."""
import numpy as np


class Pool:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), 4, 2).max(axis=2)

    def backward(self, d):
        return np.repeat(d, 2, axis=1)  # DEFECT


r = np.random.RandomState(5)
X = r.randn(20, 3)
T = r.randn(20, 2)


def p0():
    r = np.random.RandomState(6)
    return {"W": r.randn(3, 8) * 0.5, "b": np.zeros(8), "V": r.randn(4, 2) * 0.5}


def fwd(p):
    pool = Pool()
    h = np.tanh(X @ p["W"] + p["b"])
    return pool, h, pool.forward(h)


def loss(p):
    return np.sum((fwd(p)[2] @ p["V"] - T) ** 2) / len(X)


def grads(p):
    pool, h, a = fwd(p)
    d = 2 * (a @ p["V"] - T) / len(X)
    dz = pool.backward(d @ p["V"].T) * (1 - h**2)
    return {"W": X.T @ dz, "b": dz.sum(0), "V": a.T @ d}


def case():
    return dict(params=p0(), loss=loss, grads=grads, lr=0.05, steps=50)
