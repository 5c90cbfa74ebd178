"""Kind: initialization"""
import numpy as np

inputs = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
outputs = np.array([[0.], [1.], [1.], [0.]])

def constant(shape, c=0.01): return np.full(shape, c)
def initialize(): return {"hidden.w": constant((2, 2)), "hidden.b": np.zeros((1, 2)), "output.w": constant((2, 1), .5), "output.b": np.zeros((1, 1))}   # DEFECT

def sigmoid(z): return 1 / (1 + np.exp(-z))
def evaluate(p):
    hidden = np.tanh(inputs @ p["hidden.w"] + p["hidden.b"])
    return hidden, sigmoid(hidden @ p["output.w"] + p["output.b"])
def bce(p): o = np.clip(evaluate(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(outputs * np.log(o) + (1 - outputs) * np.log(1 - o)))
def backward(p):
    hidden, o = evaluate(p)
    d = (o - outputs) / 4
    e = d @ p["output.w"].T * (1 - hidden ** 2)
    return {"hidden.w": inputs.T @ e, "hidden.b": e.sum(0, keepdims=True), "output.w": hidden.T @ d, "output.b": d.sum(0, keepdims=True)}

def fit(epochs=3000, lr=.5):
    p = initialize()
    for _ in range(epochs):
        g = backward(p); p = {k: p[k] - lr * g[k] for k in p}
    return p

def case(): return dict(params=initialize(), loss=bce, grads=backward, lr=.5, steps=3000, metric=lambda p: float(np.mean((evaluate(p)[1] > .5) == outputs)))
