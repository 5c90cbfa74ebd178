"""Training: the loop, optimizers, schedules, the history, callbacks and checkpoints."""

from __future__ import annotations

from cutaway.train.callbacks import Callback, Checkpoint, EarlyStopping
from cutaway.train.checkpoints import read_checkpoint, write_checkpoint
from cutaway.train.history import History
from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, optimizer
from cutaway.train.reporters import CSVLog, JSONLLog, PlotCurves, ProgressBar
from cutaway.train.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step, WarmUp

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
    "OneCycle",
    "Optimizer",
    "PlotCurves",
    "ProgressBar",
    "RMSprop",
    "Schedule",
    "Step",
    "WarmUp",
    "optimizer",
    "read_checkpoint",
    "write_checkpoint",
]
