"""Kind: gradient. The output stands where the hidden activations belong: one number for all weights."""
import numpy as np

np.random.seed(4)
X = np.random.uniform(-3, 3, (1, 200))
Y = (np.sin(X) + 1) / 2

def initialize(n_x, n_y, n_h):
    r = np.random.RandomState(2)
    return {"W1": r.randn(n_h, n_x), "b1": np.zeros((n_h, 1)), "W2": r.randn(n_y, n_h) * 0.5, "b2": np.zeros((n_y, 1))}

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def forward_propagate(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = sigmoid(Z2)
    return A1, A2

def compute_cost(A2, Y):
    return -((1 / np.shape(Y)[1]) * np.sum((Y * np.log(A2)) + ((1 - Y) * np.log(1 - A2))))

def back_propagate(X, parameters, A1, A2, Y):
    W2 = parameters["W2"]
    m_divisor = 1 / np.shape(X)[1]
    dZ2 = A2 - Y
    dW2 = m_divisor * np.dot(dZ2, A2.T)  # DEFECT
    db2 = m_divisor * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T * dZ2 * (1 - np.power(A1, 2))
    dW1 = m_divisor * np.dot(dZ1, X.T)
    db1 = m_divisor * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

def gradients(p):
    g = back_propagate(X, p, *forward_propagate(X, p), Y)
    return {k: g[k] + np.zeros_like(p[k]) for k in p}

def case():
    return dict(params=initialize(1, 1, 6), loss=lambda p: float(compute_cost(forward_propagate(X, p)[1], Y)), grads=gradients, lr=0.5, steps=500)
