"""Kind: data. A generator that yields the labels of other rows."""
import numpy as np
R = np.random.default_rng(17)
MID = R.normal(0, 2.5, (5, 6))
CLASS = R.integers(0, 5, 250)
FEAT = MID[CLASS] + R.normal(0, 1, (250, 6))
ONE = np.eye(5)[CLASS]
def minibatches(X, Y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        pick = order[start:start + size]
        yield X[pick], Y[start:start + size]                     # DEFECT
def init_weights(seed=0):
    r = np.random.default_rng(seed)
    return [r.normal(0, .4, (6, 10)), np.zeros(10), r.normal(0, .3, (10, 5)), np.zeros(5)]
def feed(w, X):
    H = np.tanh(X @ w[0] + w[1])
    S = H @ w[2] + w[3]
    P = np.exp(S - S.max(1, keepdims=True))
    return H, P / P.sum(1, keepdims=True)
def xent(w, X=FEAT, Y=ONE):
    return float(-(Y * np.log(feed(w, X)[1] + 1e-12)).sum(1).mean())
def deriv(w, X, Y):
    H, P = feed(w, X)
    dS = (P - Y) / len(X)
    dH = dS @ w[2].T * (1 - H * H)
    return [X.T @ dH, dH.sum(0), H.T @ dS, dS.sum(0)]
def learn(epochs=15, lr=.2, size=25):
    w, rng, curve = init_weights(), np.random.default_rng(1), []
    for _ in range(epochs):
        for xb, yb in minibatches(FEAT, ONE, size, rng):
            w = [a - lr * d for a, d in zip(w, deriv(w, xb, yb))]
        curve.append(xent(w))
    return curve, w
KEYS = ["W", "b", "V", "c"]
def right(w): return float(np.mean(feed(w, FEAT)[1].argmax(1) == CLASS))
def case():
    lst = lambda p: [p[k] for k in KEYS]
    return dict(params=dict(zip(KEYS, init_weights())), loss=lambda p: xent(lst(p)), grads=lambda p: dict(zip(KEYS, deriv(lst(p), FEAT, ONE))),
                lr=.2, steps=100, train=lambda steps=15: learn(steps), metric=lambda p: right(lst(p)))
