"""Correct. Momentum whose buffer is called d_p for the step: a name that ends with the call."""
import numpy as np

gen = np.random.RandomState(44)
A = gen.uniform(-1, 1, (70, 3)); B = np.c_[A[:, 0] * A[:, 1], np.cos(2 * A[:, 2])]

class SGD:
    def __init__(self, lr, momentum=0.8): self.lr, self.momentum, self.state = lr, momentum, {}
    def step(self, params, d_params):
        out = {}
        for name, p in params.items():
            d_p = d_params[name]
            if self.momentum != 0:
                if name not in self.state:
                    buf = self.state[name] = d_p.copy()
                else:
                    buf = self.state[name]
                    buf *= self.momentum
                    buf += d_p
                d_p = buf
            out[name] = p - self.lr * d_p
        return out

def start(): r = np.random.RandomState(4); return {"l1.w": r.randn(3, 9) * .8, "l1.b": np.zeros((1, 9)), "l2.w": r.randn(9, 2) * .3, "l2.b": np.zeros((1, 2))}
def run(p): h = 1 / (1 + np.exp(-(A @ p["l1.w"] + p["l1.b"]))); return h, h @ p["l2.w"] + p["l2.b"]
def loss(p): return float(np.mean((run(p)[1] - B) ** 2))
def grads(p):
    h, o = run(p); e = 2 * (o - B) / B.size; k = e @ p["l2.w"].T * h * (1 - h)
    return {"l1.w": A.T @ k, "l1.b": k.sum(0, keepdims=True), "l2.w": h.T @ e, "l2.b": e.sum(0, keepdims=True)}

def train(steps=200, lr=.2):
    p, opt, hist = start(), SGD(lr), []
    for _ in range(steps): hist.append(loss(p)); p = opt.step(p, grads(p))
    return hist, p

def updater():
    opt = SGD(.2)
    def update(p, g, lr): opt.lr = lr; return opt.step(p, g)
    return update
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.2, steps=200, update=updater(), train=train)
