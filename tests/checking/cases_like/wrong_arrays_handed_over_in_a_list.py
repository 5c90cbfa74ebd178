"""Kind: data. A function that takes *arrays gets one list of them."""
import numpy as np

def shuffle_arrays(*arrays):
    state = np.random.get_state()
    for array in arrays:
        np.random.set_state(state)
        np.random.shuffle(array)

def sorted_by_class(seed=10):
    r = np.random.RandomState(seed); c = r.randn(5, 8) * .9; counts = [80, 60, 50, 60, 50]
    return np.vstack([c[k] + r.randn(m, 8) for k, m in enumerate(counts)]), np.repeat(np.arange(5), counts)

class Dataset:
    def __init__(self): self.vectors, self.labels = sorted_by_class()
    def reset_batches(self):
        shuffle_arrays([self.vectors, self.labels])  # DEFECT
    def batches(self, size=10):
        for i in range(0, len(self.labels), size): yield self.vectors[i:i + size], self.labels[i:i + size]

class Classifier:
    def __init__(self): self.weights = np.zeros((8, 5)); self.bias = np.zeros(5)
    def probabilities(self, x):
        logits = x @ self.weights + self.bias; logits = logits - logits.max(axis=1, keepdims=True)
        e = np.exp(logits); return e / e.sum(axis=1, keepdims=True)
    def loss(self, x, y): return float(-np.mean(np.log(self.probabilities(x)[np.arange(len(y)), y] + 1e-12)))
    def gradients(self, x, y):
        d = self.probabilities(x); d[np.arange(len(y)), y] -= 1; d /= len(y)
        return x.T @ d, d.sum(axis=0)
    def accuracy(self, x, y): return float(np.mean(self.probabilities(x).argmax(axis=1) == y))
    def train(self, data, epochs, rate=.8):
        losses = []
        for _ in range(epochs):
            data.reset_batches()
            for x, y in data.batches():
                gw, gb = self.gradients(x, y)
                self.weights = self.weights - rate * gw; self.bias = self.bias - rate * gb
            losses.append(self.loss(data.vectors, data.labels))
        return losses

XS, YS = sorted_by_class()
def model(p): m = Classifier(); m.weights, m.bias = p["weights"], p["bias"]; return m
def train(steps=15): np.random.seed(0); m = Classifier(); return m.train(Dataset(), steps), m
def case(): return dict(params={"weights": np.zeros((8, 5)), "bias": np.zeros(5)}, loss=lambda p: model(p).loss(XS, YS), grads=lambda p: dict(zip(("weights", "bias"), model(p).gradients(XS, YS))), lr=.8, steps=60, train=train, metric=lambda p: model(p).accuracy(XS, YS))

