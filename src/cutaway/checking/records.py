"""What a check reads and what it finds, as plain records: a case, findings, a verdict for each parameter, a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Params: TypeAlias = "dict[str, Array]"
Kind: TypeAlias = Literal["gradient", "loss", "update", "data", "numerics", "initialization", "reporting"]
Verdict: TypeAlias = Literal["correct", "faulty", "unclear"]

LOOK = "Look closely at this line."  # a hint where there is none
KINDS: tuple[Kind, ...] = ("gradient", "loss", "update", "data", "numerics", "initialization", "reporting")


@dataclass(frozen=True)
class Place:
    """A line of the author's program."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class Case:
    """A hand-written network, as functions of its parameters.

    Attributes
    ----------
    params : dict of arrays
        The initial parameters by name, of the shapes and dtypes that the program uses.
    loss : callable, optional
        ``loss(params)``: the number that training makes small.
    gradients : callable, optional
        ``gradients(params)``: a dict with the author's gradient of each parameter.
    update : callable, optional
        ``update(params, grads, lr)``: the parameters after one step.
    train : callable, optional
        ``train(steps)``: ``(history, model)``, the loop as the author runs it.
    true_loss, metric : callable, optional
        Further functions of the parameters: what the loss was meant to be, how good the network is.
    predict : callable, optional
        ``predict(params)``: the network's output for the data, where it is known.
    lr : float
        Learning rate.
    steps : int
        How many steps the author trains.
    data : dict of arrays
        ``X`` and ``y`` where they are known.
    origins : dict
        Where the program made its parameters and data, by name (``"W1"``, ``"X"``), where it was watched.
    file, source : str
        The program's file and its text; empty for functions that have none.
    notes : dict
        Anything else that was seen while the program ran, by name; each name is described where it is filled
        (``"initial point"``: in ``truth.py``).
    """

    params: Params
    loss: Callable[[Params], Any] | None = None
    gradients: Callable[[Params], Mapping[str, Any]] | None = None
    update: Callable[[Params, Mapping[str, Any], float], Any] | None = None
    train: Callable[[int], Any] | None = None
    true_loss: Callable[[Params], Any] | None = None
    metric: Callable[[Params], Any] | None = None
    predict: Callable[[Params], Any] | None = None
    lr: float = 0.1
    steps: int = 100
    data: dict[str, Array] = field(default_factory=dict)
    origins: dict[str, Place] = field(default_factory=dict)
    file: str = ""
    source: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    def copies(self) -> Params:
        """Fresh copies of the parameters, for a function that may write to them."""
        return {name: np.array(value) for name, value in self.params.items()}


@dataclass(frozen=True)
class Finding:
    """One defect, or one thing worth knowing.

    Attributes
    ----------
    code : str
        The mistake's or lint's name, ``missing-slope``; stable, made of lower-case words and hyphens.
    kind : str
        One of :data:`KINDS`.
    message : str
        What is wrong, one or two sentences, in the author's names.
    fix : str
        What to write instead.
    parameters : tuple of str
        The parameters whose numbers are wrong because of it.
    file, line : str, int
        Where; an empty file and line 0 where it is not known.
    evidence : dict
        Numbers that prove it: anything that JSON can hold.
    excerpt : str
        The line as it stands in the program.
    corrected : str
        The same line, corrected.
    wrong, right : str
        The wrong and the right term in mathematical notation.
    residual : float, optional
        Largest relative error of the gradient after the correction.
    hint : str
        Where to look, without the answer.
    certain : bool
        Whether it makes the program faulty; otherwise it is a note.
    """

    code: str
    kind: Kind
    message: str
    fix: str = ""
    parameters: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)
    excerpt: str = ""
    corrected: str = ""
    wrong: str = ""
    right: str = ""
    residual: float | None = None
    hint: str = ""
    certain: bool = True

    def to_json(self, *, hint: bool = False) -> dict[str, Any]:
        """The finding as the document has it; as a hint, which kind of mistake and where to look."""
        if hint:
            place = {"parameters": list(self.parameters), "file": self.file, "line": self.line}
            return {"kind": self.kind, **place, "message": self.hint or LOOK}
        return {
            "code": self.code,
            "kind": self.kind,
            "parameters": list(self.parameters),
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "fix": self.fix,
            "evidence": _plain(self.evidence),
        }


@dataclass(frozen=True)
class ParameterVerdict:
    """How the author's gradient of one parameter compares with the true one.

    Attributes
    ----------
    name : str
        The parameter.
    shape : tuple of int
        Its shape.
    error : float
        Largest difference, relative to the largest entry of the true gradient of this parameter.
    verdict : str
        ``"correct"``, ``"wrong"``, ``"missing"`` (no gradient was given) or ``"unclear"``.
    words : str
        What is known about a wrong one: ``"twice the true gradient"``.
    """

    name: str
    shape: tuple[int, ...]
    error: float
    verdict: Literal["correct", "wrong", "missing", "unclear"]
    words: str = ""

    def to_json(self, *, hint: bool = False) -> dict[str, Any]:
        """The entry of ``parameters`` in the document; as a hint, without its numbers."""
        if hint:
            return {"shape": list(self.shape), "verdict": self.verdict}
        return {
            "shape": list(self.shape),
            "relative_error": _plain(self.error),
            "verdict": self.verdict,
            **({"about": self.words} if self.words else {}),
        }


@dataclass(frozen=True)
class Witness:
    """What something that knows nothing of the exact gradient's rules says of it.

    Attributes
    ----------
    name : str
        ``"differences"`` of the loss, or ``"complex step"``.
    error : float
        Largest difference along random directions, relative to the sizes of the slope's parts; nan where unknown.
    reliable : bool
        Whether it proves anything here.
    why : str
        Why it does not, or what it leaves out: kinks, cancellation, single precision.
    """

    name: str
    error: float
    reliable: bool
    why: str = ""

    def __str__(self) -> str:
        if not self.reliable:
            return f"{self.name}: not reliable here, {self.why}"
        agree = f"agree{'' if self.name.endswith('s') else 's'}"
        return (
            f"{self.name} {agree}"
            + (f" to {self.error:.0e}" if self.error == self.error else "")
            + (f" ({self.why})" if self.why else "")
        )

    def to_json(self) -> dict[str, Any]:
        """The entry of ``witnesses`` in the document."""
        error = None if self.error != self.error else self.error
        return {"name": self.name, "reliable": self.reliable, "relative_error": _plain(error), "about": self.why}


@dataclass(frozen=True)
class Report:
    """What a check found; prints as text, and shows itself as HTML in a notebook.

    Attributes
    ----------
    verdict : str
        ``"correct"``, ``"faulty"`` or ``"unclear"``.
    findings : tuple of Finding
        Defects first, then notes.
    parameters : tuple of ParameterVerdict
        One for each parameter whose gradient was compared.
    reasons : tuple of str
        Short *becauses*: why unusual code is right all the same, or why nothing certain can be said.
    compared : str
        What was compared with what, and how well it agreed.
    name : str
        What was checked: a file or a function.
    witnesses : tuple of Witness
        What confirms the exact gradient, and what cannot.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    parameters: tuple[ParameterVerdict, ...] = ()
    reasons: tuple[str, ...] = ()
    compared: str = ""
    name: str = ""
    witnesses: tuple[Witness, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if nothing is wrong, 1 if something is."""
        return 1 if self.verdict == "faulty" else 0

    @property
    def defects(self) -> tuple[Finding, ...]:
        """The findings that make the program faulty."""
        return tuple(f for f in self.findings if f.certain)

    def to_json(self, *, hint: bool = False) -> dict[str, Any]:
        """The report as one document; with ``hint=True`` without codes, fixes and evidence, which give the answer."""
        return {
            "verdict": self.verdict,
            "findings": [f.to_json(hint=hint) for f in (self.defects if hint else self.findings)],
            "parameters": {p.name: p.to_json(hint=hint) for p in self.parameters},
            "witnesses": [w.to_json() for w in self.witnesses],
        }

    def text(self, *, hint: bool = False, color: bool | None = None, width: int | None = None) -> str:
        """The report for a terminal; ``hint=True`` says which kind of mistake and where to look, not the answer."""
        from cutaway.checking.rendering.terminal import text

        return text(self, hint=hint, color=bool(color), width=width)

    def markdown(self, *, hint: bool = False) -> str:
        """The report as Markdown."""
        from cutaway.checking.rendering.markdown import markdown

        return markdown(self, hint=hint)

    def html(self, *, hint: bool = False) -> str:
        """The report as one HTML page that needs nothing else."""
        from cutaway.checking.rendering.html import page

        return page(self, hint=hint)

    def _repr_html_(self) -> str:
        from cutaway.checking.rendering.html import body

        return body(self)

    def __str__(self) -> str:
        return self.text()


def _plain(x: Any) -> Any:
    """Numbers as JSON knows them: NumPy's become Python's, and what is not finite becomes text."""
    if isinstance(x, Mapping):
        return {str(k): _plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, set, np.ndarray)):
        return [_plain(v) for v in x]
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float) and not np.isfinite(x):
        return str(x)
    return x if isinstance(x, (str, int, float, bool, type(None))) else str(x)
