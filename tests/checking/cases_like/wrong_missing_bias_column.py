"""Kind: init. No bias: the line goes through the origin, the classes lie on one side of it."""
import numpy as np
from sklearn.datasets import make_blobs

X, t = make_blobs(200, centers=[[2, 2], [5, 5]], random_state=1); y = t.astype(float)
def init(): return {"w": np.random.RandomState(0).randn(2) * .1}
def prob(p): return 1 / (1 + np.exp(-X @ p["w"]))                  # DEFECT: + b
def loss(p): q = np.clip(prob(p), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
def grads(p): return {"w": X.T @ (prob(p) - y) / len(y)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=300, metric=lambda p: float(np.mean((prob(p) > .5) == y)))
