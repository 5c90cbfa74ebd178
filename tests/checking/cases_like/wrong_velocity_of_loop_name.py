"""Kind: update. The new velocity goes to the name of the loop, not into the list."""
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3)); y = np.tanh(X[:, :1] * X[:, 1:2])
SIZES = [3, 6, 6, 1]
def make():
    q = np.random.default_rng(1)
    return [q.normal(size=(a, b)) / np.sqrt(a) for a, b in zip(SIZES, SIZES[1:])], [np.zeros((1, b)) for b in SIZES[1:]]
def forward(Ws, bs):
    a = [X]
    for i, (W, b) in enumerate(zip(Ws, bs)):
        z = a[-1] @ W + b
        a.append(z if i == 2 else np.tanh(z))
    return a
def loss(Ws, bs): return float(np.mean((forward(Ws, bs)[-1] - y) ** 2))
def backward(Ws, bs):
    a = forward(Ws, bs); d = 2 * (a[-1] - y) / len(X); gW, gb = [None] * 3, [None] * 3
    for i in (2, 1, 0):
        gW[i], gb[i] = a[i].T @ d, d.sum(0, keepdims=True)
        d = d @ Ws[i].T * (1 - a[i] ** 2)
    return gW, gb
def pack(Ws, bs): return {**{"W%d" % i: w for i, w in enumerate(Ws)}, **{"b%d" % i: b for i, b in enumerate(bs)}}
def unpack(p): return [p["W%d" % i] for i in range(3)], [p["b%d" % i] for i in range(3)]
def case(): return dict(params=pack(*make()), loss=lambda p: loss(*unpack(p)), grads=lambda p: pack(*backward(*unpack(p))), lr=.1, steps=30, train=train)

def train(steps=30):
    Ws, bs = make(); h = []; P = Ws + bs; V = [np.zeros_like(w) for w in P]
    for s in range(steps):
        gW, gb = backward(Ws, bs); h.append(loss(Ws, bs))
        for w, v, g in zip(P, V, gW + gb):
            v = .9 * v - .01 * g  # DEFECT
            w += v
    return h, Ws
