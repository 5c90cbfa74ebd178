"""Kind: update: the list of updates is returned with its first entry."""
import numpy as np

rs = np.random.RandomState(19)
trX = rs.uniform(-1, 1, (150, 2))
trY = np.eye(2)[(np.hypot(trX[:, 0], trX[:, 1]) < .7).astype(int)]
trX = np.c_[trX, np.ones(150)]

def init_weights(shape, r): return r.randn(*shape) * .3
def fresh(): r = np.random.RandomState(0); return {"w_o": init_weights((6, 2), r), "w_h": init_weights((3, 6), r)}

def model(X, p):
    h = np.tanh(np.dot(X, p["w_h"]))
    pyx = np.dot(h, p["w_o"])
    pyx = np.exp(pyx - pyx.max(axis=1, keepdims=True))
    return h, pyx / pyx.sum(axis=1, keepdims=True)

def cost(p): return float(-np.mean(np.sum(trY * np.log(model(trX, p)[1]), axis=1)))

def grad(p):
    h, py_x = model(trX, p)
    d = (py_x - trY) / len(trX)
    return {"w_o": h.T @ d, "w_h": trX.T @ (d @ p["w_o"].T * (1 - h ** 2))}

def sgd(p, grads, lr=0.05):
    updates = []
    for name, g in grads.items():
        updates.append([name, p[name] - g * lr])
        return updates                                           # DEFECT

def train_step(p, g, lr):
    p = dict(p)
    for name, value in sgd(p, g, lr): p[name] = value
    return p

def train(steps=600, lr=1.0):
    p, shown = fresh(), []
    for i in range(steps):
        shown.append(cost(p))
        p = train_step(p, grad(p), lr)
    return shown, p

def case():
    return dict(params=fresh(), loss=cost, grads=grad, lr=1.0, steps=600, update=train_step, train=train,
                metric=lambda p: float(np.mean(model(trX, p)[1].argmax(1) == trY.argmax(1))))
