"""Layers, activations, initializers, losses and metrics, all written in the plain NumPy that cutaway records."""

from __future__ import annotations

from cutaway.nn.activations import ACTIVATIONS, RELU_FAMILY, activate, activation_name, find_activation
from cutaway.nn.attention import SelfAttention
from cutaway.nn.convolution import AvgPool2D, Conv2D, GlobalAveragePool, MaxPool2D
from cutaway.nn.embedding import Embedding
from cutaway.nn.graphs import GraphAttention, GraphConv, GraphLayer, GraphSAGE
from cutaway.nn.initializers import (
    INITIALIZERS,
    Constant,
    Given,
    Normal,
    Orthogonal,
    Scaled,
    Uniform,
    find_initializer,
)
from cutaway.nn.layers import Activation, Dense, Dropout, Flatten, Layer, Pass, Weights
from cutaway.nn.losses import LOSSES, Loss, find_loss, huber, one_hot
from cutaway.nn.metrics import METRICS, confusion_matrix, find_metric
from cutaway.nn.natural import check_outputs, natural_loss
from cutaway.nn.normalization import BatchNorm, LayerNorm
from cutaway.nn.sequence import GRU, LSTM, RNN
from cutaway.nn.targets import align

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "INITIALIZERS",
    "LOSSES",
    "LSTM",
    "METRICS",
    "RELU_FAMILY",
    "RNN",
    "Activation",
    "AvgPool2D",
    "BatchNorm",
    "Constant",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Given",
    "GlobalAveragePool",
    "GraphAttention",
    "GraphConv",
    "GraphLayer",
    "GraphSAGE",
    "Layer",
    "LayerNorm",
    "Loss",
    "MaxPool2D",
    "Normal",
    "Orthogonal",
    "Pass",
    "Scaled",
    "SelfAttention",
    "Uniform",
    "Weights",
    "activate",
    "activation_name",
    "align",
    "check_outputs",
    "confusion_matrix",
    "find_activation",
    "find_initializer",
    "find_loss",
    "find_metric",
    "huber",
    "natural_loss",
    "one_hot",
]
