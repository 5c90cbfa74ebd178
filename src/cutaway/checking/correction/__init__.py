"""The corrected expression, in the author's own names.

Small changes of the expression's text are tried one after the other: another array of the same shape, a transposition,
a slope as a factor, another axis. Each is evaluated with the values that the names had there; the first one that gives
what is wanted is the correction, so it is proved by the way it is found. Where no single value shows what is wrong,
the author's functions themselves are run with changed texts (``edits``, ``rewrites``), and put back.
"""

from __future__ import annotations

from cutaway.checking.correction.scatter import scattered
from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.search import Correction, correct, expression, rerun_accepts
from cutaway.checking.correction.trials import Mended, mended

__all__ = ["Correction", "Mended", "Scope", "correct", "expression", "mended", "rerun_accepts", "scattered"]
