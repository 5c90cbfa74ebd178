"""Training: the loop, optimizers, schedules, the history, callbacks and checkpoints."""

from __future__ import annotations

from cutaway.train.callbacks import Callback, Checkpoint, EarlyStopping
from cutaway.train.checkpoints import read_checkpoint, write_checkpoint
from cutaway.train.history import History
from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, optimizer
from cutaway.train.range_test import RangeTest, lr_range
from cutaway.train.reporters import CSVLog, JSONLLog, PlotCurves, ProgressBar
from cutaway.train.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step, WarmUp
from cutaway.train.surface import LossSurface, Trajectory, loss_surface
from cutaway.train.training import Training

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "Constant",
    "Cosine",
    "EarlyStopping",
    "Exponential",
    "History",
    "JSONLLog",
    "LossSurface",
    "OneCycle",
    "Optimizer",
    "PlotCurves",
    "ProgressBar",
    "RMSprop",
    "RangeTest",
    "Schedule",
    "Step",
    "Training",
    "Trajectory",
    "WarmUp",
    "loss_surface",
    "lr_range",
    "optimizer",
    "read_checkpoint",
    "write_checkpoint",
]
