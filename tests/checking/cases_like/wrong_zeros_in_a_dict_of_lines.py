"""Kind: initialization. All weights start at zero, in a dict that goes over several lines."""
import numpy as np

r = np.random.RandomState(5)
X = r.uniform(-1, 1, (2, 90))
Y = (X[:1] * X[1:] > 0).astype(float)


def initialize(n_x=2, n_h=6):
    return {
        "b1": np.zeros((n_h, 1)),
        "W1": np.zeros((n_h, n_x)),  # DEFECT
        "W2": np.zeros((1, n_h)),
        "b2": np.zeros((1, 1)),
    }


def forward(p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    return A1, 1 / (1 + np.exp(-(p["W2"] @ A1 + p["b2"])))


def cost(p):
    A2 = forward(p)[1]
    return float(-np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)))


def gradients(p):
    A1, A2 = forward(p)
    dZ2 = (A2 - Y) / X.shape[1]
    dZ1 = p["W2"].T @ dZ2 * (1 - A1**2)
    return {
        "W1": dZ1 @ X.T, "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": dZ2 @ A1.T, "b2": dZ2.sum(axis=1, keepdims=True),
    }


def case():
    return dict(params=initialize(), loss=cost, grads=gradients, lr=0.5, steps=100)
