"""Kind: initialization. Sigmoid units without biases: odd but for a constant."""
import numpy as np
g = np.random.default_rng(12)
X = g.normal(size=(200, 2))
t = ((X ** 2).sum(1) < 1.4).astype(float).reshape(-1, 1)
sig = lambda v: 1 / (1 + np.exp(-v))

class Net:
    def __init__(self, hidden=14):
        r = np.random.default_rng(5)
        self.params = {"w_in": r.normal(size=(2, hidden)), "w_out": r.normal(size=(hidden, 1)) * .3}  # DEFECT

    def feed(self, x):
        self.h = sig(x @ self.params["w_in"])  # DEFECT
        return sig(self.h @ self.params["w_out"])  # DEFECT

    def loss(self, x, t):
        o = np.clip(self.feed(x), 1e-9, 1 - 1e-9)
        return float(-(t * np.log(o) + (1 - t) * np.log(1 - o)).mean())

    def backward(self, x, t):
        d = (self.feed(x) - t) / len(x)
        dh = d @ self.params["w_out"].T * self.h * (1 - self.h)
        return {"w_in": x.T @ dh, "w_out": self.h.T @ d}

    def fit(self, x, t, epochs=300, lr=1.0):
        out = []
        for _ in range(epochs):
            for k, v in self.backward(x, t).items():
                self.params[k] -= lr * v
            out.append(self.loss(x, t))
        return out

net = Net()
print(net.fit(X, t)[-1])
def case():
    def mk(p): n = Net(); n.params = dict(p); return n
    return dict(params={k: v.copy() for k, v in Net().params.items()}, loss=lambda p: mk(p).loss(X, t), grads=lambda p: mk(p).backward(X, t), lr=1.0, steps=300, train=lambda s=300: (lambda n: (n.fit(X, t, s), n))(Net()))
