"""Parameters whose rates differ by the number of rows: some are divided by it once more than the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cutaway.checking.lines.places import at_each, line_of_value
from cutaway.checking.lints.update.steps import Explained, Seen
from cutaway.checking.optimizers import Rule
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log

FEWEST = 8  # rows: smaller factors may be meant


def unequal_rates(case: Case, rules: Mapping[str, tuple[Seen, Rule]]) -> Iterator[Finding]:
    """Plain steps of two lengths, whose ratio is the number of rows of the data."""
    plain = {n: (o, r) for n, (o, r) in rules.items() if r.name in ("sgd", "linear") and r.rate > 0}
    if len(plain) < 2:
        return
    largest = max(r.rate for _, r in plain.values())
    small = {n: (o, r) for n, (o, r) in plain.items() if r.rate < largest / (FEWEST - 0.5)}
    if not small or len(small) == len(plain):
        return
    ratios = [largest / r.rate for _, r in small.values()]
    rows = round(ratios[0])
    if np.ptp(ratios) > 1e-6 * rows or abs(ratios[0] - rows) > 1e-6 * rows:
        return
    one, rule = next(iter(small.values()))
    if not _is_a_length(case, one.log, rows):
        return
    others = [n for n in plain if n not in small]
    explained = Explained(case, one, rule)
    scaled = line_of_value(one.log, np.asarray(one.steps[0].gradient, dtype=float) / rows)
    finding = explained.finding(
        "divided-again",
        f"{', '.join(small)} moves with a rate that is {rows} times smaller than that of {', '.join(others)}: its "
        f"gradient is divided by the number of rows once more.",
        "Divide by the number of rows once: in the gradient, or in the step.",
        rates={n: r.rate for n, (_, r) in plain.items()},
        rows=rows,
    )
    yield from at_each(case, finding, (scaled, explained.where), "Or here, where the step is taken.", certain=True)


def _is_a_length(case: Case, log: Log, rows: int) -> bool:
    """Whether a number is the length of the data: of an array that no parameter has the shape of."""
    shapes = {np.shape(v) for v in case.params.values()}
    found = [c.new for c in log.changes if isinstance(c.new, np.ndarray)] + list(case.data.values())
    return any(rows in a.shape for a in found if a.shape not in shapes)
