import numpy as np

r = np.random.RandomState(43)
X = np.hstack([r.uniform(-1, 1, (45, 2)), np.ones((45, 1))])
T = ((X[:, :1] - 0.2) * X[:, 1:2] > 0).astype(float)


def logistic(v):
    return 1 / (1 + np.exp(-v))


def outputs(n):
    hidden = logistic(X @ n["V"])
    return hidden, logistic(hidden @ n["W"])


def learn(n, eta):
    z, o = outputs(n)
    delta = (T - o) * o * (1 - o)
    gamma = delta @ n["W"].T * z * (1 - z)
    n["W"] = n["W"] + eta * z.T @ delta
    n["V"] = n["V"] + eta * X.T @ gamma
    return n


def cost(p):
    return float(0.5 * np.sum((T - outputs(p)[1]) ** 2))


def directions(p, eta=0.01):
    after = learn({k: v.copy() for k, v in p.items()}, eta)
    return {k: (p[k] - after[k]) / eta for k in p}


def case():
    s = np.random.RandomState(9)
    p = {"V": s.normal(0, 0.8, (3, 7)), "W": s.normal(0, 0.8, (7, 1))}
    return dict(params=p, loss=cost, grads=directions, lr=0.2, steps=80)
