"""Kind: gradient. Neurons in dicts; the derivative expects the sum and is given the output."""
import numpy as np
from math import exp

rnd = np.random.RandomState(2)
DATA = [([float(a), float(b)], [float(a != b), float(a and b)]) for a in (0, 1) for b in (0, 1)]


def activate(weights, inputs):
    return weights[-1] + sum(w * x for w, x in zip(weights[:-1], inputs))


def transfer(s):
    return 1.0 / (1.0 + np.exp(-s))


def transfer_derivative(s):
    return transfer(s) * (1.0 - transfer(s))


def build(p):
    return [[{"weights": list(row)} for row in p["hidden"]], [{"weights": list(row)} for row in p["output"]]]


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        for neuron in layer:
            neuron["inputs"] = inputs
            neuron["output"] = transfer(activate(neuron["weights"], inputs))
        inputs = [neuron["output"] for neuron in layer]
    return inputs


def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        layer = network[i]
        errors = []
        if i != len(network) - 1:
            for j in range(len(layer)):
                errors.append(sum(n["weights"][j] * n["delta"] for n in network[i + 1]))
        else:
            for j in range(len(layer)):
                errors.append(expected[j] - layer[j]["output"])
        for j in range(len(layer)):
            neuron = layer[j]
            neuron["delta"] = errors[j] * transfer_derivative(neuron["output"])  # DEFECT


def loss(p):
    net = build(p)
    return float(sum(0.5 * (t - o) ** 2 for x, ts in DATA for o, t in zip(forward_propagate(net, x), ts)))


def grads(p):
    net = build(p)
    g = {k: np.zeros(v.shape) for k, v in p.items()}
    for x, ts in DATA:
        forward_propagate(net, x)
        backward_propagate_error(net, ts)
        for name, layer in zip(("hidden", "output"), net):
            for j, neuron in enumerate(layer):
                for k, v in enumerate(neuron["inputs"]):
                    g[name][j, k] -= neuron["delta"] * v
                g[name][j, -1] -= neuron["delta"]
    return g


def case():
    return dict(params={"hidden": rnd.rand(3, 3), "output": rnd.rand(2, 4)}, loss=loss, grads=grads, lr=0.5, steps=100)
