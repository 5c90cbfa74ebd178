"""Kind: loss|gradient: the numbers below zero are cut off before they get their slope."""
import numpy as np
r=np.random.RandomState(0); X=r.randn(60,3); Y=(X[:,:1]*X[:,1:2])
def lrelu(x):
    x = np.maximum(0, x)  # DEFECT
    return np.where(x > 0, x, 0.1 * x)  # DEFECT
def dl(x): return np.where(x > 0, 1., .1)
def init():
    r=np.random.RandomState(1); return dict(W1=r.randn(3,8),b1=np.zeros(8),W2=r.randn(8,1),b2=np.zeros(1))
def fwd(p):
    z=X@p["W1"]+p["b1"]; h=lrelu(z); return z,h,h@p["W2"]+p["b2"]
def loss(p): return np.mean((fwd(p)[2]-Y)**2)
def grads(p):
    z,h,o=fwd(p); d=2*(o-Y)/len(X); k=d@p["W2"].T*dl(z)
    return dict(W1=X.T@k,b1=k.sum(0),W2=h.T@d,b2=d.sum(0))
def case(): return dict(params=init(),loss=loss,grads=grads,lr=.05,steps=100)
