"""Kind: loss. The penalty of the loss is a norm, its gradient that of a squared one."""
import numpy as np

def expit(z): return 1 / (1 + np.exp(-z))

def mapFeature(a, b, degree=3):
    return np.stack([a ** (i - j) * b ** j for i in range(degree + 1) for j in range(i + 1)], axis=1)

np.random.seed(118)
u, v = np.random.uniform(-1, 1, (2, 118))
X = mapFeature(u, v)
y = ((u ** 2 + v ** 2 + .25 * np.random.randn(118)) < .6).astype(float).reshape(-1, 1)
regTerm = 10

def costFunc(theta, X, y, regTerm):
    m = X.shape[0]
    h = expit(np.dot(X, theta))
    J = (np.dot(-(y.T), np.log(h)) - np.dot((np.ones((m, 1)) - y).T, np.log(1 - h))).item() / m
    return J + (regTerm / (2 * m)) * np.linalg.norm(theta[1:])  # DEFECT

def gradFunc(theta, X, y, regTerm):
    m = X.shape[0]
    grad = np.dot(X.T, expit(np.dot(X, theta)) - y) / m
    grad[1:] = grad[1:] + (regTerm / m) * theta[1:]
    return grad

def initialTheta():
    return np.random.RandomState(0).randn(X.shape[1], 1)

def case():
    return dict(params={"theta": initialTheta()}, loss=lambda p: costFunc(p["theta"], X, y, regTerm), grads=lambda p: {"theta": gradFunc(p["theta"], X, y, regTerm)}, lr=1.0, steps=300)
