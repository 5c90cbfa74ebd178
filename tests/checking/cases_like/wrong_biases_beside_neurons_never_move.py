"""Kind: update. A step moves the weights of all neurons, and no bias; gradients are sums of what it changes."""
import numpy as np

class Neuron:
    def __init__(self, weights):
        self.weights = list(weights)

    def calculate_output(self, inputs, bias):
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-(np.dot(inputs, self.weights) + bias)))
        return self.output

class NeuronLayer:
    def __init__(self, weights, bias):
        self.bias, self.neurons = bias, [Neuron(w) for w in weights]

    def feed_forward(self, inputs):
        return [n.calculate_output(inputs, self.bias) for n in self.neurons]

class NeuralNetwork:
    LEARNING_RATE = 0.5

    def __init__(self, hidden_weights, hidden_bias, output_weights, output_bias):
        self.hidden_layer = NeuronLayer(hidden_weights, hidden_bias)
        self.output_layer = NeuronLayer(output_weights, output_bias)

    def feed_forward(self, inputs):
        return self.output_layer.feed_forward(self.hidden_layer.feed_forward(inputs))

    def total_error(self, samples):
        return float(sum(0.5 * (t - o) ** 2 for x, y in samples for t, o in zip(y, self.feed_forward(x))))

    def train(self, x, y):
        self.feed_forward(x)
        out, hid = self.output_layer.neurons, self.hidden_layer.neurons
        d_out = [-(t - n.output) * n.output * (1 - n.output) for t, n in zip(y, out)]
        d_hid = [sum(d * o.weights[h] for d, o in zip(d_out, out)) * n.output * (1 - n.output) for h, n in enumerate(hid)]
        for layer, deltas in ((self.output_layer, d_out), (self.hidden_layer, d_hid)):
            for neuron, d in zip(layer.neurons, deltas):
                neuron.weights = [w - self.LEARNING_RATE * d * i for w, i in zip(neuron.weights, neuron.inputs)]  # DEFECT

samples = [([0.05, 0.1], [0.01, 0.05]), ([0.0, 0.0], [0.02, 0.1]), ([0.1, 0.05], [0.05, 0.02])]

def build(p): return NeuralNetwork(p["wh"].copy(), float(p["bh"][0]), p["wo"].copy(), float(p["bo"][0]))
def state(n):
    h, o = n.hidden_layer, n.output_layer
    return {"wh": np.array([k.weights for k in h.neurons]), "bh": np.array([h.bias]), "wo": np.array([k.weights for k in o.neurons]), "bo": np.array([o.bias])}
START = {"wh": np.array([[.15, .2], [.25, .3]]), "bh": np.array([.35]), "wo": np.array([[.4, .45], [.5, .55]]), "bo": np.array([.6])}
def grads(p):
    total = {k: np.zeros_like(v) for k, v in p.items()}
    for x, y in samples:
        n = build(p); n.train(x, y); s = state(n)
        for k in total: total[k] += (p[k] - s[k]) / n.LEARNING_RATE
    return total
def train(steps=300):
    n, hist = build(START), []
    for _ in range(steps):
        for x, y in samples: n.train(x, y)
        hist.append(n.total_error(samples))
    return hist, state(n)
def case(): return dict(params={k: v.copy() for k, v in START.items()}, loss=lambda p: build(p).total_error(samples), grads=grads, lr=0.5, steps=500, train=train)
