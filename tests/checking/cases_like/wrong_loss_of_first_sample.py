"""Kind: loss. The loss returns in the loop over the samples: it is that of the first one."""
import numpy as np
rng = np.random.default_rng(8); X = rng.normal(size=(20, 3)); y = rng.integers(0, 3, 20)
def softmax(z): e = np.exp(z - z.max()); return e / e.sum()
def cross_entropy(W, b):
    total = 0.0
    for x, c in zip(X, y):
        total -= np.log(softmax(x @ W + b)[c])
        return total                                               # DEFECT
def gradients(W, b):
    gW, gb = np.zeros_like(W), np.zeros_like(b)
    for x, c in zip(X, y):
        d = softmax(x @ W + b); d[c] -= 1
        gW += np.outer(x, d); gb += d
    return {"W": gW, "b": gb}
def case(): return dict(params={"W": rng.normal(size=(3, 3)) * .1, "b": np.zeros(3)}, loss=lambda p: cross_entropy(**p), grads=lambda p: gradients(**p), lr=.1, steps=60)
