"""What can be claimed of a comparison: which differences are more than chance, and which network is simple enough.

Networks of one seed see the same rows in the same order, and all are asked about the same held-out rows. So differences
are taken seed by seed, and row by row. One is claimed if its mean is larger than two things: the standard deviation of
the differences between seeds (the *spread*), and two standard errors over the held-out rows (the *margin*).

The configuration that the others are held against is chosen by the validation rows, by which the best epochs were
chosen as well; so nothing is chosen by the held-out rows, and their scores flatter nobody.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.experiments.comparison import Comparison, compare
from cutaway.experiments.grids.grid import Configuration
from cutaway.experiments.scores import mean_and_spread

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Row:
    """A configuration with its networks: a row of the table.

    Parameters
    ----------
    configuration : Configuration
    label : str
        What tells it from the others.
    records : list of dict
        One for each seed, in the order of the seeds.
    """

    configuration: Configuration
    label: str
    records: list[dict[str, Any]] = field(repr=False)

    @cached_property
    def able(self) -> list[dict[str, Any]]:
        """The records of networks whose answers are finite."""
        return [record for record in self.records if record["test"]]

    @property
    def seeds(self) -> list[int]:
        """The seeds of those."""
        return [record["seed"] for record in self.able]

    @cached_property
    def hits(self) -> Floats:
        """What each held-out row adds to the score, shape (n_seeds, n_rows)."""
        return np.array([record["hits"] for record in self.able], np.float64)

    def score(self, metric: str) -> dict[str, Any]:
        """Return mean, spread and values of a metric on the held-out rows."""
        return mean_and_spread([record["test"][metric] for record in self.able])

    @cached_property
    def validation(self) -> float | None:
        """Mean loss on the validation rows, each network at its best epoch; infinite if one came to nothing."""
        if any(record["validation"] is None for record in self.able):
            return None
        losses = [record["validation"]["loss"] for record in self.able]
        if len(self.able) < len(self.records) or any(loss is None for loss in losses):
            return math.inf
        return float(statistics.mean(losses))

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return int(self.records[0]["parameters"])

    @property
    def seconds(self) -> float:
        """Time for one network: that of its stack divided by the networks in it."""
        return float(statistics.mean(record["seconds"] for record in self.records))

    @property
    def best_epochs(self) -> tuple[int, int, int]:
        """The median, smallest and largest best epoch."""
        found = sorted(int(record["best_epoch"]) for record in self.records)
        return int(statistics.median_low(found)), found[0], found[-1]

    @property
    def lost(self) -> int:
        """How many networks came to nothing, or diverged on the way."""
        return sum(not record["test"] or record["stopped"] == "diverged" for record in self.records)


@dataclass(frozen=True)
class Difference:
    """The scores of one configuration less those of another, by seeds and rows that both have.

    Parameters
    ----------
    label : str
        Of the other configuration.
    mean : float
    spread : float or None
        Standard deviation of the differences between seeds; None of a single seed.
    margin : float
        Two standard errors over the held-out rows.
    """

    label: str
    mean: float
    spread: float | None
    margin: float

    @property
    def claimed(self) -> bool:
        """Whether it is larger than both."""
        return abs(self.mean) > max(self.spread or 0.0, self.margin, 1e-12)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        margin = self.margin if math.isfinite(self.margin) else None
        return {"of": self.label, "mean": self.mean, "spread": self.spread, "margin": margin, "claimed": self.claimed}


def difference(lead: Row, other: Row) -> Difference:
    """Return the difference of two configurations."""
    shared = [seed for seed in lead.seeds if seed in other.seeds]
    if not shared:
        return Difference(other.label, math.nan, None, math.inf)
    mine, its = (row.hits[[row.seeds.index(seed) for seed in shared]] for row in (lead, other))
    by_seed = [float(value) for value in (mine - its).mean(axis=1)]
    by_row = (mine - its).mean(axis=0)
    n = len(by_row)
    margin = 2 * float(by_row.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    spread = statistics.stdev(by_seed) if len(by_seed) > 1 else None
    return Difference(other.label, statistics.mean(by_seed), spread, margin)


@dataclass(frozen=True, eq=False)
class Claims:
    """What follows from the rows of a comparison.

    Parameters
    ----------
    rows : sequence of Row
        Those with finite answers.
    metric : str
        As it is called in sentences.
    key : str
        Its name in the records.
    simpler : mapping of str to ndarray
        What each held-out row adds to the score of each simpler model; the straight line first.
    """

    rows: Sequence[Row]
    metric: str
    key: str
    simpler: Mapping[str, Floats]

    @property
    def line(self) -> str:
        """The name of the straight line."""
        return next(iter(self.simpler))

    @cached_property
    def validated(self) -> bool:
        """Whether there were validation rows to choose by."""
        return all(row.validation is not None for row in self.rows)

    @cached_property
    def ordered(self) -> list[Row]:
        """The rows from best to worst: by the validation rows or, if there are none, by the held-out rows."""
        if self.validated:
            return sorted(self.rows, key=lambda row: row.validation or 0.0)
        return sorted(self.rows, key=lambda row: -float(row.score(self.key)["mean"]))

    @property
    def lead(self) -> Row:
        """The configuration that the others are held against."""
        return self.ordered[0]

    @cached_property
    def differences(self) -> dict[Configuration, Difference]:
        """The lead's score less that of each other configuration."""
        return {row.configuration: difference(self.lead, row) for row in self.ordered[1:]}

    @cached_property
    def equals(self) -> list[Row]:
        """The configurations that cannot be told from the lead, and the lead."""
        others = [row for row in self.ordered[1:] if not self.differences[row.configuration].claimed]
        return [self.lead, *others]

    @cached_property
    def simplest(self) -> Row:
        """Of those the one with the fewest parameters; among them the best."""
        return min(self.equals, key=lambda row: row.parameters)

    def against_line(self, row: Row) -> Comparison:
        """Return a configuration against the straight line."""
        return self.against(row, self.line)

    def against(self, row: Row, model: str) -> Comparison:
        """Return a configuration against a simpler model."""
        return compare(model, self.metric, list(row.hits), self.simpler[model])

    # Sentences -------------------------------------------------------------------------------------------------

    def sentences(self) -> list[str]:
        """Say it."""
        return [
            text for text in (self._chosen(), *self._told_apart(), self._simple(), *self._line(), self._alone()) if text
        ]

    def _scored(self, row: Row) -> str:
        found = row.score(self.key)
        spread = f" ± {found['std']:.3f}" if found["std"] is not None else ""
        return f"{self.metric} {found['mean']:.3f}{spread}"

    def _chosen(self) -> str:
        lead, n = self.lead, self.lead.hits.shape[1]
        seeds = f", {len(lead.able)} seeds" if len(lead.able) > 1 else ""
        if self.validated:
            return (
                f"The validation rows choose {lead.label}; on {n:,} held-out rows, which chose nothing, it has "
                f"{self._scored(lead)}{seeds}."
            )
        return (
            f"{lead.label} is best on {n:,} held-out rows: {self._scored(lead)}{seeds}. There were no validation rows "
            "to choose by, so the rows that chose it are those that score it, and flatter it."
        )

    def _told_apart(self) -> list[str]:
        if len(self.rows) == 1:
            return []
        than = "the spread between seeds and what chance in the held-out rows explains"
        if all(len(row.able) < 2 for row in self.rows):
            than = "what chance in the held-out rows explains"
        claimed = {row.label: self.differences[row.configuration] for row in self.ordered[1:]}
        worse = [f"{label} ({d.mean:.3f})" for label, d in claimed.items() if d.claimed and d.mean > 0]
        better = [f"{label} ({-d.mean:.3f})" for label, d in claimed.items() if d.claimed and d.mean < 0]
        rest = [label for label, d in claimed.items() if not d.claimed]
        if not worse and not better:
            return [
                f"No difference to the other {'one' if len(rest) == 1 else len(rest)} is larger than {than}: they "
                "cannot be told apart."
            ]
        said = []
        if worse:
            said.append(f"It is ahead of {_listed(worse)} by more than {than}.")
        if better:
            said.append(f"It is behind {_listed(better)} by more than {than}.")
        if rest:
            said.append(f"It cannot be told from {_listed(rest)}.")
        return said

    def _simple(self) -> str:
        simplest, lead = self.simplest, self.lead
        if len(self.rows) == 1:
            return ""
        if simplest is lead:
            alone = len(self.equals) == 1
            return "" if alone else f"It is also the simplest of these, with {lead.parameters:,} parameters."
        return (
            f"The simplest of these is {simplest.label}, with {simplest.parameters:,} parameters instead of "
            f"{lead.parameters:,}."
        )

    def _line(self) -> list[str]:
        lead, simplest = self.lead, self.simplest
        said = [self._against(lead)]
        if simplest is not lead and self._beats(simplest) and self._beats(lead):
            said.append(f"So does {simplest.label}: {self._scored(simplest)}.")
        elif simplest is not lead:
            said.append(self._against(simplest))
        others = [row.label for row in self.ordered if row not in (lead, simplest) and not self._beats(row)]
        if others:
            line = f"{self.line.replace('_', ' ')} ({self.simpler[self.line].mean():.3f})"
            said.append(f"Not ahead of {line} by more than chance explains: {_listed(others)}.")
        for model in list(self.simpler)[1:]:
            if self.against(lead, model).verdict != "better":
                said.append(self._named(lead, self.against(lead, model)))
        return said

    def _beats(self, row: Row) -> bool:
        return self.against_line(row).verdict == "better"

    def _against(self, row: Row) -> str:
        return self._named(row, self.against_line(row))

    def _named(self, row: Row, comparison: Comparison) -> str:
        return comparison.sentence().replace("The network", f"The network {row.label}", 1)

    def _alone(self) -> str:
        if all(len(row.records) == 1 for row in self.rows):
            return "How much the seed matters is not known from one network each: compare several seeds to see it."
        return ""


def _listed(names: Sequence[str], most: int = 4) -> str:
    """Return names as a part of a sentence.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} others"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
