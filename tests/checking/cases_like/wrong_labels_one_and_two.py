"""Kind: data/loss. Labels 1 and 2 in a hinge loss: all ask for the same."""
import numpy as np
r = np.random.default_rng(6)
X = np.r_[r.normal(-1, 1, (50, 2)), r.normal(1, 1, (50, 2))]
y = np.r_[np.full(50, 1.), np.full(50, 2.)]    # DEFECT
def loss(p):
    return np.mean(np.maximum(0, 1 - y * (X @ p["w"] + p["b"])))
def grads(p):
    on = (y * (X @ p["w"] + p["b"]) < 1) * y / len(y)
    return {"w": -X.T @ on, "b": -np.array(on.sum())}
def case():
    return dict(params={"w": np.array([.1, .2]), "b": np.array(0.)}, loss=loss, grads=grads, lr=.1, steps=100, kinks=True)
