"""What a report tells, in the order in which it is told, without any markup."""

from __future__ import annotations

import linecache
import os
import re
from dataclasses import dataclass, field

from cutaway.checking.records import LOOK, Finding, Report

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
    line : int
        The number of the line that is shown.
    before, after : str
        The lines around it, where they can be read.
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
    line: int = 0
    before: str = ""
    after: str = ""

    @property
    def listing(self) -> list[tuple[str, str, str]]:
        """The excerpt as rows of (sign, number of the line, code): ``-`` for the line as it stands, ``+`` corrected."""
        if not self.excerpt:
            return []
        number = str(self.line or "")
        rows = [("-", number, self.excerpt)] + ([("+", number, self.corrected)] if self.corrected else [])
        above = [(" ", str(self.line - 1), self.before)] if self.before else []
        below = [(" ", str(self.line + 1), self.after)] if self.after else []
        width = len(str(self.line + 1)) if self.line else 0
        return [(sign, n.rjust(width), code) for sign, n, code in (*above, *rows, *below)]


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
    shown = f.corrected and f.fix.startswith("Write ")  # the corrected line says the same
    facts = [f"Fix: {f.fix.rstrip('.')}."] if f.fix and not shown else []
    if f.residual is not None:
        agrees = f"to {f.residual:.0e}" if f.residual else "to the last digit"
        facts.append(f"Proof: with the right value here, the gradient agrees with the true one {agrees}.")
    indent, before, after = _around(f)
    return Chapter(
        f"{f.code} ({f.kind}{'' if f.certain else ', a note'})",
        _place(f),
        f.message,
        indent + _code(f.excerpt) if f.excerpt else "",
        indent + _code(f.corrected) if f.corrected else "",
        f.wrong,
        f.right,
        facts,
        certain=f.certain,
        line=f.line,
        before=before,
        after=after,
    )


def _around(f: Finding) -> tuple[str, str, str]:
    """The indentation of a finding's line and the lines around it; nothing where the file is not what it was."""
    here = linecache.getline(f.file, f.line) if f.file and f.line else ""
    if not f.excerpt or _code(here) != _code(f.excerpt):
        return "", "", ""
    before, after = (linecache.getline(f.file, n).rstrip() for n in (f.line - 1, f.line + 1))
    shared = min(len(line) - len(line.lstrip()) for line in (before, here, after) if line.strip())
    return " " * (len(here) - len(here.lstrip()) - shared), before[shared:], after[shared:]


def _hinted(f: Finding) -> Chapter:
    about = f" It concerns {', '.join(f.parameters)}." if f.parameters else ""
    return Chapter(
        f"A mistake of the kind: {f.kind}", _place(f), f"{f.hint or LOOK}{about}", _code(f.excerpt), line=f.line
    )


def basis(report: Report) -> list[str]:
    """What the verdict rests on: what was compared, and what confirms the exact gradient."""
    said = [f"Compared: {report.compared}."] if report.compared else []
    if report.witnesses:
        said.append(f"Witnesses of the exact gradient: {'; '.join(map(str, report.witnesses))}.")
    return said


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


_SIGNS = {
    r"\odot": "⊙",
    r"\cdot": "·",
    r"\sum": "Σ",
    r"\delta": "δ",
    r"\sigma": "σ",
    r"\nabla": "∇",
    r"\partial": "∂",
    r"\ell": "l",
    r"\alpha": "α",
    r"\eta": "η",
}


def signs(tex: str) -> str:
    """A formula in the signs of mathematics, for pages that have no typesetter."""
    text = re.sub(r"\^\{?([T2])\}?", lambda m: {"T": "ᵀ", "2": "²"}[m[1]], tex)
    for command, sign in _SIGNS.items():
        text = text.replace(command, sign)
    return plain(text)
