import numpy as np

r = np.random.RandomState(34)
A = np.hstack([r.uniform(-1, 1, (40, 3)), np.eye(2)[r.randint(0, 2, 40)]])
T = (A[:, 0] + A[:, 1] > 0.2 * r.randn(40)).astype(float)


def unit(x, w):
    return 1 / (1 + np.exp(-np.dot(x, w)))


def error(y, o):
    return -y * np.log(o) - (1 - y) * np.log(1 - o)


def error_term(y, o):
    return y - o


def log_loss(w):
    return float(np.mean([error(y, unit(x, w)) for x, y in zip(A, T)]))


def step_direction(w):
    total = np.zeros(w.shape)
    for x, y in zip(A, T):
        o = unit(x, w)
        total += error_term(y, o) * x
    return total / len(A)


def case():
    w = np.random.RandomState(6).normal(0, 0.5, 5)
    return dict(params={"w": w}, loss=lambda p: log_loss(p["w"]), grads=lambda p: {"w": -step_direction(p["w"])}, lr=0.5, steps=60)
