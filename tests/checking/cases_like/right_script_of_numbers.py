"""Correct"""
import math, random
random.seed(2)
points = [(random.gauss(1, .3), random.gauss(1, .3), 0) for _ in range(5)] + [(random.gauss(2.5, .3), random.gauss(2.5, .3), 1) for _ in range(5)]

def predict(w, row):
    s = w[-1]
    for i in range(len(row)):
        s += w[i] * row[i]
    return 1 / (1 + math.exp(-s))

w = [0.01, -0.02, 0.0]
for epoch in range(4):
    total = 0
    for a, b, t in points:
        p = predict(w, (a, b))
        total -= t * math.log(p) + (1 - t) * math.log(1 - p)
        d = p - t
        w = [wi - 0.1 * d * xi for wi, xi in zip(w, (a, b, 1))]
    print(epoch, total / len(points))
