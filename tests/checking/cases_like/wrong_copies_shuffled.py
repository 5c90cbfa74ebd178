"""Kind: data. Copies of the arrays are shuffled."""
import numpy as np, random
r = np.random.RandomState(4)
C = r.randn(3, 4); X = np.vstack([C[k] + r.randn(40, 4) for k in range(3)]); Y = np.repeat(np.arange(3), 40)
def probs(p, x): z = x @ p["W"] + p["b"]; e = np.exp(z - z.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)
def loss(p, x=X, y=Y): return float(-np.mean(np.log(probs(p, x)[np.arange(len(y)), y])))
def grads(p, x=X, y=Y): d = probs(p, x); d[np.arange(len(y)), y] -= 1; d /= len(y); return {"W": x.T @ d, "b": d.sum(axis=0)}
def start(): return {"W": np.zeros((4, 3)), "b": np.zeros(3)}

def mix(rows, labels):
    s = np.random.get_state(); np.random.shuffle(rows); np.random.set_state(s); np.random.shuffle(labels)

def train(steps=6):
    np.random.seed(0); random.seed(0); p = start(); history = []; x, y = X.copy(), Y.copy()
    for _ in range(steps):
        mix(x.copy(), y.copy())  # DEFECT
        for i in range(0, len(x), 20):
            g = grads(p, x[i:i + 20], y[i:i + 20]); p = {k: p[k] - .3 * g[k] for k in p}
        history.append(loss(p))
    return history, p

def case(): return dict(params=start(), loss=loss, grads=grads, lr=.3, steps=20, train=train)
