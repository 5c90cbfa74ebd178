"""Kind: numerics. Columns are samples, the softmax sums over axis 1."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = ((i.data - i.data.mean(0)) / i.data.std(0)).T; Y = np.eye(3)[i.target].T; m = 150
def softmax(z): e = np.exp(z - np.max(z)); return e / np.sum(e, axis=1, keepdims=True)   # DEFECT: axis=0
def start(): r = np.random.RandomState(1); return {"W1": r.randn(5, 4) * .4, "b1": np.zeros((5, 1)), "W2": r.randn(3, 5) * .4, "b2": np.zeros((3, 1))}
def run(p): a = np.tanh(p["W1"] @ X + p["b1"]); return a, softmax(p["W2"] @ a + p["b2"])
def cost(p): return float(-np.sum(Y * np.log(run(p)[1] + 1e-12)) / m)
def back(p): a, q = run(p); d = (q - Y) / m; k = p["W2"].T @ d * (1 - a * a); return {"W1": k @ X.T, "b1": k.sum(1, keepdims=True), "W2": d @ a.T, "b2": d.sum(1, keepdims=True)}
def case(): return dict(params=start(), loss=cost, grads=back, lr=.5, steps=200)
