"""Programs that run their training loop as their authors wrote it: what is found of them, and what is said."""

# ruff: noqa: E501 - the lines of programs in strings

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.checking.running.runner import check_file

RIGHT = {
    "neurons_as_dictionaries_with_momentum": """from math import exp, log
from random import Random

rnd = Random(4)

def make_layer(inputs, neurons):
    return [{"weights": [rnd.uniform(-1, 1) for _ in range(inputs + 1)], "last": [0.0] * (inputs + 1)} for _ in range(neurons)]

network = [make_layer(2, 3), make_layer(3, 1)]

def forward(row):
    for layer in network:
        new = []
        for neuron in layer:
            activation = neuron["weights"][-1]
            for i in range(len(row)):
                activation += neuron["weights"][i] * row[i]
            neuron["output"] = 1.0 / (1.0 + exp(-activation))
            new.append(neuron["output"])
        row = new
    return row[0]

def backward(expected):
    hidden, output = network
    for neuron in output:
        neuron["delta"] = expected - neuron["output"]
    for j, neuron in enumerate(hidden):
        error = 0.0
        for following in output:
            error += following["weights"][j] * following["delta"]
        neuron["delta"] = error * neuron["output"] * (1.0 - neuron["output"])

def update(row, l_rate, momentum):
    inputs = row
    for layer in network:
        for neuron in layer:
            for j in range(len(inputs)):
                change = l_rate * neuron["delta"] * inputs[j] + momentum * neuron["last"][j]
                neuron["weights"][j] += change
                neuron["last"][j] = change
            change = l_rate * neuron["delta"] + momentum * neuron["last"][-1]
            neuron["weights"][-1] += change
            neuron["last"][-1] = change
        inputs = [neuron["output"] for neuron in layer]

def train(dataset, n_epoch, l_rate=0.3, momentum=0.5):
    for epoch in range(n_epoch):
        sum_error = 0.0
        rnd.shuffle(dataset)
        for *row, label in dataset:
            p = forward(row)
            sum_error -= log(p) if label == 1 else log(1.0 - p)
            backward(label)
            update(row, l_rate, momentum)
        if epoch % 20 == 0:
            print(">epoch=%d, lrate=%.3f, error=%.4f" % (epoch, l_rate, sum_error / len(dataset)))

dataset = []
for _ in range(40):
    u, v = rnd.uniform(-2, 2), rnd.uniform(-2, 2)
    dataset.append([u, v, 1 if abs(u) < 1.0 else 0])
train(dataset, 21)
""",
    "an_epochs_sum_of_squares_and_its_penalty": """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(120, 5)); Y = np.sin(X[:, :1]) + 0.2 * X[:, 1:2]
W1 = rng.normal(size=(5, 8)) * 0.4; b1 = np.zeros(8); W2 = rng.normal(size=(8, 1)) * 0.4; b2 = np.zeros(1)
lam, batch = 1e-3, 32
for epoch in range(40):
    order = rng.permutation(len(X))
    squares = 0.0
    for start in range(0, len(X), batch):
        rows = order[start:start + batch]
        x, y = X[rows], Y[rows]
        h = np.tanh(x @ W1 + b1)
        e = h @ W2 + b2 - y
        squares += np.sum(e ** 2)
        d = 2 * e / len(rows)
        dh = (d @ W2.T) * (1 - h ** 2)
        W2 -= 0.05 * (h.T @ d + lam * W2); b2 -= 0.05 * d.sum(axis=0)
        W1 -= 0.05 * (x.T @ dh + lam * W1); b1 -= 0.05 * dh.sum(axis=0)
    if epoch % 10 == 0:
        print(f"{epoch}: {squares / len(X) + 0.5 * lam * ((W1 ** 2).sum() + (W2 ** 2).sum()):.4f}")
""",
    "velocities_without_a_rate": """import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(100, 4)); y = rng.integers(0, 3, 100); X[np.arange(100), y] += 2
W = rng.normal(size=(4, 3)) * 0.1; b = np.zeros(3)
vW = np.zeros_like(W); vb = np.zeros_like(b)
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
for epoch in range(30):
    running, batches = 0.0, 0
    for i in range(0, 100, 25):
        xb, yb = X[i:i + 25], y[i:i + 25]
        p = softmax(xb @ W + b)
        running += -np.log(p[np.arange(25), yb]).mean()
        batches += 1
        g = p.copy(); g[np.arange(25), yb] -= 1; g /= 25
        change = 0.9 * vW - 0.1 * (xb.T @ g)
        W += change
        vW = change
        change_b = 0.9 * vb - 0.1 * g.sum(axis=0)
        b += change_b
        vb = change_b
    print("epoch", epoch, "loss", running / batches)
""",
    "a_mask_that_the_loss_does_not_have": """import numpy as np

class DropoutRegressor:
    def __init__(self, d, width=32, keep=0.8, l2=1e-4, seed=5):
        init = np.random.default_rng(seed)
        self.drop = np.random.default_rng(seed + 1)
        self.keep, self.l2 = keep, l2
        self.theta = {"A": init.normal(0, 1 / np.sqrt(d), (d, width)), "a": np.zeros((1, width)),
                      "B": init.normal(0, 1 / np.sqrt(width), (width, 1)), "b": np.zeros((1, 1))}

    def forward(self, X, training=False):
        th = self.theta
        z = X @ th["A"] + th["a"]
        self.h = z / (1 + np.abs(z))
        if training:
            self.mask = (self.drop.random(z.shape) < self.keep) / self.keep
            self.dropped = self.h * self.mask
        else:
            self.dropped = self.h
        return self.dropped @ th["B"] + th["b"]

    def loss(self, X, y):
        return 0.5 * np.mean(np.square(self.forward(X)[:, 0] - y))

    def backward(self, X, y):
        out = self.forward(X, training=True)
        d_out = (out - y[:, None]) / len(y)
        d_h = d_out @ self.theta["B"].T * self.mask
        d_z = d_h * (1 - np.abs(self.h)) ** 2
        return {"B": self.dropped.T @ d_out + self.l2 * self.theta["B"], "b": d_out.sum(0, keepdims=True),
                "A": X.T @ d_z + self.l2 * self.theta["A"], "a": d_z.sum(0, keepdims=True)}

    def train(self, X, y, Xv, yv, eta=0.4, epochs=60, patience=100):
        best, since, keepsake = float("inf"), 0, None
        for epoch in range(epochs):
            rate = eta * 0.5 ** (epoch // 150)
            for name, g in self.backward(X, y).items():
                self.theta[name] = self.theta[name] - rate * g
            held_out = self.loss(Xv, yv)
            if held_out < best:
                best, since, keepsake = held_out, 0, {k: v.copy() for k, v in self.theta.items()}
            else:
                since += 1
            if epoch % 100 == 0:
                print("epoch %3d  train %.4f  held out %.4f" % (epoch, self.loss(X, y), held_out))
            if since >= patience:
                print("no progress since %d epochs, stopping at %d" % (patience, epoch))
                break
        self.theta = keepsake
        return best

g = np.random.default_rng(1)
X = g.normal(size=(300, 4))
y = np.tanh(X[:, 0]) + 0.5 * np.sin(2 * X[:, 1]) + 0.1 * g.normal(size=300)
print("best held-out loss", DropoutRegressor(4).train(X[:220], y[:220], X[220:], y[220:]))
""",
}
WRONG = {
    "hidden_deltas_of_plain_floats_too_late": (
        "computed-too-late",
        "    hidden_deltas = [h",
        """import math
import random

random.seed(5)

def sigmoid(t):
    return 1 / (1 + math.exp(-t))

def dot(v, w):
    return sum(a * b for a, b in zip(v, w))

def neuron_output(weights, inputs):
    return sigmoid(dot(weights, inputs))

def feed_forward(network, input_vector):
    outputs = []
    for layer in network:
        with_bias = input_vector + [1]
        output = [neuron_output(neuron, with_bias) for neuron in layer]
        outputs.append(output)
        input_vector = output
    return outputs

def squared_error(network, rows, wanted):
    total = 0.0
    for row, target in zip(rows, wanted):
        out = feed_forward(network, row)[-1]
        total += 0.5 * sum((o - t) ** 2 for o, t in zip(out, target))
    return total

def backpropagate(network, input_vector, target, rate):
    hidden_layer, output_layer = network
    hidden_outputs, outputs = feed_forward(network, input_vector)
    output_deltas = [o * (1 - o) * (o - t) for o, t in zip(outputs, target)]

    for i, output_neuron in enumerate(output_layer):
        for j, hidden_output in enumerate(hidden_outputs + [1]):
            output_neuron[j] -= rate * output_deltas[i] * hidden_output

    hidden_deltas = [h * (1 - h) * dot(output_deltas, [n[i] for n in output_layer]) for i, h in enumerate(hidden_outputs)]

    for i, hidden_neuron in enumerate(hidden_layer):
        for j, value in enumerate(input_vector + [1]):
            hidden_neuron[j] -= rate * hidden_deltas[i] * value

rows = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]]
wanted = [[r[0] ^ r[1], r[1] & r[2]] for r in rows]
network = [[[random.uniform(-1, 1) for _ in range(3 + 1)] for _ in range(4)],
           [[random.uniform(-1, 1) for _ in range(4 + 1)] for _ in range(2)]]

for epoch in range(300):
    for row, target in zip(rows, wanted):
        backpropagate(network, row, target, rate=4.0)
    if epoch % 500 == 0:
        print("epoch", epoch, "squared error", round(squared_error(network, rows, wanted), 5))

for row, target in zip(rows, wanted):
    print(row, target, [round(o, 2) for o in feed_forward(network, row)[-1]])
""",
    ),
    "layers_that_add_up_their_gradients": (
        "gradient-not-reset",
        "        self.dW += ",
        """import numpy as np

class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(scale=np.sqrt(2.0 / n_in), size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW += self.x.T @ grad
        self.db += grad.sum(axis=0)
        return grad @ self.W.T

    def update(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db

class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask

    def update(self, lr):
        pass

class MSELoss:
    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff ** 2)

    def backward(self):
        return 2.0 * self.diff / self.diff.size

class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def update(self, lr):
        for layer in self.layers:
            layer.update(lr)

rng = np.random.default_rng(12)
x = rng.uniform(-2, 2, (200, 3))
t = np.column_stack([np.abs(x[:, 0]) - x[:, 1], 0.5 * x[:, 2] + x[:, 0] * x[:, 1] * 0.3])

net = Sequential(Dense(3, 24, rng), ReLU(), Dense(24, 12, rng), ReLU(), Dense(12, 2, rng))
criterion = MSELoss()
for it in range(60):
    l = criterion.forward(net.forward(x), t)
    net.backward(criterion.backward())
    net.update(0.01)
    if it % 50 == 0:
        print(it, round(float(l), 5))
""",
    ),
    "values_of_a_dict_bound_anew": (
        "result-not-kept",
        "            v = v - ",
        """import numpy as np
np.random.seed(3)
class Net:
    def __init__(self):
        self.params = {"W": np.random.randn(2, 1), "b": np.zeros(1)}
    def grads(self, X, y):
        d = (X @ self.params["W"] + self.params["b"] - y) / len(X)
        return {"W": X.T @ d, "b": d.sum(0)}
    def step(self, g, lr):
        for k, v in self.params.items():
            v = v - lr * g[k]
X = np.random.randn(30, 2)
y = X @ np.array([[1.0], [2.0]]) + 0.5
net = Net()
for i in range(50):
    g = net.grads(X, y)
    net.step(g, 0.1)
    if i % 10 == 0:
        print(i, float(np.mean((X @ net.params["W"] + net.params["b"] - y) ** 2)))
""",
    ),
    "arguments_bound_anew": (
        "result-not-kept",
        "    W = W - ",
        """import numpy as np
rng = np.random.RandomState(0)
X = rng.randn(40, 3)
t = (X[:, :1] - X[:, 1:2] > 0) * 1.0
W = rng.randn(3, 1) * 0.1
b = np.zeros((1, 1))
def gradients(W, b):
    p = 1 / (1 + np.exp(-(X @ W + b)))
    return X.T @ (p - t) / len(X), (p - t).mean(axis=0, keepdims=True)
def descend(W, b, dW, db, rate):
    W = W - rate * dW
    b = b - rate * db
for epoch in range(100):
    dW, db = gradients(W, b)
    descend(W, b, dW, db, 0.5)
    if epoch % 20 == 0:
        p = 1 / (1 + np.exp(-(X @ W + b)))
        print(epoch, -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))
""",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_script(name: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(RIGHT[name])
    (report,) = check_file(file)
    assert report.verdict == "correct", report.findings
    assert report.parameters and all(p.error < 1e-6 for p in report.parameters)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_script(name: str, tmp_path: Path) -> None:
    code, part, text = WRONG[name]
    file = tmp_path / "program.py"
    file.write_text(text)
    (report,) = check_file(file)
    line = text[: text.index(part)].count("\n") + 1
    assert report.verdict == "faulty"
    assert (code, line) in {(f.code, f.line) for f in report.findings if f.certain}
