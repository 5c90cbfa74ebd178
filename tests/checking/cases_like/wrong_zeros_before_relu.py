"""Kind: initialization. Weights of zero before a ReLU: its slope at 0 is 0."""
import numpy as np
r = np.random.RandomState(0)
X = r.randn(2, 60); T = (X[:1] > X[1:]) * 1.0
class Layer:
    def __init__(self, i, o, kind):
        self.W = r.randn(o, i) * .5 if kind == "out" else np.zeros((o, i))    # DEFECT
        self.b = np.zeros((o, 1)); self.kind = kind
    def forward(self, a):
        self.a = a; self.z = self.W @ a + self.b
        return np.maximum(0, self.z) if self.kind == "relu" else 1 / (1 + np.exp(-self.z))
class Net:
    def __init__(self): self.layers = [Layer(2, 5, "relu"), Layer(5, 1, "out")]
    def forward(self, x):
        for l in self.layers: x = l.forward(x)
        return x
    def loss(self): p = self.forward(X); return float_(-np.mean(T * np.log(p) + (1 - T) * np.log(1 - p)))
    def back(self):
        p = self.forward(X); l1, l2 = self.layers
        d = (p - T) / T.size
        g = {"W2": d @ l2.a.T, "b2": d.sum(1, keepdims=True)}
        d = l2.W.T @ d * (l1.z > 0)
        return {**g, "W1": d @ X.T, "b1": d.sum(1, keepdims=True)}
def float_(v): return v
def get(n): return {"W1": n.layers[0].W, "b1": n.layers[0].b, "W2": n.layers[1].W, "b2": n.layers[1].b}
def put(p):
    n = Net(); n.layers[0].W, n.layers[0].b, n.layers[1].W, n.layers[1].b = p["W1"], p["b1"], p["W2"], p["b2"]; return n
def train(steps=20):
    n = Net(); h = []
    for _ in range(steps):
        h.append(float(n.loss())); g = n.back()
        for i, l in enumerate(n.layers): l.W = l.W - .3 * g[f"W{i+1}"]; l.b = l.b - .3 * g[f"b{i+1}"]
    return h, n
def case(): return dict(params=get(Net()), loss=lambda p: put(p).loss(), grads=lambda p: put(p).back(), lr=.3, steps=20, train=train)
