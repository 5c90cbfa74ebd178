"""Kind: update: the buffers are made of zeros in every step, and carried on in place."""
import numpy as np

rng = np.random.default_rng(516)
X = rng.normal(size=(90, 5))
Y = np.tanh(X @ rng.normal(size=(5, 1))) + .05 * rng.normal(size=(90, 1))

def build():
    r = np.random.default_rng(0)
    return {"fc1.weight": r.normal(0, .5, (5, 12)), "fc1.bias": np.zeros(12), "fc2.weight": r.normal(0, .3, (12, 1)), "fc2.bias": np.zeros(1)}

def forward(P, x):
    hid = np.tanh(x @ P["fc1.weight"] + P["fc1.bias"])
    return hid, hid @ P["fc2.weight"] + P["fc2.bias"]

def mse(P): return float(np.mean((forward(P, X)[1] - Y) ** 2))

def backward(P):
    hid, out = forward(P, X)
    do = 2 * (out - Y) / len(X)
    dh = do @ P["fc2.weight"].T * (1 - hid * hid)
    return {"fc1.weight": X.T @ dh, "fc1.bias": dh.sum(0), "fc2.weight": hid.T @ do, "fc2.bias": do.sum(0)}

class SGDMomentum:
    def __init__(self, lr=.1, momentum=.9):
        self.lr, self.momentum, self.state = lr, momentum, {}

    def init_group(self, params):
        for name, p in params.items():
            self.state[name] = {"momentum_buffer": np.zeros_like(p)}   # DEFECT

    def step(self, params, grads):
        self.init_group(params)
        new = {}
        for name, p in params.items():
            buf = self.state[name]["momentum_buffer"]
            buf *= self.momentum
            buf += (1.0 - self.momentum) * grads[name]
            new[name] = p - self.lr * buf
        return new

def train(steps=150, lr=.1, momentum=.9):
    P, opt, losses = build(), SGDMomentum(lr, momentum), []
    for _ in range(steps):
        losses.append(mse(P))
        P = opt.step(P, backward(P))
    return losses, P

def updater():
    opt = SGDMomentum()
    def update(p, g, lr): opt.lr = lr; return opt.step(p, g)
    return update
def case(): return dict(params=build(), loss=mse, grads=backward, lr=.1, steps=150, update=updater(), train=train)
