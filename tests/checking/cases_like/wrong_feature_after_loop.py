"""Kind: gradient. Lists and loops; the feature is multiplied after the sum over the samples."""
import numpy as np

r = np.random.RandomState(6)
rows = [[1.0, *r.randn(3)] for _ in range(40)]
labels = [1.0 if a[1] - a[2] > 0 else 0.0 for a in rows]


def predict(theta, row):
    z = 0.0
    for j in range(len(row)):
        z += theta[j] * row[j]
    return 1 / (1 + np.exp(-z))


def cost(theta):
    s = 0.0
    for row, y in zip(rows, labels):
        q = predict(theta, row)
        s += -y * np.log(q) - (1 - y) * np.log(1 - q)
    return s / len(rows)


def gradient(theta):
    out = []
    for j in range(len(theta)):
        total = 0.0
        for i in range(len(rows)):
            total += predict(theta, rows[i]) - labels[i]  # DEFECT
        out.append(total * rows[i][j] / len(rows))  # DEFECT
    return np.array(out)


def case():
    return dict(
        params={"theta": np.array([0.1, 0.2, -0.1, 0.05])},
        loss=lambda p: cost(p["theta"]),
        grads=lambda p: {"theta": gradient(p["theta"])},
        lr=0.3,
        steps=50,
    )
