"""Kind: gradient/loss. Python's sum adds up the rows: each class is normalised over the samples."""
import numpy as np

np.random.seed(3)
y_train=np.random.randint(0,4,80)
proto=np.random.rand(4,16)
x_train=np.clip(proto[y_train]+0.15*np.random.randn(80,16),0,1)
m=80

def init_param():
    r=np.random.RandomState(1)
    w1=r.rand(16,12)-0.5
    b1=r.rand(1,12)-0.5
    w2=r.rand(12,4)-0.5
    b2=r.rand(1,4)-0.5
    return w1,b1,w2,b2

def ReLU(z): return np.maximum(z,0)
def dev_ReLU(z): return z>0
def Softmax(z):
    a2=np.exp(z)/sum(np.exp(z))  # DEFECT
    return a2

def f_propagation(a0,w1,b1,w2,b2):
    z1=a0.dot(w1)+b1
    a1=ReLU(z1)
    z2=a1.dot(w2)+b2
    a2=Softmax(z2)
    return z1,a1,z2,a2

def one_hotencode(y):
    y_hat=np.zeros((np.size(y),4))
    y_hat[np.arange(y.size),y]=1
    return y_hat

def b_propagation(x,y,z1,w1,a1,z2,w2,a2):
    y_hat=one_hotencode(y)
    dadc=a2-y_hat
    dw2=1/m*(a1.T.dot(dadc))
    db2=1/m*np.sum(dadc,axis=0,keepdims=True)
    dz1=w2.dot(dadc.T).T*dev_ReLU(z1)
    dw1=1/m*x.T.dot(dz1)
    db1=1/m*np.sum(dz1,axis=0,keepdims=True)
    return dw1,db1,dw2,db2

def cost(*p): return float(-np.sum(one_hotencode(y_train)*np.log(f_propagation(x_train,*p)[3]))/m)
def accuracy(*p): return float(np.mean(f_propagation(x_train,*p)[3].argmax(1)==y_train))
def gradient(w1,b1,w2,b2):
    z1,a1,z2,a2=f_propagation(x_train,w1,b1,w2,b2)
    return b_propagation(x_train,y_train,z1,w1,a1,z2,w2,a2)

K=("w1","b1","w2","b2")
def case(): return dict(params=dict(zip(K,init_param())),loss=lambda q:cost(*[q[k] for k in K]),grads=lambda q:dict(zip(K,gradient(*[q[k] for k in K]))),lr=0.1,steps=200,kinks=True,metric=lambda q:accuracy(*[q[k] for k in K]))
