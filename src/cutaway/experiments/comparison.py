"""An honest sentence on whether a network beats a simpler model, or chance may explain the difference.

Two things blur a difference between scores. Networks with other seeds score differently: their standard deviation is
the *spread*. And another choice of held-out rows would have given other scores: twice the standard error of the
difference over the rows, which both models were asked about, is its *margin*. What is smaller than either is not
claimed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.experiments.scores import mean_and_spread

Floats = NDArray[np.float64]
Verdict = Literal["better", "worse", "within the spread", "within the margin", "equal"]
PHRASES = {
    "decision_tree": "a decision tree",
    "most_frequent_class": "always naming the most frequent class",
    "mean_of_the_target": "always answering the mean",
}
"""What baselines are called in a sentence, where their name with spaces does not do."""


@dataclass(frozen=True)
class Comparison:
    """The network against one simpler model, by one score of which more is better.

    Parameters
    ----------
    baseline, metric : str
        The simpler model, and what was measured.
    network, other : float
        Mean score of the networks, and score of the simpler model.
    spread : float or None
        Standard deviation of the networks' scores; None of a single network.
    margin : float
        Two standard errors of the difference, from the finite number of held-out rows.
    rows : int
        Held-out rows.
    """

    baseline: str
    metric: str
    network: float
    other: float
    spread: float | None
    margin: float
    rows: int

    @property
    def difference(self) -> float:
        """By how much the network is ahead; negative when it is behind."""
        return self.network - self.other

    @property
    def verdict(self) -> Verdict:
        """What can be claimed."""
        size = abs(self.difference)
        if size < 1e-12:
            return "equal"
        if self.spread is not None and size <= self.spread:
            return "within the spread"
        if size <= self.margin:
            return "within the margin"
        return "better" if self.difference > 0 else "worse"

    def sentence(self) -> str:
        """Say it, with the numbers."""
        verdict, size = self.verdict, abs(self.difference)
        bounds = [self.spread or 0.0, self.margin]
        # as many decimals as tell the difference from what it is held against
        decimals = next((d for d in (3, 4, 5) if all(f"{size:.{d}f}" != f"{b:.{d}f}" for b in bounds)), 3)
        gap, spread, margin = (f"{value:.{decimals}f}" for value in (size, *bounds))
        opening = "is ahead of" if self.difference > 0 else "does not beat"
        if verdict == "better":
            opening = "beats"
        start = f"The network {opening} {PHRASES.get(self.baseline, self.baseline.replace('_', ' '))}"
        if verdict == "equal":
            return f"{start}: both have {self.metric} {self.network:.3f}."
        start += f": {self.metric} {self.network:.3f} against {self.other:.3f}"
        chance = f"chance in {self.rows:,} held-out rows" if self.rows > 1 else "chance in a single held-out row"
        if verdict == "better":
            seeds = f"the spread between seeds ({spread}) and " if self.spread is not None else ""
            return f"{start}. The difference, {gap}, is larger than {seeds}what {chance} explains ({margin})."
        if verdict == "worse":
            return f"{start}, {gap} behind. The simpler model is the better one here."
        if verdict == "within the spread":
            why = f"is smaller than the spread between seeds ({spread})"
        else:
            why = f"is within what {chance} explains" + (f" ({margin})" if math.isfinite(self.margin) else "")
        return f"{start}. The difference, {gap}, {why}, so the two cannot be told apart."

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and the verdict for JSON."""
        numbers = {k: v for k, v in asdict(self).items() if k in ("spread", "margin", "rows")}
        numbers["margin"] = self.margin if math.isfinite(self.margin) else None
        return {"difference": self.difference, **numbers, "verdict": self.verdict, "sentence": self.sentence()}


def compare(baseline: str, metric: str, networks: Sequence[Floats], other: Floats) -> Comparison:
    """Compare networks with a simpler model by what each held-out row contributes to the score.

    Parameters
    ----------
    baseline, metric : str
        Names.
    networks : sequence of ndarray, shape (n_rows,)
        For each network a number for each row, whose mean is the score: 1 for a right class and 0 for a wrong one.
    other : ndarray, shape (n_rows,)
        The same of the simpler model.

    Examples
    --------
    >>> import numpy as np
    >>> right, half = np.ones(100), np.arange(100) % 2.0
    >>> compare("tree", "accuracy", [right, right], half).verdict
    'better'
    """
    scores = mean_and_spread([float(rows.mean()) for rows in networks])
    paired = np.mean(networks, axis=0) - other
    n = len(paired)
    margin = 2 * float(paired.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return Comparison(baseline, metric, scores["mean"], float(other.mean()), scores["std"], margin, n)
