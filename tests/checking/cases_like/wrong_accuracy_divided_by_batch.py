"""Kind: reporting. Accuracies of batches divided by their rows once more."""
import numpy as np
r = np.random.RandomState(6)
X = r.randn(90, 2); t = (X[:, 0] + .3 * X[:, 1] > 0) * 1.
def prob(p, X): return 1 / (1 + np.exp(-(X @ p["w"] + p["b"])))
def loss(p, X=X, t=t): q = prob(p, X); return float(-np.mean(t * np.log(q) + (1 - t) * np.log(1 - q)))
def grads(p, X=X, t=t): d = (prob(p, X) - t) / len(X); return {"w": X.T @ d, "b": d.sum()}
def train(steps=6, size=15):
    p, shown = {"w": np.array([.3, -.5]), "b": np.array(0.)}, []
    for _ in range(steps):
        acc = 0.
        for s in range(0, 90, size):
            g = grads(p, X[s:s + size], t[s:s + size]); p = {k: p[k] - .1 * g[k] for k in p}
            right = np.mean((prob(p, X[s:s + size]) > .5) == t[s:s + size])
            acc += right / size                    # DEFECT
        shown.append(acc)                          # DEFECT
    return shown, p
def case(): return dict(params={"w": np.array([.3, -.5]), "b": np.array(0.)}, loss=loss, grads=grads, lr=.1, steps=6, train=train)
