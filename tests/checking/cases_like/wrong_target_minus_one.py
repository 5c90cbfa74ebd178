"""Kind: data/loss. Perceptron labels -1/+1 with a sigmoid output and squared error."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = (b.data[:200] - b.data[:200].mean(0)) / b.data[:200].std(0); y = np.where(b.target[:200] == 1, 1., -1.)[:, None]   # DEFECT: 0/1 for a sigmoid
def sg(z): return 1 / (1 + np.exp(-z))
def par(): r = np.random.RandomState(2); return {"W": r.randn(30, 5) * .2, "b": np.zeros(5), "V": r.randn(5, 1) * .4, "c": np.zeros(1)}
def fwd(p): h = sg(X @ p["W"] + p["b"]); return h, sg(h @ p["V"] + p["c"])
def loss(p): return float(np.mean((fwd(p)[1] - y) ** 2))
def grads(p): h, o = fwd(p); d = 2 * (o - y) / len(X) * o * (1 - o); k = d @ p["V"].T * h * (1 - h); return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}
def case(): return dict(params=par(), loss=loss, grads=grads, lr=1., steps=200, metric=lambda p: float(np.mean((fwd(p)[1] > .5) == (y > 0))))
