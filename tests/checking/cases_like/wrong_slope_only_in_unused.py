"""Kind: gradient. One sample at a time; the error behind the ReLU is computed and not used."""
import numpy as np

r = np.random.RandomState(4)
DATA = [(r.randn(3), r.randn(2)) for _ in range(12)]


def step(p):
    "one sample at a time, sums"
    L = 0.0
    G = {k: np.zeros_like(v) for k, v in p.items()}
    for x, t in DATA:
        a = p["A"] @ x + p["a"]
        h = np.maximum(a, 0)
        o = p["B"] @ h + p["b"]
        e = o - t
        L += (e @ e) / 2
        G["B"] += np.outer(e, h)
        G["b"] += e
        back = p["B"].T @ e
        d = back * (a > 0)
        G["A"] += np.outer(back, x)  # DEFECT
        G["a"] += back  # DEFECT
    return L, G


def case():
    q = np.random.RandomState(0)
    return dict(
        params={"A": q.randn(5, 3), "a": q.randn(5) * 0.1, "B": q.randn(2, 5), "b": np.zeros(2)},
        loss=lambda p: step(p)[0],
        grads=lambda p: step(p)[1],
        lr=0.01,
        steps=60,
    )
