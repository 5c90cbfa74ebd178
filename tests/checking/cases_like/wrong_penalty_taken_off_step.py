"""Kind: update. The penalty is subtracted from the step."""
import numpy as np

class Parameter(object):
    def __init__(self, array, weight_decay=0.0):
        self.array = array
        self.weight_decay = weight_decay
        self.grad_array = np.zeros_like(array)

    def grad(self):
        return self.grad_array

    def penalty(self):
        if self.weight_decay == 0.0:
            return None
        return self.weight_decay * self.array

class FullyConnected(object):
    def __init__(self, n_in, n_out, rng, weight_decay):
        self.weights = Parameter(rng.normal(0, n_in ** -.5, (n_in, n_out)), weight_decay)
        self.bias = Parameter(np.zeros(n_out))

    def fprop(self, x):
        self._last_x = x
        return np.dot(x, self.weights.array) + self.bias.array

    def bprop(self, y_grad):
        self.weights.grad_array = np.dot(self._last_x.T, y_grad)
        self.bias.grad_array = np.sum(y_grad, axis=0)
        return np.dot(y_grad, self.weights.array.T)

class Model(object):
    def __init__(self, weight_decay=0.05, seed=6):
        rng = np.random.RandomState(seed)
        self.fc1, self.fc2 = FullyConnected(10, 12, rng, weight_decay), FullyConnected(12, 1, rng, weight_decay)
        self.params = [self.fc1.weights, self.fc1.bias, self.fc2.weights, self.fc2.bias]

    def predict(self, x):
        self.h = np.tanh(self.fc1.fprop(x))
        return self.fc2.fprop(self.h)

    def loss(self, x, y): return float(np.mean((self.predict(x) - y) ** 2))

    def backprop(self, x, y):
        g = 2 * (self.predict(x) - y) / len(x)
        self.fc1.bprop(self.fc2.bprop(g) * (1 - self.h ** 2))

class SGD(object):
    def __init__(self, learn_rate): self.learn_rate = learn_rate

    def update(self, params):
        for p in params:
            step = p.grad()
            penalty = p.penalty()
            if penalty is not None:
                step = step - penalty  # DEFECT
            p.array = p.array - self.learn_rate * step

rs = np.random.RandomState(8); X = rs.randn(40, 10); y = X[:, :1] - .5 * X[:, 1:2] + .5 * rs.randn(40, 1)
NAMES = ("W1", "b1", "W2", "b2")
def _model(q):
    m = Model()
    for n, p in zip(NAMES, m.params): p.array = q[n]
    return m
def _grads(q): m = _model(q); m.backprop(X, y); return {n: p.grad() for n, p in zip(NAMES, m.params)}
def _update(q, g, lr):
    m = _model(q)
    for n, p in zip(NAMES, m.params): p.grad_array = g[n]
    SGD(lr).update(m.params)
    return {n: p.array for n, p in zip(NAMES, m.params)}
def train(steps=400, weight_decay=0.05, learn_rate=0.1):
    m, sgd, hist = Model(weight_decay), SGD(learn_rate), []
    for _ in range(steps): hist.append(m.loss(X, y)); m.backprop(X, y); sgd.update(m.params)
    return hist, m
def case(): return dict(params={n: p.array for n, p in zip(NAMES, Model().params)}, loss=lambda q: _model(q).loss(X, y), grads=_grads, lr=0.1, steps=400, train=train, update=_update)
