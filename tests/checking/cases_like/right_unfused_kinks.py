"""Correct. Cross-entropy and sigmoid apart, with units that stand on the kink."""
import numpy as np
np.random.seed(1)
X = np.random.randn(6, 45); Y = (np.random.rand(1, 45) > .5).astype(int); dims = [6, 5, 4, 1]
def init():
    np.random.seed(2); P = {}
    for l in range(1, 4): P["W" + str(l)] = np.random.randn(dims[l], dims[l - 1]) / np.sqrt(dims[l - 1]); P["b" + str(l)] = np.zeros((dims[l], 1))
    return P
def L_model_forward(P):
    caches, A = [], X
    for l in range(1, 4):
        A_prev = A; Z = np.dot(P["W" + str(l)], A_prev) + P["b" + str(l)]
        A = 1 / (1 + np.exp(-Z)) if l == 3 else np.maximum(0, Z)
        caches.append((A_prev, P["W" + str(l)], Z))
    return np.clip(A, 1e-8, 1 - 1e-8), caches
def cost(P): AL, _ = L_model_forward(P); return np.squeeze(-1 / 45 * (np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T)))
def linear_backward(dZ, cache): A_prev, W, _ = cache; m = A_prev.shape[1]; return np.dot(W.T, dZ), 1. / m * np.dot(dZ, A_prev.T), 1. / m * np.sum(dZ, axis=1, keepdims=True)
def L_model_backward(P):
    AL, caches = L_model_forward(P); grads = {}
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in (3, 2, 1):
        Z = caches[l - 1][2]
        if l == 3: s = 1 / (1 + np.exp(-Z)); dZ = dA * s * (1 - s)
        else: dZ = np.array(dA, copy=True); dZ[Z <= 0] = 0
        dA, grads["W" + str(l)], grads["b" + str(l)] = linear_backward(dZ, caches[l - 1])
    return grads
def case(): return dict(params=init(), loss=cost, grads=L_model_backward, lr=.3, steps=200)
