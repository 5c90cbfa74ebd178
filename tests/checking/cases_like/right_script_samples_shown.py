"""Correct: characters drawn by the network's shares are shown now and then; the loss has nothing to do with them."""

import numpy as np

np.random.seed(3)
text = "round and round. " * 6
letters = sorted(set(text))
code = {c: i for i, c in enumerate(letters)}
size, many, rate = len(letters), 6, 0.1
W, U, V = (np.random.randn(*shape) * 0.1 for shape in ((many, size), (many, many), (size, many)))
mW, mU, mV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)


def one(i):
    x = np.zeros((size, 1))
    x[i] = 1
    return x


def shares(h):
    e = np.exp(V @ h)
    return e / e.sum()


def chunk(inputs, targets, h):
    hs, ps, loss = {-1: h}, {}, 0
    for t, i in enumerate(inputs):
        hs[t] = np.tanh(W @ one(i) + U @ hs[t - 1])
        ps[t] = shares(hs[t])
        loss += -np.log(ps[t][targets[t], 0])
    dW, dU, dV, later = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V), np.zeros_like(h)
    for t in reversed(range(len(inputs))):
        dy = ps[t] - one(targets[t])
        dV += dy @ hs[t].T
        draw = (V.T @ dy + later) * (1 - hs[t] ** 2)
        dW += draw @ one(inputs[t]).T
        dU += draw @ hs[t - 1].T
        later = U.T @ draw
    return loss, dW, dU, dV, hs[len(inputs) - 1]


def sample(h, i, length):
    found = []
    for _ in range(length):
        h = np.tanh(W @ one(i) + U @ h)
        i = np.random.choice(range(size), p=shares(h).ravel())
        found.append(i)
    return found


n, p = 0, 0
while n < 120:
    if n == 0 or p + 6 > len(text):
        state, p = np.zeros((many, 1)), 0
    inputs, targets = [code[c] for c in text[p : p + 5]], [code[c] for c in text[p + 1 : p + 6]]
    if n % 40 == 0:
        drawn = sample(state, inputs[0], 20)
        print("".join(letters[i] for i in drawn))
    loss, dW, dU, dV, state = chunk(inputs, targets, state)
    for param, grad, memory in zip([W, U, V], [dW, dU, dV], [mW, mU, mV]):
        memory += grad * grad
        param += -rate * grad / np.sqrt(memory + 1e-8)
    n, p = n + 1, p + 5
