"""Kind: update/gradient. A step moves the weights of all layers, and no bias; gradients are what a step changes."""
import numpy as np
rng = np.random.default_rng(1)
xs = rng.normal(size=(25, 3)); ts = np.tanh(xs @ rng.normal(size=(3, 2)) + .5); sizes = [3, 4, 2]
def fresh():
    r = np.random.default_rng(0)
    return [r.normal(size=(m, n)) * .5 for m, n in zip(sizes[1:], sizes)], [np.zeros(m) for m in sizes[1:]]
def activations(weights, biases, x):
    acts = [x]
    for w, b in zip(weights, biases): acts.append(np.tanh(w @ acts[-1] + b))
    return acts
def energy(weights, biases): return sum(.5 * np.sum((activations(weights, biases, x)[-1] - t) ** 2) for x, t in zip(xs, ts))
def epoch(weights, biases, eta):
    steps = [np.zeros_like(w) for w in weights]
    for x, t in zip(xs, ts):
        acts = activations(weights, biases, x)
        delta = (t - acts[-1]) * (1 - acts[-1] ** 2)
        for l in (1, 0):
            steps[l] = steps[l] + np.outer(delta, acts[l])
            if l: delta = (weights[l].T @ delta) * (1 - acts[l] ** 2)
    for l in range(len(weights)):
        weights[l] = weights[l] + eta * steps[l]                   # DEFECT
    return weights, biases
def split(p): return [p["w0"], p["w1"]], [p["b0"], p["b1"]]
def grads(p):
    w, b = epoch(*split({k: v.copy() for k, v in p.items()}), 1e-2)
    after = dict(w0=w[0], w1=w[1], b0=b[0], b1=b[1])
    return {k: -(after[k] - p[k]) / 1e-2 for k in p}
def case():
    w, b = fresh()
    return dict(params=dict(w0=w[0], w1=w[1], b0=b[0], b1=b[1]), loss=lambda p: energy(*split(p)), grads=grads, lr=.02, steps=60)
