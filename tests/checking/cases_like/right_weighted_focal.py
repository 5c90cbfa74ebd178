"""Correct: class weights in the loss and in the delta."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = (b.data - b.data.mean(0)) / b.data.std(0); y = b.target[:, None].astype(float); wt = np.where(y == 1, 1., 3.)
def init(): r = np.random.RandomState(0); return {"W": r.randn(30, 5) * .2, "b": np.zeros((1, 5)), "V": r.randn(5, 1) * .3, "c": np.zeros((1, 1))}
def fwd(p): h = np.maximum(0, X @ p["W"] + p["b"]); return h, 1 / (1 + np.exp(-(h @ p["V"] + p["c"])))
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.sum(wt * (y * np.log(o) + (1 - y) * np.log(1 - o))) / wt.sum())
def grads(p): h, o = fwd(p); d = wt * (o - y) / wt.sum(); k = d @ p["V"].T * (h > 0); return {"W": X.T @ k, "b": k.sum(0, keepdims=True), "V": h.T @ d, "c": d.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
