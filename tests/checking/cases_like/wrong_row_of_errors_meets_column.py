"""Kind: gradient. The error alone is taken of all pairs of samples."""
import numpy as np
rng = np.random.default_rng(13)
X = rng.normal(size=(20, 3)); t = np.sin(X[:, 0]) + X[:, 1]
def run(ws, bs):
    acts = [X]
    for k, (w, b) in enumerate(zip(ws, bs)):
        z = acts[-1].dot(w) + b
        acts.append(np.tanh(z) if k + 1 < len(ws) else z)
    return acts
def loss_of(ws, bs): return 0.5 * np.mean((run(ws, bs)[-1].ravel() - t) ** 2)
def gradients(ws, bs):
    acts = run(ws, bs)
    err = (acts[-1] - t) / len(t)  # DEFECT
    err = err.mean(axis=1, keepdims=True)
    gw, gb = [], []
    for k in range(len(ws) - 1, -1, -1):
        gw.insert(0, acts[k].T.dot(err)); gb.insert(0, err.sum(axis=0))
        if k: err = err.dot(ws[k].T) * (1 - acts[k] ** 2)
    return gw, gb
def pack(ws, bs): return {**{f"w{i}": w for i, w in enumerate(ws)}, **{f"b{i}": b for i, b in enumerate(bs)}}
def unpack(p): return [p[f"w{i}"] for i in range(2)], [p[f"b{i}"] for i in range(2)]
def case():
    r = np.random.default_rng(2)
    return dict(params=pack([r.normal(size=(3, 6)) * .5, r.normal(size=(6, 1)) * .5], [np.zeros(6), np.zeros(1)]), loss=lambda p: loss_of(*unpack(p)), grads=lambda p: pack(*gradients(*unpack(p))), lr=.1, steps=100)
