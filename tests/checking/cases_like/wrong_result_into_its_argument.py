"""Kind: gradient/update. The forward pass writes the activation over the array that is kept for the slope."""
import numpy as np

rs = np.random.RandomState(12)
DATA = rs.uniform(-2, 2, (80, 2))
WANT = np.tanh(DATA[:, :1] * 1.5) * .6 - np.tanh(DATA[:, 1:] * DATA[:, :1]) * .3


class MultiLayer:
    def __init__(self, sizes=(2, 9, 5, 1), seed=4):
        r = np.random.RandomState(seed)
        self.layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            self.layers.append({"W": r.randn(a, b) * .9, "b": r.randn(b) * .1})

    def zs_and_activations(self, x):
        zs, activations = [], [x]
        for layer in self.layers:
            z = activations[-1] @ layer["W"] + layer["b"]
            zs.append(z)
            act = np.tanh(z, out=z)  # DEFECT
            activations.append(act)
        return zs, activations

    def score(self, x, t):
        return float(np.mean((self.zs_and_activations(x)[1][-1] - t) ** 2))

    def gradient(self, x, t):
        zs, activations = self.zs_and_activations(x)
        delta = 2 * (activations[-1] - t) / len(x) * (1 - np.tanh(zs[-1]) ** 2)
        grads = [None] * len(self.layers)
        for i in reversed(range(len(self.layers))):
            grads[i] = {"W": activations[i].T @ delta, "b": delta.sum(axis=0)}
            if i:
                delta = (delta @ self.layers[i]["W"].T) * (1 - np.tanh(zs[i - 1]) ** 2)
        return grads

    def update(self, grads, lr):
        for layer, g in zip(self.layers, grads):
            for k in layer:
                layer[k] = layer[k] - lr * g[k]


def _to(p):
    n = MultiLayer(); n.layers = [{"W": p[f"W{i}"], "b": p[f"b{i}"]} for i in range(3)]; return n


def case():
    n = MultiLayer()
    return dict(params={f"{k}{i}": l[k] for i, l in enumerate(n.layers) for k in l}, loss=lambda p: _to(p).score(DATA, WANT),
                grads=lambda p: {f"{k}{i}": g[k] for i, g in enumerate(_to(p).gradient(DATA, WANT)) for k in g}, lr=.1, steps=400)
