"""Kind: loss. A product of labels and logarithms that has the samples twice is summed."""
import numpy as np

def load_planar(m=160, seed=1):
    r = np.random.RandomState(seed)
    ang = np.r_[np.linspace(0, 3, m // 2), np.linspace(3, 6, m // 2)] + r.randn(m) * .15
    rad = 2 * np.abs(np.sin(2 * ang)) + .3 + r.randn(m) * .1
    return np.c_[rad * np.sin(ang), rad * np.cos(ang)].T, (np.arange(m) >= m // 2).astype(float).reshape(1, -1)

X, Y = load_planar()

def initialize_parameters(n_x, n_h, n_y):
    r = np.random.RandomState(2)
    return {"W1": r.randn(n_h, n_x) * .6, "b1": np.zeros((n_h, 1)), "W2": r.randn(n_y, n_h) * .6, "b2": np.zeros((n_y, 1))}

def forward_propagation(X, parameters):
    A1 = np.tanh(np.dot(parameters["W1"], X) + parameters["b1"])
    A2 = 1 / (1 + np.exp(-(np.dot(parameters["W2"], A1) + parameters["b2"])))
    return A2, {"A1": A1, "A2": A2}

def compute_cost(A2, Y):
    m = Y.shape[1]
    logprobs = np.dot(Y.T, np.log(A2)) + np.dot((1 - Y).T, np.log(1 - A2))  # DEFECT
    cost = -(1 / m) * np.sum(logprobs)
    return float(cost)

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(A1, 2))
    return {"W1": np.dot(dZ1, X.T) / m, "b1": np.sum(dZ1, axis=1, keepdims=True) / m,
            "W2": np.dot(dZ2, A1.T) / m, "b2": np.sum(dZ2, axis=1, keepdims=True) / m}

def right_cost(p):
    A2 = forward_propagation(X, p)[0]
    return float(np.mean(-np.log(np.where(Y == 1, A2, 1 - A2))))

def case():
    return dict(params=initialize_parameters(2, 5, 1), loss=lambda p: compute_cost(forward_propagation(X, p)[0], Y), true_loss=right_cost,
                grads=lambda p: backward_propagation(p, forward_propagation(X, p)[1], X, Y), lr=0.8, steps=400,
                metric=lambda p: float(np.mean((forward_propagation(X, p)[0] > .5) == Y)))
