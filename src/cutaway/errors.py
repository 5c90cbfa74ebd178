"""Every error that cutaway raises on purpose.

A message says what was wrong, what was received, and what to write instead. All errors share one base class, so that
``except cutaway.errors.CutawayError`` catches whatever a user can mend; each also is the built-in error that a reader
of the traceback would expect.
"""

from __future__ import annotations


class CutawayError(Exception):
    """Base of all errors that a user can mend.

    Parameters
    ----------
    what : str
        What was wrong, one sentence.
    received : str, optional
        What was received: names, shapes, dtypes, values; never a whole array.
    instead : str, optional
        What to write or do instead.
    """

    exit_code = 2

    def __init__(self, what: str, *, received: str | None = None, instead: str | None = None) -> None:
        parts = [what.rstrip(".") + (f"; received {received}." if received else ".")]
        if instead:
            parts.append(instead.rstrip(".") + ".")
        super().__init__(" ".join(parts))
        self.what, self.received, self.instead = what, received, instead


class UsageError(CutawayError, ValueError):
    """An argument has a value that is not allowed, or a name that is not known."""


class ShapeError(CutawayError, ValueError):
    """Arrays whose shapes do not fit together."""


class DtypeError(CutawayError, TypeError):
    """An array of a dtype that cannot be used here, such as integer weights."""


class DataError(CutawayError, ValueError):
    """Data that was found and read, but cannot be used: NaN, unknown labels, an unreadable table."""


class DataMissingError(CutawayError, FileNotFoundError):
    """Data, a file or a run folder that is not there."""

    exit_code = 3


class MissingPackageError(CutawayError, ImportError):
    """An optional package that this function needs is not installed."""


class TraceError(CutawayError, TypeError):
    """NumPy code that cannot be recorded, or whose recording does not hold for other data."""


class GradientUndefinedError(CutawayError, TypeError):
    """A derivative was asked of an operation that has none."""


class GradientNotWrittenError(CutawayError, NotImplementedError):
    """A derivative that exists in mathematics, and that cutaway does not know yet."""


class CutawayWarning(UserWarning):
    """Base of all warnings of cutaway."""


class PeekWarning(CutawayWarning):
    """A recorded program looked at a value; its recording may not hold for other data."""


class DivergenceWarning(CutawayWarning):
    """Training met a loss that is not finite and stopped; the last finite weights were kept."""


def one_of(value: object, allowed: object, *, name: str) -> UsageError:
    """Return the error for a name that is not among those allowed, with the nearest one as a suggestion."""
    import difflib

    names = sorted(str(a) for a in allowed)  # type: ignore[attr-defined]
    close = difflib.get_close_matches(str(value), names, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return UsageError(f"{name} is not known", received=repr(value), instead=f"{hint}Choose one of: {', '.join(names)}")
