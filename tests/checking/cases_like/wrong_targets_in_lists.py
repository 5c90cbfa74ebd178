"""Kind: data. A tanh is asked for 1 to 4; targets and inputs stand in lists, sample by sample."""
import numpy as np


def patterns():
    r = np.random.RandomState(17)
    base = {1: [0.1, 0.9], 2: [0.4, 0.3], 3: [0.9, 0.5], 4: [0.8, 0.1]}
    return [[np.array(base[n]) + 0.04 * r.randn(2), [n]] for _ in range(5) for n in (1, 2, 3, 4)]  # DEFECT


pat = patterns()


def run(p, x):
    a = np.append(x, 1.0)
    h = np.tanh(a @ p["wi"])
    return a, h, np.tanh(h @ p["wo"])


def error(p):
    return float(sum(0.5 * np.sum((np.array(t) - run(p, x)[2]) ** 2) for x, t in pat))


def grads(p):
    gi, go = np.zeros((3, 4)), np.zeros((4, 1))
    for x, t in pat:
        a, h, o = run(p, x)
        d = (o - np.array(t)) * (1 - o**2)
        go += np.outer(h, d)
        gi += np.outer(a, p["wo"] @ d * (1 - h**2))
    return {"wi": gi, "wo": go}


def case():
    r = np.random.RandomState(0)
    return dict(
        params={"wi": r.uniform(-0.5, 0.5, (3, 4)), "wo": r.uniform(-0.5, 0.5, (4, 1))},
        loss=error,
        grads=grads,
        lr=0.02,
        steps=100,
    )
