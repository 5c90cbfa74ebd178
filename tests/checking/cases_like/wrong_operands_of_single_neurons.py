"""Kind: gradient. Both weights' changes take the weight where its input belongs, in plain numbers."""
import math
import numpy as np

LEARNING_RATE = 0.5

def sigmoid(x):
    return 1 / (1 + math.exp(-x))

def der_sigmoid(x):
    return x * (1 - x)

def cost(x):
    return x * x

def der_cost(x):
    return 2 * x

set_q = [q / 9 for q in range(1, 10)]
set_a = [0, 0, 0, 0, 0, 1, 1, 1, 1]

def feedforward(x, w1, w2, b1, b2):
    h = sigmoid((x * w1) + b1)
    y = sigmoid((h * w2) + b2)
    return h, y

def backprop(x, a, w1, w2, b1, b2):
    h, yHat = feedforward(x, w1, w2, b1, b2)
    E = yHat - a
    gradient_y = der_cost(E) * der_sigmoid(yHat)
    gradient_h = gradient_y * w2 * der_sigmoid(h)
    delta_w2 = gradient_y * w2  # DEFECT
    delta_w1 = gradient_h * w1  # DEFECT
    delta_b2 = gradient_y
    delta_b1 = gradient_h
    return delta_w1, delta_w2, delta_b1, delta_b2

NAMES = ("w1", "w2", "b1", "b2")

def numbers(p):
    return [float(p[k][0]) for k in NAMES]

def total_cost(p):
    return sum(cost(feedforward(q, *numbers(p))[1] - a) for q, a in zip(set_q, set_a)) / len(set_q)

def total_deltas(p):
    out = np.zeros(4)
    for q, a in zip(set_q, set_a):
        out += backprop(q, a, *numbers(p))
    return {k: np.array([v / len(set_q)]) for k, v in zip(NAMES, out)}

def begin():
    r = np.random.RandomState(4)
    return {"w1": 2 * r.rand(1) - 1, "w2": 2 * r.rand(1) - 1, "b1": np.zeros(1), "b2": np.zeros(1)}

def case():
    return dict(params=begin(), loss=total_cost, grads=total_deltas, lr=LEARNING_RATE, steps=3000)
