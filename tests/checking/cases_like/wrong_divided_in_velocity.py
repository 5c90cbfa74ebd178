"""Kind: update. The gradient is a mean over the batch, and the velocity divides by its size again."""
import numpy as np
rng = np.random.default_rng(30)
X = rng.normal(size=(200, 6)); Y = np.tanh(X @ rng.normal(size=(6, 1)))
class Net:
    def __init__(self): r = np.random.default_rng(1); self.params = {"W": r.normal(0, .5, (6, 8)), "b": np.zeros(8), "U": r.normal(0, .5, (8, 1)), "c": np.zeros(1)}
    def forward(self, x): p = self.params; self.x = x; self.h = np.tanh(x @ p["W"] + p["b"]); return self.h @ p["U"] + p["c"]
    def loss(self, x, y): return float(np.mean((self.forward(x) - y) ** 2))
    def backward(self, x, y):
        d = 2 * (self.forward(x) - y) / y.shape[0]  # DEFECT
        k = d @ self.params["U"].T * (1 - self.h ** 2)
        return {"W": x.T @ k, "b": k.sum(0), "U": self.h.T @ d, "c": d.sum(0)}
class Momentum:
    def __init__(self, params, lr, mu, batch): self.lr, self.mu, self.batch = lr, mu, batch; self.v = {k: np.zeros_like(w) for k, w in params.items()}
    def step(self, params, grads):
        for k in params:
            self.v[k] = self.mu * self.v[k] - self.lr * grads[k] / self.batch  # DEFECT
            params[k] = params[k] + self.v[k]
def train(steps=20, batch=20):
    net, hist, r = Net(), [], np.random.default_rng(5); opt = Momentum(net.params, .1, .9, batch)
    for _ in range(steps):
        order = r.permutation(len(X))
        for s in range(0, len(X), batch):
            i = order[s:s + batch]
            opt.step(net.params, net.backward(X[i], Y[i]))
        hist.append(net.loss(X, Y))
    return hist, net
def _n(p): n = Net(); n.params = p; return n
def case(): return dict(params=Net().params, loss=lambda p: _n(p).loss(X, Y), grads=lambda p: _n(p).backward(X, Y), lr=.1, steps=20, train=train)
