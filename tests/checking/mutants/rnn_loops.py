import numpy as np

rng = np.random.default_rng(0)
T, N, D, H = 6, 20, 2, 5
X = rng.normal(size=(T, N, D))
y = np.tanh(X[0, :, :1] - X[2, :, 1:]) + 0.5 * X[-1, :, :1]


def init():
    q = np.random.default_rng(9)
    return {
        "Wx": q.normal(0, 0.5, (D, H)), "Wh": q.normal(0, 0.4, (H, H)), "b": np.zeros(H),
        "V": q.normal(0, 0.5, (H, 1)), "c": np.zeros(1),
    }


def run(p):
    h = np.zeros((N, H))
    states = [h]
    for t in range(T):
        h = np.tanh(X[t] @ p["Wx"] + h @ p["Wh"] + p["b"])
        states.append(h)
    return states, h @ p["V"] + p["c"]


def loss(p):
    return float(np.mean((run(p)[1] - y) ** 2))


def grads(p):
    states, out = run(p)
    g = {k: np.zeros_like(v) for k, v in p.items()}
    d = 2 * (out - y) / N
    g["V"] = states[-1].T @ d
    g["c"] = d.sum(axis=0)
    dh = d @ p["V"].T
    for t in reversed(range(T)):
        dz = dh * (1 - states[t + 1] ** 2)
        g["Wx"] += X[t].T @ dz
        g["Wh"] += states[t].T @ dz
        g["b"] += dz.sum(axis=0)
        dh = dz @ p["Wh"].T
    return g


def train(steps=150, lr=0.1):
    p = init()
    history = []
    for _ in range(steps):
        history.append(loss(p))
        g = grads(p)
        for k in p:
            p[k] = p[k] - lr * g[k]
    return history, p


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.1, steps=150, train=train)
