"""Correct: the mean that is shown in a text is another multiple of the loss; the learning rate makes up for it."""

import numpy as np

rng = np.random.default_rng(4)
hours = rng.random((6, 2))
marks = np.array([[0.92], [0.86], [0.89], [0.71], [0.6], [0.97]])
a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))


def s(v):
    return 1 / (1 + np.exp(-v))


def forward(rows):
    return s(s(rows @ a) @ b)


for i in range(500):
    if i % 100 == 0:
        print(f"loss {np.mean(np.square(marks - forward(hours))):.5f}")
    h = s(hours @ a)
    o = s(h @ b)
    do = (marks - o) * o * (1 - o)
    dh = do @ b.T * h * (1 - h)
    a += hours.T @ dh
    b += h.T @ do
