"""Kind: gradient. Multiclass hinge: the true class's column is never decreased."""
import numpy as np
rr = np.random.RandomState(17); X = rr.randn(20, 5); y = rr.randint(0, 4, 20); reg = .01
def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]      # DEFECT
    loss /= num_train
    loss += reg * np.sum(W * W)
    dW /= num_train
    dW += 2 * reg * W
    return loss, dW
def case(): return dict(params={"W": np.random.RandomState(18).randn(5, 4) * .1}, loss=lambda p: svm_loss_naive(p["W"], X, y, reg)[0], grads=lambda p: {"W": svm_loss_naive(p["W"], X, y, reg)[1]}, lr=.1, steps=60)
