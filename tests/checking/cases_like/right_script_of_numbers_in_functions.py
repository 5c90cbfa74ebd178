"""Correct"""
import math, random
random.seed(2)
points = [(random.gauss(1, .3), random.gauss(1, .3), 0) for _ in range(5)] + [(random.gauss(2.5, .3), random.gauss(2.5, .3), 1) for _ in range(5)]

def predict(w, row):
    s = w[-1]
    for i in range(len(row)):
        s += w[i] * row[i]
    return 1 / (1 + math.exp(-s))

def loss(w):
    return -sum(t * math.log(predict(w, (a, b))) + (1 - t) * math.log(1 - predict(w, (a, b))) for a, b, t in points) / len(points)

def train(epochs=4, lr=0.1):
    w = [0.01, -0.02, 0.0]
    history = []
    for _ in range(epochs):
        for a, b, t in points:
            d = predict(w, (a, b)) - t
            w = [wi - lr * d * xi for wi, xi in zip(w, (a, b, 1))]
        history.append(loss(w))
    return history, w

print(train()[0][-1])
