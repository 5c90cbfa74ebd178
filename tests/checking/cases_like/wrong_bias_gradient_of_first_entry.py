"""Kind: gradient. Both layers are given the first entry of the list of sums."""
import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(4, 30)); Y = (X[:2] * X[2:] > 0).astype(float)
class Layer:
    def __init__(self, n, m, seed):
        r = np.random.default_rng(seed)
        self.weights, self.bias = r.normal(size=(n, m)) * .6, r.normal(size=(n, 1)) * .1
def sigm(z): return 1 / (1 + np.exp(-z))
class Net:
    def __init__(self): self.first, self.second = Layer(2, 4, 1), Layer(2, 2, 2)
    def forward(self):
        self.a1 = sigm(self.first.weights @ X + self.first.bias)
        self.a2 = sigm(self.second.weights @ self.a1 + self.second.bias)
        return self.a2
    def cost(self): a = self.forward(); return -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))
    def backprop(self):
        self.forward()
        err2 = (self.a2 - Y) / Y.size
        err1 = self.second.weights.T @ err2 * self.a1 * (1 - self.a1)
        column = [np.sum(e, axis=1, keepdims=True) for e in (err1, err2)]
        self.first.gw, self.second.gw = err1 @ X.T, err2 @ self.a1.T
        self.first.gb = column[0]
        self.second.gb = column[0]                                 # DEFECT
def net(p):
    n = Net()
    n.first.weights, n.first.bias, n.second.weights, n.second.bias = p["w1"], p["b1"], p["w2"], p["b2"]
    return n
def grads(p): n = net(p); n.backprop(); return {"w1": n.first.gw, "b1": n.first.gb, "w2": n.second.gw, "b2": n.second.gb}
def case():
    n = Net()
    params = {"w1": n.first.weights, "b1": n.first.bias, "w2": n.second.weights, "b2": n.second.bias}
    return dict(params=params, loss=lambda p: net(p).cost(), grads=grads, lr=.5, steps=80)
