"""Kind: gradient/update. The output layer of lists is changed before the hidden layer's error is taken from it."""
import math
import numpy as np

def dot(v, w): return sum(a * b for a, b in zip(v, w))
def sigmoid(t): return 1 / (1 + math.exp(-t))

SHAPES = {"hidden": (4, 3), "output": (2, 5)}
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[1, 0], [0, 1], [0, 1], [1, 0]]

def new_network(seed=5):
    r = np.random.RandomState(seed)
    return [[list(row) for row in r.uniform(-2, 2, SHAPES[k])] for k in ("hidden", "output")]

def feed_forward(network, input_vector):
    outputs = []
    for layer in network:
        with_bias = input_vector + [1]
        input_vector = [sigmoid(dot(neuron, with_bias)) for neuron in layer]
        outputs.append(input_vector)
    return outputs

def backpropagate(network, input_vector, target, rate):
    hidden_outputs, outputs = feed_forward(network, input_vector)
    output_deltas = [o * (1 - o) * (o - t) for o, t in zip(outputs, target)]
    for i, output_neuron in enumerate(network[-1]):
        for j, hidden_output in enumerate(hidden_outputs + [1]):
            output_neuron[j] -= rate * output_deltas[i] * hidden_output  # DEFECT
    hidden_deltas = [h * (1 - h) * dot(output_deltas, [n[i] for n in network[-1]]) for i, h in enumerate(hidden_outputs)]  # DEFECT
    for i, hidden_neuron in enumerate(network[0]):
        for j, inp in enumerate(input_vector + [1]):
            hidden_neuron[j] -= rate * hidden_deltas[i] * inp

def error(network, rows=range(4)):
    return sum((o - t) ** 2 for n in rows for o, t in zip(feed_forward(network, inputs[n])[-1], targets[n])) / 2

RATE = 3.0
def as_lists(p): return [[list(map(float, row)) for row in p[k]] for k in ("hidden", "output")]
def as_arrays(network): return {"hidden": np.array(network[0]), "output": np.array(network[1])}

def grads_of_row(p, n=1):
    network = as_lists(p)
    backpropagate(network, inputs[n], targets[n], RATE)
    after = as_arrays(network)
    return {k: (p[k] - after[k]) / RATE for k in p}

def train(steps=300):
    network, history = new_network(), []
    for _ in range(steps):
        history.append(error(network))
        for x, t in zip(inputs, targets): backpropagate(network, x, t, RATE)
    return history, network

def case():
    return dict(params=as_arrays(new_network()), loss=lambda p: error(as_lists(p), [1]), grads=grads_of_row, lr=RATE, steps=100, train=train)
