"""Kind: update. New weights are put into a list that nobody has."""
import numpy as np, random
r = np.random.RandomState(4)
C = r.randn(3, 4); X = np.vstack([C[k] + r.randn(40, 4) for k in range(3)]); Y = np.repeat(np.arange(3), 40)
def probs(p, x): z = x @ p["W"] + p["b"]; e = np.exp(z - z.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)
def loss(p, x=X, y=Y): return float(-np.mean(np.log(probs(p, x)[np.arange(len(y)), y])))
def grads(p, x=X, y=Y): d = probs(p, x); d[np.arange(len(y)), y] -= 1; d /= len(y); return {"W": x.T @ d, "b": d.sum(axis=0)}
def start(): return {"W": np.zeros((4, 3)), "b": np.zeros(3)}

class Softmax:
    def __init__(self): self.W, self.b = np.zeros((4, 3)), np.zeros(3)
    def params(self): return {"W": self.W, "b": self.b}
    def apply(self, weights, grads, rate):
        for i in range(len(weights)): weights[i] = weights[i] - rate * grads[i]  # DEFECT
    def train(self, n):
        out = []
        for _ in range(n):
            g = grads(self.params()); self.apply([self.W, self.b], [g["W"], g["b"]], .3)  # DEFECT
            out.append(loss(self.params()))
        return out
def train(steps=6): m = Softmax(); return m.train(steps), m

def case(): return dict(params=start(), loss=loss, grads=grads, lr=.3, steps=20, train=train)
