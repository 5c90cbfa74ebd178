"""Correct: no loss is computed. The error is sent back with the slope of the output: half the squared error."""

import numpy as np

rng = np.random.default_rng(1)


def bend(v, slope=False):
    if slope:
        return v * (1 - v)
    return 1 / (1 + np.exp(-v))


rows = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
want = np.array([[0, 1, 1, 0]]).T
first = 2 * rng.random((3, 5)) - 1
second = 2 * rng.random((5, 1)) - 1
pace = 1.5

for turn in range(300):
    middle = bend(rows @ first)
    last = bend(middle @ second)
    miss = want - last
    if turn % 100 == 0:
        print("Error: " + str(np.mean(np.abs(miss))))
    last_delta = miss * bend(last, slope=True)
    middle_delta = last_delta @ second.T * bend(middle, slope=True)
    second += pace * middle.T @ last_delta
    first += pace * rows.T @ middle_delta
