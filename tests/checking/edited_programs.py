"""Hand-written networks in several styles, and what makes each of them wrong: one text for another on one line."""

# ruff: noqa: E501 (programs as people write them)
from __future__ import annotations

from collections.abc import Iterator

BASES: dict[str, tuple[str, list[tuple[str, str]]]] = {}
BASES["rows3"] = (
    """
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3)); y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def init():
    return {"W1": r.normal(size=(3, 6)), "b1": np.zeros((1, 6)), "W2": r.normal(size=(6, 6)), "b2": np.zeros((1, 6)), "W3": r.normal(size=(6, 1)), "b3": np.zeros((1, 1))}
def forward(p):
    Z1 = X @ p["W1"] + p["b1"]
    A1 = np.tanh(Z1)
    Z2 = A1 @ p["W2"] + p["b2"]
    A2 = np.maximum(0, Z2)
    Z3 = A2 @ p["W3"] + p["b3"]
    A3 = sigmoid(Z3)
    return Z1, A1, Z2, A2, Z3, A3
def loss(p):
    A3 = forward(p)[-1]
    return -np.mean(y * np.log(A3) + (1 - y) * np.log(1 - A3))
def grads(p):
    m = X.shape[0]
    Z1, A1, Z2, A2, Z3, A3 = forward(p)
    dZ3 = A3 - y
    dW3 = A2.T @ dZ3 / m
    db3 = np.sum(dZ3, axis=0, keepdims=True) / m
    dA2 = dZ3 @ p["W3"].T
    dZ2 = dA2 * (Z2 > 0)
    dW2 = A1.T @ dZ2 / m
    db2 = np.sum(dZ2, axis=0, keepdims=True) / m
    dA1 = dZ2 @ p["W2"].T
    dZ1 = dA1 * (1 - A1 ** 2)
    dW1 = X.T @ dZ1 / m
    db1 = np.sum(dZ1, axis=0, keepdims=True) / m
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.5, steps=50)
""",
    [
        ("dZ2 = dA2 * (Z2 > 0)", "dZ2 = dA2"),
        ("dZ2 = dA2 * (Z2 > 0)", "dZ2 = dA2 * (Z1 > 0)"),
        ("dZ2 = dA2 * (Z2 > 0)", "dZ2 = dA2 * (dA2 > 0)"),
        ("dZ2 = dA2 * (Z2 > 0)", "dZ2 = dA2 * A2"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * (1 - A1)"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * A1 * (1 - A1)"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * (1 - Z1 ** 2)"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * (1 - A2 ** 2)"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * (1 - np.tanh(A1) ** 2)"),
        ("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA2 * (1 - A1 ** 2)"),
        ('dA1 = dZ2 @ p["W2"].T', 'dA1 = dZ2 @ p["W2"]'),
        ('dA1 = dZ2 @ p["W2"].T', 'dA1 = dA2 @ p["W2"].T'),
        ('dA1 = dZ2 @ p["W2"].T', "dA1 = dZ2"),
        ("dW2 = A1.T @ dZ2 / m", "dW2 = Z1.T @ dZ2 / m"),
        ("dW2 = A1.T @ dZ2 / m", "dW2 = A2.T @ dZ2 / m"),
        ("dW2 = A1.T @ dZ2 / m", "dW2 = dZ2.T @ A1 / m"),
        ("dW2 = A1.T @ dZ2 / m", "dW2 = A1.T @ dZ2"),
        ("dW3 = A2.T @ dZ3 / m", "dW3 = A1.T @ dZ3 / m"),
        ("db2 = np.sum(dZ2, axis=0, keepdims=True) / m", "db2 = np.sum(dZ2) / m"),
        ("db2 = np.sum(dZ2, axis=0, keepdims=True) / m", "db2 = np.mean(dZ2, axis=0, keepdims=True) / m"),
        ("db2 = np.sum(dZ2, axis=0, keepdims=True) / m", "db2 = np.sum(dZ2, axis=0, keepdims=True)"),
        ("db1 = np.sum(dZ1, axis=0, keepdims=True) / m", "db1 = dZ1[:1] / m"),
        ("db1 = np.sum(dZ1, axis=0, keepdims=True) / m", "db1 = np.sum(dA1, axis=0, keepdims=True) / m"),
        ("dZ3 = A3 - y", "dZ3 = y - A3"),
        ("dZ3 = A3 - y", "dZ3 = (A3 - y) * A3 * (1 - A3)"),
        ("dZ3 = A3 - y", "dZ3 = 2 * (A3 - y)"),
        ("dZ3 = A3 - y", "dZ3 = Z3 - y"),
        ("m = X.shape[0]", "m = X.shape[1]"),
        ("m = X.shape[0]", "m = 1"),
    ],
)
BASES["colsoft"] = (
    """
import numpy as np
rng = np.random.RandomState(3)
X = rng.randn(4, 30); labels = rng.randint(0, 3, 30); Y = np.eye(3)[labels].T
sizes = [4, 5, 5, 3]
def relu(z): return np.maximum(z, 0)
def drelu(z): return (z > 0).astype(float)
def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)
def init():
    p = {}
    for l in range(1, 4):
        p[f"W{l}"] = rng.randn(sizes[l], sizes[l - 1]) * 0.5
        p[f"b{l}"] = np.zeros((sizes[l], 1))
    return p
def forward(p):
    cache = {"A0": X}
    for l in range(1, 4):
        cache[f"Z{l}"] = p[f"W{l}"] @ cache[f"A{l-1}"] + p[f"b{l}"]
        cache[f"A{l}"] = relu(cache[f"Z{l}"]) if l < 3 else softmax(cache[f"Z{l}"])
    return cache
def cost(p):
    A = forward(p)["A3"]
    return -np.sum(Y * np.log(A + 1e-9)) / X.shape[1]
def backward(p):
    c = forward(p); m = X.shape[1]; g = {}
    dZ = c["A3"] - Y
    for l in (3, 2, 1):
        g[f"W{l}"] = dZ @ c[f"A{l-1}"].T / m
        g[f"b{l}"] = dZ.sum(axis=1, keepdims=True) / m
        if l > 1:
            dA = p[f"W{l}"].T @ dZ
            dZ = dA * drelu(c[f"Z{l-1}"])
    return g
def case():
    return dict(params=init(), loss=cost, grads=backward, lr=0.5, steps=50)
""",
    [
        ('dZ = dA * drelu(c[f"Z{l-1}"])', "dZ = dA"),
        ('dZ = dA * drelu(c[f"Z{l-1}"])', 'dZ = dA * c[f"A{l-1}"]'),
        ('g[f"b{l}"] = dZ.sum(axis=1, keepdims=True) / m', 'g[f"b{l}"] = dZ.sum() / m'),
        ('g[f"b{l}"] = dZ.sum(axis=1, keepdims=True) / m', 'g[f"b{l}"] = dZ.mean(axis=1, keepdims=True) / m'),
        ('g[f"W{l}"] = dZ @ c[f"A{l-1}"].T / m', 'g[f"W{l}"] = dZ @ c[f"A{l-1}"].T'),
        ("def drelu(z): return (z > 0).astype(float)", "def drelu(z): return (z < 0).astype(float)"),
        ("def drelu(z): return (z > 0).astype(float)", "def drelu(z): return np.ones_like(z)"),
        ("def drelu(z): return (z > 0).astype(float)", "def drelu(z): return z * (z > 0)"),
        ('dZ = c["A3"] - Y', 'dZ = (c["A3"] - Y) * c["A3"] * (1 - c["A3"])'),
        ('dZ = c["A3"] - Y', 'dZ = -Y / c["A3"] * c["A3"] * (1 - c["A3"])'),
        ('dZ = c["A3"] - Y', 'dZ = -Y / c["A3"]'),
        ('dA = p[f"W{l}"].T @ dZ', 'dA = (p[f"W{l}"] - 0.5 * g[f"W{l}"]).T @ dZ'),
    ],
)
BASES["layers"] = (
    """
import numpy as np
class Dense:
    def __init__(self, n, m, rng):
        self.W = rng.normal(0, 0.7, (n, m)); self.b = np.zeros(m)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T
class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out
    def backward(self, grad):
        return grad * self.out * (1 - self.out)
class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, grad):
        return grad * (1 - self.out ** 2)
class Net:
    def __init__(self):
        rng = np.random.default_rng(5)
        self.layers = [Dense(3, 5, rng), Tanh(), Dense(5, 5, rng), Sigmoid(), Dense(5, 2, rng)]
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def loss(self, x, y):
        return np.mean((self.forward(x) - y) ** 2)
    def backward(self, x, y):
        out = self.forward(x)
        grad = 2 * (out - y) / y.size
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
data = np.random.default_rng(1)
X = data.normal(size=(25, 3)); Y = np.c_[np.sin(X[:, 0]), X[:, 1] * X[:, 2]]
def build(p):
    net = Net()
    for i in (0, 2, 4):
        net.layers[i].W = p[f"W{i}"]; net.layers[i].b = p[f"b{i}"]
    return net
def loss(p): return build(p).loss(X, Y)
def grads(p):
    net = build(p); net.backward(X, Y)
    return {f"{n}{i}": getattr(net.layers[i], "d" + n) for i in (0, 2, 4) for n in "Wb"}
def case():
    net = Net()
    return dict(params={f"{n}{i}": getattr(net.layers[i], n) for i in (0, 2, 4) for n in "Wb"}, loss=loss, grads=grads, lr=0.2, steps=50)
""",
    [
        ("return grad * self.out * (1 - self.out)", "return grad"),
        ("return grad * self.out * (1 - self.out)", "return grad * (1 - self.out)"),
        ("return grad * (1 - self.out ** 2)", "return grad * (1 - self.out)"),
        ("return grad * (1 - self.out ** 2)", "return grad * self.out * (1 - self.out)"),
        ("return grad @ self.W.T", "return (grad @ self.W.T) / len(grad)"),
        ("self.db = grad.sum(axis=0)", "self.db = grad.mean(axis=0)"),
        ("self.db = grad.sum(axis=0)", "self.db = grad[0]"),
        ("self.db = grad.sum(axis=0)", "self.db = grad.sum()"),
        ("self.dW = self.x.T @ grad", "self.dW = self.x.T @ grad / len(grad)"),
        ("grad = 2 * (out - y) / y.size", "grad = (out - y) / y.size"),
        ("grad = 2 * (out - y) / y.size", "grad = 2 * (out - y) / len(y)"),
        ("grad = 2 * (out - y) / y.size", "grad = 2 * (out - y)"),
        ("grad = 2 * (out - y) / y.size", "grad = np.sign(out - y) / y.size"),
        ("grad = 2 * (out - y) / y.size", "grad = (out - y) ** 2 / y.size"),
    ],
)
BASES["rnn"] = (
    """
import numpy as np
g = np.random.default_rng(7)
T, H = 6, 4
xs = g.normal(size=(T, 3)); ts = g.normal(size=(T, 2))
def init():
    return {"Wx": g.normal(0, .5, (H, 3)), "Wh": g.normal(0, .5, (H, H)), "bh": np.zeros(H), "Wy": g.normal(0, .5, (2, H)), "by": np.zeros(2)}
def run(p):
    hs = [np.zeros(H)]; ys = []
    for t in range(T):
        hs.append(np.tanh(p["Wx"] @ xs[t] + p["Wh"] @ hs[-1] + p["bh"]))
        ys.append(p["Wy"] @ hs[-1] + p["by"])
    return hs, ys
def loss(p):
    ys = run(p)[1]
    return sum(0.5 * np.sum((ys[t] - ts[t]) ** 2) for t in range(T))
def grads(p):
    hs, ys = run(p)
    d = {k: np.zeros_like(v) for k, v in p.items()}
    dnext = np.zeros(H)
    for t in reversed(range(T)):
        dy = ys[t] - ts[t]
        d["Wy"] += np.outer(dy, hs[t + 1])
        d["by"] += dy
        dh = p["Wy"].T @ dy + dnext
        dz = dh * (1 - hs[t + 1] ** 2)
        d["Wx"] += np.outer(dz, xs[t])
        d["Wh"] += np.outer(dz, hs[t])
        d["bh"] += dz
        dnext = p["Wh"].T @ dz
    return d
def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.02, steps=50)
""",
    [
        ('dh = p["Wy"].T @ dy + dnext', 'dh = p["Wy"].T @ dy'),
        ("dz = dh * (1 - hs[t + 1] ** 2)", "dz = dh"),
        ("dz = dh * (1 - hs[t + 1] ** 2)", "dz = dh * (1 - hs[t] ** 2)"),
        ("dz = dh * (1 - hs[t + 1] ** 2)", "dz = dh * (1 - hs[t + 1])"),
        ('d["Wh"] += np.outer(dz, hs[t])', 'd["Wh"] += np.outer(dz, hs[t + 1])'),
        ('d["Wh"] += np.outer(dz, hs[t])', 'd["Wh"] = np.outer(dz, hs[t])'),
        ('d["bh"] += dz', 'd["bh"] = dz'),
        ('d["bh"] += dz', 'd["bh"] += dh'),
        ('dnext = p["Wh"].T @ dz', 'dnext = p["Wh"] @ dz'),
        ('dnext = p["Wh"].T @ dz', 'dnext = p["Wh"].T @ dh'),
    ],
)
BASES["conv"] = (
    """
import numpy as np
R = np.random.RandomState(11)
IMG = R.randn(8, 5, 5); LAB = R.randint(0, 2, 8)
def params():
    return {"K": R.randn(3, 3) * .5, "c": np.zeros(1), "V": R.randn(9, 2) * .5, "d": np.zeros(2)}
def conv(p):
    out = np.zeros((8, 3, 3))
    for i in range(3):
        for j in range(3):
            out[:, i, j] = np.sum(IMG[:, i:i+3, j:j+3] * p["K"], axis=(1, 2)) + p["c"]
    return out
def forward(p):
    z = conv(p); a = np.maximum(z, 0); flat = a.reshape(8, 9)
    s = flat @ p["V"] + p["d"]; e = np.exp(s - s.max(1, keepdims=True))
    return z, a, flat, e / e.sum(1, keepdims=True)
def loss(p):
    q = forward(p)[-1]
    return -np.mean(np.log(q[np.arange(8), LAB]))
def grads(p):
    z, a, flat, q = forward(p)
    ds = q.copy(); ds[np.arange(8), LAB] -= 1; ds /= 8
    dV = flat.T @ ds
    dd = ds.sum(0)
    da = (ds @ p["V"].T).reshape(8, 3, 3)
    dz = da * (z > 0)
    dK = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            dK += np.sum(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)
    dc = np.array([dz.sum()])
    return {"K": dK, "c": dc, "V": dV, "d": dd}
def case():
    return dict(params=params(), loss=loss, grads=grads, lr=0.2, steps=50)
""",
    [
        ("dz = da * (z > 0)", "dz = da"),
        ("dz = da * (z > 0)", "dz = da * (da > 0)"),
        (
            "dK += np.sum(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
            "dK = np.sum(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
        ),
        (
            "dK += np.sum(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
            "dK += np.sum(da[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
        ),
        (
            "dK += np.sum(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
            "dK += np.mean(dz[:, i, j][:, None, None] * IMG[:, i:i+3, j:j+3], axis=0)",
        ),
        ("ds = q.copy(); ds[np.arange(8), LAB] -= 1; ds /= 8", "ds = q.copy(); ds[np.arange(8), LAB] -= 1"),
        ("ds = q.copy(); ds[np.arange(8), LAB] -= 1; ds /= 8", "ds = q.copy(); ds /= 8"),
        ("dc = np.array([dz.sum()])", "dc = np.array([dz.mean()])"),
    ],
)
BASES["bn"] = (
    """
import numpy as np
r = np.random.default_rng(2)
X = r.normal(1, 2, (24, 4)); y = np.sin(X[:, :1])
def init(): return {"W": r.normal(0, .5, (4, 6)), "gamma": np.ones(6), "beta": np.zeros(6), "V": r.normal(0, .5, (6, 1)), "c": np.zeros(1)}
def fwd(p):
    z = X @ p["W"]
    mu = z.mean(axis=0)
    var = z.var(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = (z - mu) / std
    n = p["gamma"] * xhat + p["beta"]
    a = np.tanh(n)
    return std, xhat, a, a @ p["V"] + p["c"]
def loss(p): return 0.5 * np.mean((fwd(p)[-1] - y) ** 2)
def grads(p):
    N = len(X); std, xhat, a, out = fwd(p)
    dout = (out - y) / N
    dV = a.T @ dout
    dc = dout.sum(axis=0)
    dn = (dout @ p["V"].T) * (1 - a ** 2)
    dgamma = np.sum(dn * xhat, axis=0)
    dbeta = np.sum(dn, axis=0)
    dx = dn * p["gamma"]
    dz = (dx - dx.mean(axis=0) - xhat * np.mean(dx * xhat, axis=0)) / std
    return {"W": X.T @ dz, "gamma": dgamma, "beta": dbeta, "V": dV, "c": dc}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=50)
""",
    [
        ("dz = (dx - dx.mean(axis=0) - xhat * np.mean(dx * xhat, axis=0)) / std", "dz = dx / std"),
        ("dz = (dx - dx.mean(axis=0) - xhat * np.mean(dx * xhat, axis=0)) / std", "dz = (dx - dx.mean(axis=0)) / std"),
        (
            "dz = (dx - dx.mean(axis=0) - xhat * np.mean(dx * xhat, axis=0)) / std",
            "dz = dx - dx.mean(axis=0) - xhat * np.mean(dx * xhat, axis=0)",
        ),
        ("dgamma = np.sum(dn * xhat, axis=0)", "dgamma = np.sum(dn, axis=0)"),
        ('dx = dn * p["gamma"]', "dx = dn"),
        ("dbeta = np.sum(dn, axis=0)", "dbeta = np.mean(dn, axis=0)"),
    ],
)
BASES["l2"] = (
    """
import numpy as np
r = np.random.default_rng(4)
X = r.normal(size=(50, 3)); y = (X[:, 0] + X[:, 1] > 0).astype(float).reshape(-1, 1)
lam = 0.1
def leaky(z): return np.where(z > 0, z, 0.1 * z)
def dleaky(z): return np.where(z > 0, 1.0, 0.1)
def init(): return [r.normal(size=(3, 5)), np.zeros((1, 5)), r.normal(size=(5, 1)), np.zeros((1, 1))]
def loss_of(W1, b1, W2, b2):
    p = 1 / (1 + np.exp(-(leaky(X @ W1 + b1) @ W2 + b2)))
    data = -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))
    return data + lam / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
def grads_of(W1, b1, W2, b2):
    n = len(X); z = X @ W1 + b1; h = leaky(z); p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    d2 = (p - y) / n
    dW2 = h.T @ d2 + lam * W2
    db2 = d2.sum(axis=0, keepdims=True)
    d1 = d2 @ W2.T * dleaky(z)
    dW1 = X.T @ d1 + lam * W1
    db1 = d1.sum(axis=0, keepdims=True)
    return dW1, db1, dW2, db2
N = ("W1", "b1", "W2", "b2")
def case(): return dict(params=dict(zip(N, init())), loss=lambda q: loss_of(*[q[k] for k in N]), grads=lambda q: dict(zip(N, grads_of(*[q[k] for k in N]))), lr=.5, steps=50)
""",
    [
        ("dW2 = h.T @ d2 + lam * W2", "dW2 = h.T @ d2"),
        ("dW2 = h.T @ d2 + lam * W2", "dW2 = h.T @ d2 - lam * W2"),
        ("dW1 = X.T @ d1 + lam * W1", "dW1 = X.T @ d1 + 2 * lam * W1"),
        ("dW1 = X.T @ d1 + lam * W1", "dW1 = X.T @ d1 + lam * W1 / n"),
        ("db1 = d1.sum(axis=0, keepdims=True)", "db1 = d1.sum(axis=0, keepdims=True) + lam * b1"),
        ("d1 = d2 @ W2.T * dleaky(z)", "d1 = d2 @ W2.T * (z > 0)"),
        ("def dleaky(z): return np.where(z > 0, 1.0, 0.1)", "def dleaky(z): return np.where(z > 0, 1.0, 0.01)"),
        ("d1 = d2 @ W2.T * dleaky(z)", "d1 = d2 @ W2.T * dleaky(d2 @ W2.T)"),
        ("return data + lam / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))", "return data"),
        (
            "data = -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))",
            "data = -np.mean(y * np.log(p + 1e-8))",
        ),
        (
            "data = -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))",
            "data = np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))",
        ),
    ],
)
BASES["ng"] = (
    """
import numpy as np
np.random.seed(1)
X = np.random.randn(3, 20); Y = (np.random.rand(1, 20) > 0.5).astype(float)
def sigmoid(Z): return 1 / (1 + np.exp(-Z)), Z
def relu(Z): return np.maximum(0, Z), Z
def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ
def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db
def forward(p):
    caches = []
    A = X
    for l in (1, 2):
        W, b = p["W%d" % l], p["b%d" % l]
        Z = np.dot(W, A) + b
        lin = (A, W, b)
        A, act = relu(Z) if l == 1 else sigmoid(Z)
        caches.append((lin, act))
    return A, caches
def cost(p):
    AL, _ = forward(p)
    return np.squeeze(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / Y.shape[1])
def backward(p):
    AL, caches = forward(p)
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    lin, act = caches[1]
    dA, dW2, db2 = linear_backward(sigmoid_backward(dAL, act), lin)
    lin, act = caches[0]
    _, dW1, db1 = linear_backward(relu_backward(dA, act), lin)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
def case():
    return dict(params={"W1": np.random.randn(3, 3), "b1": np.zeros((3, 1)), "W2": np.random.randn(1, 3), "b2": np.zeros((1, 1))}, loss=cost, grads=backward, lr=.5, steps=50)
""",
    [
        ("dZ[Z <= 0] = 0", "dZ[dZ <= 0] = 0"),
        ("dZ[Z <= 0] = 0", "dZ[Z >= 0] = 0"),
        ("return dA * s * (1 - s)", "return dA * s"),
        ("return dA * s * (1 - s)", "return dA * Z * (1 - Z)"),
        ("return dA * s * (1 - s)", "return s * (1 - s)"),
        (
            "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))",
            "dAL = -(np.divide(Y, AL) + np.divide(1 - Y, 1 - AL))",
        ),
        ("dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))", "dAL = AL - Y"),
        ("dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))", "dAL = -np.divide(Y, AL)"),
        ("dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dZ) / m"),
        ("db = np.sum(dZ, axis=1, keepdims=True) / m", "db = np.sum(dZ) / m"),
        ("_, dW1, db1 = linear_backward(relu_backward(dA, act), lin)", "_, dW1, db1 = linear_backward(dA, lin)"),
        (
            "_, dW1, db1 = linear_backward(relu_backward(dA, act), lin)",
            "_, dW1, db1 = linear_backward(sigmoid_backward(dA, act), lin)",
        ),
        (
            "_, dW1, db1 = linear_backward(relu_backward(dA, act), lin)",
            "_, dW1, db1 = linear_backward(relu_backward(dA, lin[0]), lin)",
        ),
    ],
)
BASES["scalar"] = (
    """
import math
import random
rnd = random.Random(3)
rows = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]
def sig(v): return 1.0 / (1.0 + math.exp(-v))
import numpy as np
def predict(W, b, V, c, x):
    h = [sig(sum(W[j][i] * x[i] for i in range(2)) + b[j]) for j in range(3)]
    return h, sig(sum(V[j] * h[j] for j in range(3)) + c[0])
def loss(p):
    total = 0.0
    for x, t in rows:
        o = predict(p["W"], p["b"], p["V"], p["c"], x)[1]
        total += 0.5 * (o - t) ** 2
    return total
def grads(p):
    gW = np.zeros((3, 2)); gb = np.zeros(3); gV = np.zeros(3); gc = np.zeros(1)
    for x, t in rows:
        h, o = predict(p["W"], p["b"], p["V"], p["c"], x)
        delta = (o - t) * o * (1 - o)
        gc[0] += delta
        for j in range(3):
            gV[j] += delta * h[j]
            dh = delta * p["V"][j] * h[j] * (1 - h[j])
            gb[j] += dh
            for i in range(2):
                gW[j, i] += dh * x[i]
    return {"W": gW, "b": gb, "V": gV, "c": gc}
def case():
    return dict(params={"W": np.array([[.3, -.2], [.5, .1], [-.4, .6]]), "b": np.zeros(3), "V": np.array([.4, -.6, .3]), "c": np.zeros(1)}, loss=loss, grads=grads, lr=.5, steps=100)
""",
    [
        ("delta = (o - t) * o * (1 - o)", "delta = o - t"),
        ("delta = (o - t) * o * (1 - o)", "delta = (t - o) * o * (1 - o)"),
        ('dh = delta * p["V"][j] * h[j] * (1 - h[j])', 'dh = delta * p["V"][j]'),
        ('dh = delta * p["V"][j] * h[j] * (1 - h[j])', "dh = delta * h[j] * (1 - h[j])"),
        ('dh = delta * p["V"][j] * h[j] * (1 - h[j])', 'dh = delta * p["V"][j] * h[j] * (1 + h[j])'),
        ('dh = delta * p["V"][j] * h[j] * (1 - h[j])', 'dh = (o - t) * p["V"][j] * h[j] * (1 - h[j])'),
        ("gb[j] += dh", "gb[j] = dh"),
        ("gW[j, i] += dh * x[i]", "gW[j, i] += dh * h[j]"),
        ("gV[j] += delta * h[j]", "gV[j] += delta"),
    ],
)
BASES["oneline"] = (
    """
import numpy as np
r = np.random.RandomState(8); X = r.randn(30, 2); y = (np.hypot(X[:, 0], X[:, 1]) < 1).astype(float)[:, None]
s = lambda z: 1 / (1 + np.exp(-z))
ds = lambda a: a * (1 - a)
def init(): return {"syn0": r.randn(2, 7), "syn1": r.randn(7, 1)}
def fwd(p): l1 = s(X @ p["syn0"]); return l1, s(l1 @ p["syn1"])
def loss(p): return float(np.sum((y - fwd(p)[1]) ** 2) / 2)
def grads(p):
    l1, l2 = fwd(p)
    e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)
    return {"syn0": -X.T.dot(d1), "syn1": -l1.T.dot(d2)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100)
""",
    [
        (
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
            'e2 = y - l2; d2 = e2; e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
        ),
        (
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = e2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
        ),
        (
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(e1)',
        ),
        (
            'e2 = y - l2; d2 = e2 * ds(l2); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
            'e2 = y - l2; d2 = e2 * ds(s(l2)); e1 = d2.dot(p["syn1"].T); d1 = e1 * ds(l1)',
        ),
        ('return {"syn0": -X.T.dot(d1), "syn1": -l1.T.dot(d2)}', 'return {"syn0": X.T.dot(d1), "syn1": -l1.T.dot(d2)}'),
        ('return {"syn0": -X.T.dot(d1), "syn1": -l1.T.dot(d2)}', 'return {"syn0": X.T.dot(d1), "syn1": l1.T.dot(d2)}'),
        ("ds = lambda a: a * (1 - a)", "ds = lambda a: a * (1 + a)"),
        ("ds = lambda a: a * (1 - a)", "ds = lambda a: s(a) * (1 - s(a))"),
    ],
)


def programs() -> Iterator[tuple[str, str, int]]:
    """(name, source, line of the defect) of every program; line 0 for the right ones."""
    for name, (source, edits) in BASES.items():
        yield f"{name}-right", source, 0
        for i, (old, new) in enumerate(edits):
            assert source.count(old) == 1, (name, old)
            yield f"{name}-{i:02d}", source.replace(old, new), source[: source.index(old)].count("\n") + 1
