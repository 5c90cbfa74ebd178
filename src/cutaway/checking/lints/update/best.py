"""Early stopping that keeps the best parameters and hands out the last ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, return_lines, root_of, targets_of, tree_of
from cutaway.checking.lints.trials import whole_history
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.observe import observe

WORSE = 1.02  # times the smallest number of the history, at its end


def best_not_used(case: Case) -> Iterator[Finding]:
    """Parameters that are copied whenever the loss is smaller than before, into a name that nothing reads."""
    seen = observe(case)
    tree = tree_of(case, case.file) if case.file else None
    if seen is None or tree is None:
        return
    nodes = list(ast.walk(tree))
    read = {name_of(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)}
    read |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for loop in nodes:
        if not isinstance(loop, ast.For | ast.While):
            continue
        tests = [n for n in ast.walk(loop) if isinstance(n, ast.If) and isinstance(n.test, ast.Compare)]
        for kept in (n for test in tests for s in test.body for n in ast.walk(s) if isinstance(n, ast.Assign)):
            for name in dict.fromkeys(name_of(ast.parse(root_of(t), mode="eval").body) for t in targets_of(kept)):
                if not name or name in read or not _holds_parameters(case, (case.file, kept.lineno), name):
                    continue
                shown = whole_history(case)
                if len(shown) < 3 or not np.isfinite(shown).all() or shown[-1] <= WORSE * min(shown) or min(shown) <= 0:
                    continue
                kept_at = (case.file, kept.lineno)
                places = [*((case.file, line) for line in return_lines(case, kept_at)), kept_at]
                finding = Finding(
                    "best-not-used",
                    "update",
                    f"{name} keeps the parameters of the smallest loss and nothing reads it: the last parameters, "
                    f"of {shown[-1]:.4g}, go on where those of round {int(np.argmin(shown)) + 1}, of "
                    f"{min(shown):.4g}, are meant.",
                    f"Put {name} back into the parameters before they are returned.",
                    evidence={"smallest": min(shown), "last": shown[-1], "rounds": len(shown), "times_read": 0},
                    hint=HINT,
                    certain=not _is_attribute(kept, name),  # an attribute may be read by whoever calls
                )
                yield from at_each(case, finding, places, f"{name} is kept here.")
                return


def _is_attribute(kept: ast.Assign, name: str) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == name for t in targets_of(kept) for n in ast.walk(t))


def _holds_parameters(case: Case, where: Where, name: str) -> bool:
    """Whether what the line keeps under the name are arrays of the shapes of parameters."""
    seen = observe(case)
    shapes = {np.shape(v) for v in case.params.values()}
    changes = seen.log.changes if seen is not None else []
    own = [c for c in changes if (c.file, c.line) == where and isinstance(c.new, np.ndarray) and name in c.name]
    return bool(own) and all(c.new.shape in shapes for c in own)
