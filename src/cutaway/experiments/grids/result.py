"""What a comparison found out: its table, what can be claimed, its networks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.data import Dataset
from cutaway.errors import MissingPackageError, UsageError, one_of
from cutaway.experiments.baselines import Baseline
from cutaway.experiments.grids.claims import Claims, Row
from cutaway.experiments.grids.grid import AXES, Configuration, Grid, varying
from cutaway.experiments.grids.log import Record
from cutaway.experiments.grids.work import Weights
from cutaway.experiments.parts import Parts
from cutaway.experiments.scores import TITLES, contributions, metrics_of, scores
from cutaway.experiments.settings import Settings
from cutaway.nn.losses import find_loss
from cutaway.nn.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Compared:
    """What a comparison found out.

    Parameters
    ----------
    data : Dataset
    grid : Grid
    parts : Parts
    records : list of dict
        One for each network: ``configuration``, ``seed``, ``test`` (its scores on the held-out rows), ``validation``,
        ``best_epoch``, ``epochs``, ``parameters``, ``seconds``, ``curves`` and more.
    baselines : dict of str to Baseline
        Simpler models, fitted on the rows that training and validation had.
    seconds : float
        That this took; of a resumed comparison, the last part.
    interrupted : bool
        Whether it was ended before all networks were trained.
    folder : Path or None
        Where the results are.
    before : int
        How many of the networks were there already, from an earlier part.
    weights : dict
        The best network of each configuration of this part.

    Examples
    --------
    >>> import cutaway as ca
    >>> found = ca.compare("moons", layers=[(2,), (8,)], seeds=2, epochs=20)
    >>> [row.parameters for row in sorted(found.rows, key=lambda row: row.parameters)]
    [9, 33]
    """

    data: Dataset
    grid: Grid
    parts: Parts = field(repr=False)
    records: list[Record] = field(repr=False)
    baselines: dict[str, Baseline] = field(repr=False)
    seconds: float
    interrupted: bool = False
    folder: Path | None = None
    before: int = 0
    weights: dict[Configuration, Weights] = field(default_factory=dict, repr=False)

    @property
    def metric(self) -> str:
        """The metric that decides: accuracy, or R²."""
        return metrics_of(self.data.task)[0]

    @cached_property
    def rows(self) -> list[Row]:
        """The configurations of which all seeds are done, from best to worst by the validation rows."""
        of: dict[Configuration, list[Record]] = {}
        for record in self.records:
            of.setdefault(Configuration.from_json(record["configuration"]), []).append(record)
        names = varying(self.grid.configurations(self.data))
        whole = [
            Row(c, c.words(names), sorted(own, key=lambda record: record["seed"]))
            for c, own in of.items()
            if len(own) == self.grid.base.seeds
        ]
        able = [row for row in whole if row.able]
        ordered = Claims(able, self.metric, self.metric, {}).ordered if able else []
        return [*ordered, *(row for row in whole if not row.able)]

    @cached_property
    def baseline_scores(self) -> dict[str, dict[str, float]]:
        """Each metric of each simpler model on the held-out rows."""
        y, X = self.parts.split.test.y, self.parts.features(self.parts.split.test)
        return {name: scores(self.data.task, y, model.predict(X)) for name, model in self.baselines.items()}

    @cached_property
    def claims(self) -> Claims:
        """What can be claimed.

        Raises
        ------
        UsageError
            If there is no configuration whose networks came to something.
        """
        able = [row for row in self.rows if row.able]
        if not able:
            raise UsageError("No network could be trained", received="; ".join(self.cautions[:2]) or "nothing")
        test = self.parts.split.test
        X = self.parts.features(test)
        hits = {name: contributions(self.data.task, test.y, b.predict(X)) for name, b in self.baselines.items()}
        return Claims(able, TITLES[self.metric], self.metric, hits)

    @property
    def lead(self) -> Row:
        """The best configuration by the validation rows."""
        return self.claims.lead

    @property
    def simplest(self) -> Row:
        """The configuration with the fewest parameters among those that cannot be told from the best."""
        return self.claims.simplest

    @property
    def sentence(self) -> str:
        """All that is claimed."""
        return " ".join(self.claims.sentences())

    @property
    def cautions(self) -> list[str]:
        """What a reader must know before trusting the numbers."""
        found = [b.note for b in self.baselines.values() if b.note]
        total = len(self.grid.configurations(self.data)) * self.grid.base.seeds
        if self.interrupted:
            found.append(f"Interrupted: {len(self.records)} of {total} networks had been trained.")
        for row in self.rows:
            if row.lost:
                note = next((n for record in row.records for n in record["notes"] if "The loss became" in n), "")
                found.append(f"{row.label}: {row.lost} of {len(row.records)} networks diverged. {note}".rstrip())
        return found

    def head(self) -> list[str]:
        """Return the titles of the table."""
        return ["configuration", TITLES[self.metric], "val. loss", "best epoch", "parameters", "time"]

    def cells(self) -> list[list[str]]:
        """Return the table as text: the configurations from best to worst, then the simpler models."""
        found = []
        for row in self.rows:
            score = row.score(self.metric) if row.able else None
            spread = f" ± {score['std']:.3f}" if score and score["std"] is not None else ""
            median, low, high = row.best_epochs
            found.append(
                [
                    row.label,
                    f"{score['mean']:.3f}{spread}" if score else "none",
                    f"{row.validation:.4f}" if row.validation is not None and math.isfinite(row.validation) else "",
                    f"{median}" if low == high else f"{median} ({low}–{high})",
                    f"{row.parameters:,}",
                    f"{row.seconds:.2g} s" if row.seconds < 10 else f"{row.seconds:.0f} s",
                ]
            )
        for name, own in self.baseline_scores.items():
            found.append([name.replace("_", " "), f"{own[self.metric]:.3f}", "", "", "", ""])
        return found

    def table(self) -> str:
        """Return the configurations and the simpler models as a table of text.

        Scores are means over the seeds, ± their standard deviation, on the held-out rows; best epochs were chosen by
        the validation rows, and so was the order; time is that of a stack divided by its networks.
        """
        rows = [self.head(), *self.cells()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row for each network, without the curves.

        Raises
        ------
        MissingPackageError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingPackageError(
                "to_frame needs pandas, which is not installed", instead="Run pip install pandas, or use .records"
            ) from error
        flat = []
        for record in self.records:
            own = {**record["configuration"], "seed": record["seed"], **record["test"]}
            own["layers"] = ",".join(map(str, own["layers"])) or "none"
            own |= {f"validation_{k}": v for k, v in (record["validation"] or {}).items()}
            flat.append(own | {k: record[k] for k in ("best_epoch", "epochs", "stopped", "parameters", "seconds")})
        return pandas.DataFrame(flat)

    def network(self, configuration: Configuration | None = None) -> Network:
        """Return the best network of a configuration by the validation rows; by default of the simplest one.

        It takes features that are standardised by ``parts.standardizer``, if there is one.

        Raises
        ------
        UsageError
            If there is none: it was trained in an earlier part of the comparison, whose folder is not there.
        """
        which = self.simplest.configuration if configuration is None else configuration
        weights = self.weights.get(which)
        if weights is None:
            from cutaway.experiments.grids.folder import network_path

            path = None if self.folder is None else network_path(self.folder, which)
            if path is None or not path.is_file():
                raise UsageError("There is no network of this configuration", received=which.words(AXES))
            return Network.load(path)
        return network_of(self.parts, self.grid.base, which, weights)

    def plot(self, kind: str = "scores") -> Figure:
        """Draw a picture of the comparison.

        Parameters
        ----------
        kind : {"scores", "curves", "boundaries"}
            Scores on the held-out rows as bars; the validation loss by epoch; what is decided where, of data with two
            features.

        Raises
        ------
        UsageError
            If there is no such picture.
        """
        from cutaway.experiments.grids.figures import figures

        drawn = []
        for picture in figures(self):
            if picture.name == kind:
                return picture.figure
            drawn.append(picture.name)
        raise one_of(kind, drawn, name="The picture")

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.sentence}"

    def __repr__(self) -> str:
        return f"<Compared {self.data.name}: {len(self.rows)} configurations, {len(self.records)} networks>"


def network_of(parts: Parts, base: Settings, configuration: Configuration, weights: Weights) -> Network:
    """Return a network with given weights."""
    network = configuration.network(base, parts.data, base.seed).build(parts.data.X.shape[1:])
    network.params, network.state = weights
    network.loss = find_loss(str(configuration.settings(base).resolved(parts.data).loss))
    return network
