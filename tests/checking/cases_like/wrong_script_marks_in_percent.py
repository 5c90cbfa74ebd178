"""Kind: data"""

import numpy as np

rng = np.random.default_rng(4)
hours = rng.random((6, 2))
marks = np.array([[92.0], [86], [89], [71], [60], [97]])  # DEFECT
a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))


def s(v):
    return 1 / (1 + np.exp(-v))


def forward(rows):
    return s(s(rows @ a) @ b)


for i in range(500):
    if i % 100 == 0:
        print("loss %.5f" % np.mean(np.square(marks - forward(hours))))
    h = s(hours @ a)
    o = s(h @ b)
    do = (marks - o) * o * (1 - o)
    dh = do @ b.T * h * (1 - h)
    a += hours.T @ dh
    b += h.T @ do
