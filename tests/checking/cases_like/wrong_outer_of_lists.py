"""Kind: gradient. The outer product of two lists the wrong way round, hidden by three by three."""
import numpy as np

#             toes %win #fans
weights = [[0.1, 0.1, -0.3],   # hurt?
           [0.1, 0.2, 0.0],    # win?
           [0.0, 1.3, 0.1]]    # sad?
toes = [8.5, 9.5, 9.9, 9.0]; wlrec = [0.65, 0.8, 0.8, 0.9]; nfans = [1.2, 1.3, 0.5, 1.0]
hurt = [0.1, 0.0, 0.0, 0.1]; win = [1, 1, 0, 1]; sad = [0.1, 0.0, 0.1, 0.2]

def w_sum(a, b):
    assert len(a) == len(b)
    output = 0
    for i in range(len(a)):
        output += a[i] * b[i]
    return output

def vect_mat_mul(vect, matrix):
    output = [0] * len(matrix)
    for i in range(len(matrix)):
        output[i] = w_sum(vect, matrix[i])
    return output

def outer_prod(a, b):
    out = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            out[i][j] = a[i] * b[j]
    return out

def error(weights):
    total = 0.0
    for g in range(4):
        pred = vect_mat_mul([toes[g], wlrec[g], nfans[g]], weights)
        for p, t in zip(pred, [hurt[g], win[g], sad[g]]): total += 0.5 * (p - t) ** 2
    return total / 4

def weight_deltas(weights):
    total = np.zeros((3, 3))
    for g in range(4):
        inp, true = [toes[g], wlrec[g], nfans[g]], [hurt[g], win[g], sad[g]]
        pred = vect_mat_mul(inp, weights)
        delta = [pred[i] - true[i] for i in range(3)]
        d = outer_prod(inp, delta)  # DEFECT
        total += d / 4
    return total

def case(): return dict(params={"weights": np.array(weights)}, loss=lambda p: float(error(p["weights"])), grads=lambda p: {"weights": weight_deltas(p["weights"])}, lr=0.01, steps=300)
