"""Kind: data/loss"""
import numpy as np

def draw(n=12, s=10):
    r = np.random.RandomState(6); img = np.zeros((n, s, s)); edge = np.zeros((n, s, s), np.uint8)
    for k in range(n):
        c = r.randint(2, s - 2); img[k, :, c:] = 1
        edge[k, :, c] = 255
    return img + .05 * r.randn(n, s, s), edge

def load(): img, edge = draw(); return img, edge.astype(float)        # DEFECT

img, label = load()
patch = np.stack([np.roll(img, d, axis=2) for d in (1, 0, -1)], -1)[:, :, 1:-1].reshape(-1, 3); target = label[:, :, 1:-1].reshape(-1, 1)

def params(): r = np.random.RandomState(3); return {"W": r.randn(3, 5), "c": np.zeros(5), "u": r.randn(5, 1) * .5, "d": np.zeros(1)}
def score(p): a = np.tanh(patch @ p["W"] + p["c"]); return a, a @ p["u"] + p["d"]
def sigmoid_cross_entropy(p):
    x = score(p)[1]
    return float(-np.mean(x * (target - (x >= 0)) - np.log(1 + np.exp(x - 2 * x * (x >= 0)))))
def diff(p):
    a, x = score(p); e = (1 / (1 + np.exp(-x)) - target) / len(x); k = e @ p["u"].T * (1 - a * a)
    return {"W": patch.T @ k, "c": k.sum(0), "u": a.T @ e, "d": e.sum(0)}
def hit(p): return float(np.mean((score(p)[1] > 0) == (target > 0)))
def case(): return dict(params=params(), loss=sigmoid_cross_entropy, grads=diff, lr=.3, steps=300, metric=hit)
