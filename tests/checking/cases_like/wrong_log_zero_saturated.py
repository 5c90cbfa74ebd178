"""Kind: numerics. log(1 - a) with a == 1.0: unscaled pixels saturate the sigmoid."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = b.data[:150]; y = b.target[:150].astype(float)     # DEFECT: features up to 4000, not scaled
def sigmoid(z): return 1 / (1 + np.exp(-z))
def init(): r = np.random.RandomState(3); return {"w": r.randn(30) * .5, "b": np.zeros(1)}
def cost(p): a = sigmoid(X @ p["w"] + p["b"]); return float(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)))   # DEFECT: 0 * log(0) is nan
def grads(p): e = (sigmoid(X @ p["w"] + p["b"]) - y) / len(y); return {"w": X.T @ e, "b": np.array([e.sum()])}
def case(): return dict(params=init(), loss=cost, grads=grads, lr=.1, steps=50)
