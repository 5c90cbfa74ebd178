"""Kind: initialization. Neurons as objects whose weights start at zero."""
import numpy as np
class Neuron:
    def __init__(self, n_inputs):
        self.weights = np.zeros(n_inputs)                        # DEFECT
        self.bias = 0.0
    def fire(self, inputs):
        self.inputs = inputs
        self.out = np.tanh(inputs @ self.weights + self.bias)
        return self.out
class Layer:
    def __init__(self, n_neurons, n_inputs): self.neurons = [Neuron(n_inputs) for _ in range(n_neurons)]
    def fire(self, inputs): return np.array([n.fire(inputs) for n in self.neurons]).T
class Net:
    def __init__(self, n_hidden=6):
        self.hidden = Layer(n_hidden, 2)
        self.head = Neuron(n_hidden)
    def predict(self, X):
        h = self.hidden.fire(X)
        return h @ self.head.weights + self.head.bias, h
    def loss(self, X, y): return float(np.mean((self.predict(X)[0] - y) ** 2))
    def gradient(self, X, y):
        out, h = self.predict(X)
        d = 2 * (out - y) / len(y)
        g = {"V": h.T @ d, "c": np.array([d.sum()]), "W": np.zeros((len(self.hidden.neurons), 2)), "b": np.zeros(len(self.hidden.neurons))}
        for j, n in enumerate(self.hidden.neurons):
            dj = d * self.head.weights[j] * (1 - n.out ** 2)
            g["W"][j] = n.inputs.T @ dj
            g["b"][j] = dj.sum()
        return g
    def to_dict(self):
        return {"W": np.array([n.weights for n in self.hidden.neurons]), "b": np.array([n.bias for n in self.hidden.neurons]), "V": self.head.weights.copy(), "c": np.array([self.head.bias])}
    def load(self, p):
        for n, w, b in zip(self.hidden.neurons, p["W"], p["b"]): n.weights, n.bias = w, b
        self.head.weights, self.head.bias = p["V"], p["c"][0]
        return self
np.random.seed(10)
r = np.random.RandomState(3)
X = r.uniform(-1, 1, (120, 2))
y = np.where(X[:, 0] * X[:, 1] > 0, 1.0, -1.0)
def case(): return dict(params=Net().to_dict(), loss=lambda p: Net().load(p).loss(X, y), grads=lambda p: Net().load(p).gradient(X, y), lr=.1, steps=400,
                        metric=lambda p: float(np.mean((Net().load(p).predict(X)[0] > 0) == (y > 0))))
