"""Kind: gradient. Two slopes, each on a line, put the sigmoid around what went through it already; samples one by one."""
import random as rd
import numpy as np

input_X = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
input_Y = np.array([[0], [1], [1], [0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-1 * x))


def init():
    r = np.random.RandomState(7)
    return {"W1": r.uniform(-2, 2, (3, 2)), "b1": r.uniform(-1, 1, (3, 1)), "W2": r.uniform(-2, 2, (1, 3)), "b2": r.rand(1, 1)}


def net(p, X):
    out1 = sigmoid(np.dot(p["W1"], X) + p["b1"])
    pred_y = sigmoid(np.dot(p["W2"], out1) + p["b2"])
    return out1, pred_y


def one(p, k):
    X = input_X[k].reshape(2, 1)
    Y = input_Y[k].reshape(1, 1)
    out1, pred_y = net(p, X)
    err = Y - pred_y
    s2 = -2 * sigmoid(pred_y) * (1 - sigmoid(pred_y)) * err  # DEFECT
    F1 = np.diag((sigmoid(out1) * (1 - sigmoid(out1))).ravel())  # DEFECT
    s1 = np.dot(F1, p["W2"].T) * s2
    return {"W2": s2 * out1.T, "b2": s2, "W1": np.dot(s1, X.T), "b1": s1}


def total(p):
    return float(np.sum((net(p, input_X.T)[1] - input_Y.T) ** 2))


def all_grads(p):
    g = [one(p, k) for k in range(4)]
    return {n: sum(d[n] for d in g) for n in p}


def train(steps=5000, alpha=.3):
    rd.seed(3); p = init(); hist = []
    for _ in range(steps):
        g = one(p, rd.randrange(4))
        p = {n: p[n] - alpha * g[n] for n in p}
        hist.append(total(p))
    return hist, p


def case():
    return dict(params=init(), loss=total, grads=all_grads, lr=.3, steps=300)
