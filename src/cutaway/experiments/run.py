"""Train several networks on one split of a data set, and measure them and simpler models on the rows held out.

The split is drawn once, by ``settings.seed``, or is that of the graph; the networks differ only in their own seed. So
the spread of their scores is what chance at the start of training does, and nothing else.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.data import Dataset, GraphDataset, Split, Standardizer
from cutaway.errors import DivergenceWarning, UsageError
from cutaway.experiments.baselines import Baseline, fit_baselines
from cutaway.experiments.comparison import Comparison, compare
from cutaway.experiments.parts import Parts, divide
from cutaway.experiments.scores import contributions, mean_and_spread, metrics_of, scores
from cutaway.experiments.settings import Settings
from cutaway.nn.network import Network
from cutaway.train import EarlyStopping, History
from cutaway.train.callbacks import Listener

Array = NDArray[Any]
Listeners = Callable[[int], Iterable[Listener]]
"""Gives the listeners of the network with this number, from 0."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network, and what it says about the held-out rows.

    Parameters
    ----------
    seed : int
        Of its weights, of shuffling and of dropout.
    network : Network
        It takes standardised features, or all nodes of a graph as they are.
    history : History
        One record for each epoch.
    predicted : ndarray, shape (n_test,)
        Labels, or numbers in the target's own unit.
    scores : dict of str to float
        On the held-out rows; empty if its answers to them are not finite, as after a learning rate far too large.
    """

    seed: int
    network: Network
    history: History
    predicted: Array
    scores: dict[str, float]

    @property
    def validated(self) -> bool:
        """Whether there is a loss on validation rows."""
        return "val_loss" in self.history and not np.isnan(self.history["val_loss"]).all()

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights it has; 0 if none was over."""
        if not len(self.history):
            return 0
        return int(self.history.best("val_loss")["epoch"] if self.validated else self.history.last["epoch"])


@dataclass(frozen=True, eq=False)
class Run:
    """Everything that a run found out.

    Parameters
    ----------
    data : Dataset
    settings : Settings
        With every choice made.
    parts : Parts
        What is trained on and held out.
    networks : list of Trained
        Those that count: all that were trained to their end or, if there is none, the one that was interrupted.
    left_out : list of Trained
        Those that do not count: one that was interrupted after others had finished, and those that came to nothing.
    baselines : dict of str to Baseline
    seconds : float
        That training took.
    interrupted : bool
        Whether Ctrl-C ended it before all networks were trained.
    """

    data: Dataset
    settings: Settings
    parts: Parts
    networks: list[Trained]
    left_out: list[Trained]
    baselines: dict[str, Baseline]
    seconds: float
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def split(self) -> Split:
        """The parts as rows: to train on, to validate on, and held out."""
        return self.parts.split

    @property
    def standardizer(self) -> Standardizer | None:
        """Fitted on the training part; None where features are taken as they are."""
        return self.parts.standardizer

    @property
    def metric(self) -> str:
        """The metric that decides: accuracy, or R²."""
        return metrics_of(self.data.task)[0]

    @cached_property
    def kept(self) -> Trained:
        """The network that is written down: the best on the validation rows; without those, the first."""
        able = [t for t in self.networks if t.validated]
        return min(able, key=lambda t: float(np.nanmin(t.history["val_loss"]))) if able else self.networks[0]

    @cached_property
    def test_rows(self) -> Array:
        """The held-out rows as simpler models see them: standardised, unless they are nodes of a graph."""
        return self.parts.features(self.split.test)

    @cached_property
    def network_scores(self) -> dict[str, dict[str, Any]]:
        """Mean, standard deviation and values over the networks, of each metric on the held-out rows."""
        return {m: mean_and_spread([t.scores[m] for t in self.networks]) for m in metrics_of(self.data.task)}

    @cached_property
    def baseline_scores(self) -> dict[str, dict[str, float]]:
        """Each metric of each simpler model on the held-out rows."""
        y = self.split.test.y
        return {name: scores(self.data.task, y, b.predict(self.test_rows)) for name, b in self.baselines.items()}

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """The networks against each simpler model."""
        y, task = self.split.test.y, self.data.task
        mine = [contributions(task, y, t.predicted) for t in self.networks]
        return [
            compare(name, self.metric.replace("r2", "R²"), mine, contributions(task, y, b.predict(self.test_rows)))
            for name, b in self.baselines.items()
        ]

    @property
    def sentences(self) -> list[str]:
        """What can honestly be said; of the constant answer only if it was not beaten."""
        *models, constant = self.comparisons
        said = [c.sentence() for c in models]
        if constant.verdict != "better":
            said.append(constant.sentence())
        if isinstance(self.data, GraphDataset):
            said.append("The simpler models know the features of each node, and nothing of the edges.")
        if len(self.networks) == 1:
            said.append("How much the seed matters is not known from one network: train several to see it.")
        return said


def train(
    data: Dataset,
    settings: Settings | None = None,
    *,
    split: Split | None = None,
    listeners: Listeners | None = None,
) -> Run:
    """Train networks on a data set and compare them with simpler models on held-out rows.

    Parameters
    ----------
    data : Dataset
        As `cutaway.data.load` gives it.
    settings : Settings, optional
        What to train, and how.
    split : Split, optional
        The rows as they are to be divided; by default `divide` does it. The nodes of a graph cannot be divided anew.
    listeners : callable, optional
        Gives the callbacks for each network by its number, from 0.

    Raises
    ------
    UsageError
        If a setting does not suit the data, or every network diverged.
    DataError
        If there are too few rows to split.
    KeyboardInterrupt
        If training was interrupted before an epoch was over; later, what there is is measured.

    Examples
    --------
    >>> from cutaway import data, experiments
    >>> run = experiments.train(data.load("moons"), experiments.Settings(seeds=2, epochs=30))
    >>> run.network_scores["accuracy"]["mean"] > run.baseline_scores["logistic_regression"]["accuracy"]
    True
    """
    settings = (settings or Settings()).resolved(data)
    settings.network(data, settings.seed)  # an impossible one is refused before anything is computed
    parts = Parts.of(data, settings, split or divide(data, settings))
    began = time.perf_counter()
    done: list[Trained] = []
    for number in range(settings.seeds):
        trained = _train_one(parts, settings, number, list(listeners(number)) if listeners else [])
        done.append(trained)
        if trained.history.stopped == "interrupted":
            break
    seconds = time.perf_counter() - began
    able = [t for t in done if t.scores and len(t.history)]
    networks = [t for t in able if t.history.stopped != "interrupted"] or able
    interrupted = done[-1].history.stopped == "interrupted"
    if not networks:
        if interrupted:
            raise KeyboardInterrupt
        raise UsageError(f"No network could be trained. {' '.join(done[-1].history.notes)}")
    baselines = fit_baselines(
        parts.features(*parts.simpler),
        np.concatenate([part.y for part in parts.simpler]),
        data.task,
        seed=settings.seed,
    )
    return Run(
        data,
        settings,
        parts,
        networks=networks,
        left_out=[t for t in done if t not in networks],
        baselines=baselines,
        seconds=seconds,
        interrupted=interrupted,
        notes=[b.note for b in baselines.values() if b.note],
    )


def _train_one(parts: Parts, settings: Settings, number: int, listeners: list[Listener]) -> Trained:
    seed = settings.seed + number
    network = settings.network(parts.data, seed)
    if "validation" in parts.fit:
        listeners = [EarlyStopping(patience=settings.patience), *listeners]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DivergenceWarning)  # the history says it
        history = network.fit(
            **parts.fit,
            loss=settings.loss,
            optimizer=settings.rule(),
            epochs=settings.epochs,
            batch_size=settings.batch_size or None,
            callbacks=listeners,
            progress=False,
        )
        parts.unit.into(network.params)
        predicted = np.asarray(network.predict(parts.asked))[parts.held]
        finite = bool(np.isfinite(network(parts.asked)[parts.held]).all())
    test = parts.split.test
    return Trained(seed, network, history, predicted, scores(test.task, test.y, predicted) if finite else {})
