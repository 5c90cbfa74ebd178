"""What a report tells, in the order in which it is told, without any markup."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from cutaway.checking.records import Finding, Report

TITLES = {"correct": "Correct", "faulty": "Faulty", "unclear": "Unclear"}


@dataclass
class Chapter:
    """One defect or note: its title, what is wrong, and what proves it.

    Attributes
    ----------
    title : str
        Name and kind.
    place : str
        File and line.
    text : str
        What is wrong.
    excerpt, corrected : str
        The line as it stands, and corrected.
    wrong, right : str
        The wrong and the right term, in LaTeX.
    facts : list of str
        Fix, proof, evidence.
    also : list of str
        Further places with the same mistake.
    """

    title: str
    place: str
    text: str
    excerpt: str = ""
    corrected: str = ""
    wrong: str = ""
    right: str = ""
    facts: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    certain: bool = True


def headline(report: Report) -> str:
    """The verdict in one line."""
    n = len({(f.code, f.message) for f in report.defects})
    count = f": {n} defect{'s' if n != 1 else ''}" if report.verdict == "faulty" else ""
    name = f" - {os.path.basename(report.name)}" if report.name else ""
    return f"{TITLES[report.verdict]}{count}{name}"


def chapters(report: Report, hint: bool = False) -> list[Chapter]:
    """The findings; those that say the same about several lines are one chapter."""
    told: dict[tuple[str, str, bool], Chapter] = {}
    for finding in report.findings:
        if hint and not finding.certain:
            continue
        key = (finding.code, finding.message if finding.certain else "", finding.certain)
        if key in told:
            told[key].also.append(
                _place(finding) + (f"  {_code(finding.excerpt)}" if finding.excerpt and not hint else "")
            )
            if finding.corrected and not hint:
                told[key].also[-1] += f"\n-> {_code(finding.corrected)}"
            continue
        told[key] = _hinted(finding) if hint else _chapter(finding)
    return list(told.values())


def _chapter(f: Finding) -> Chapter:
    facts = [f"Fix: {f.fix}."] if f.fix else []
    if f.residual is not None:
        facts.append(f"Proof: with the right value here, the gradient agrees with the true one to {f.residual:.0e}.")
    return Chapter(
        f"{f.code} ({f.kind}{'' if f.certain else ', a note'})",
        _place(f),
        f.message,
        _code(f.excerpt),
        _code(f.corrected),
        f.wrong,
        f.right,
        facts,
        certain=f.certain,
    )


def _hinted(f: Finding) -> Chapter:
    about = f" It concerns {', '.join(f.parameters)}." if f.parameters else ""
    look = f.hint or "Look closely at this line."
    return Chapter(f"A mistake of the kind: {f.kind}", _place(f), f"{look}{about}", _code(f.excerpt))


def _place(f: Finding) -> str:
    if not f.line:
        return ""
    return f"{os.path.basename(f.file)}, line {f.line}"


def _code(line: str) -> str:
    """A line of code without the comment at its end."""
    return re.sub(r"\s+#[^'\"]*$", "", line.strip())


def table(report: Report) -> list[tuple[str, str, str, str, str]]:
    """Rows of (parameter, shape, relative error, verdict, what is known)."""
    rows: list[tuple[str, str, str, str, str]] = []
    for p in report.parameters:
        shape = "x".join(map(str, p.shape)) or "number"
        rows.append((p.name, shape, f"{p.error:.1e}", p.verdict, p.words))
    return rows


COLUMNS = ("parameter", "shape", "relative error", "verdict", "")

_WORDS = {
    r"\odot": "*",
    r"\cdot": "*",
    r"\sum": "sum",
    r"\delta": "delta",
    r"\sigma": "sigmoid",
    r"\tanh": "tanh",
    r"\,": " ",
    r"\nabla": "grad",
    r"\partial": "d",
    r"\ell": "l",
    r"\log": "log",
    r"\max": "max",
    r"\alpha": "alpha",
    r"\eta": "lr",
}


def plain(tex: str) -> str:
    """A formula for places that cannot typeset."""
    text = re.sub(r"\\(?:mathrm|text)\{([^}]*)\}", r"\1", tex)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)
    for command, word in _WORDS.items():
        text = text.replace(command, word)
    return re.sub(r"[{}\\]", "", re.sub(r"\s+", " ", text)).strip()
