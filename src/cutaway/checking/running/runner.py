"""Check a file: run it in a fresh process, with a time limit, and bring back the reports.

The file never runs in this process. What comes back is one JSON document, in a temporary file.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cutaway.checking.records import Finding, ParameterVerdict, Report, Witness
from cutaway.errors import CutawayError, DataMissingError, UsageError

TIMEOUT = 60.0  # seconds
SHARE = 0.5  # of the time that the user's program may take; the rest is for the check


def check_file(target: str | Path, timeout: float = TIMEOUT) -> list[Report]:
    """Run a file as its user runs it and check every network that is found in it.

    Parameters
    ----------
    target : str or Path
        ``FILE`` or ``FILE:NAME``, where ``NAME`` is the function that stands in for ``case``.
    timeout : float
        Seconds for the file and the check together.

    Returns
    -------
    list of Report
        At least one.

    Raises
    ------
    DataMissingError
        If there is no such file.
    UsageError
        If it is not Python, stops with an error, takes too long, or if no network is found in it; the message says
        what was looked for and shows the adapter to write.
    """
    path, name = split(str(target))
    if not Path(path).is_file():
        raise DataMissingError("The file to check is not there", received=path, instead="Name a Python file")
    return reports_of(_answer(path, name, timeout))


def reports_of(text: str) -> list[Report]:
    """The reports in an answer of :mod:`cutaway.checking.running.child`; raises the error that it holds instead."""
    answer = json.loads(text)
    if "error" in answer:
        raise _error(answer["error"])
    return [unpack(report) for report in answer["reports"]]


def split(target: str) -> tuple[str, str | None]:
    """``FILE:NAME`` in its parts; a colon that is part of the file's name stays there."""
    path, colon, name = target.rpartition(":")
    if colon and name.isidentifier() and not Path(target).exists():
        return path, name
    return target, None


def _answer(path: str, name: str | None, timeout: float) -> str:
    with tempfile.TemporaryDirectory(prefix="cutaway-check-", ignore_cleanup_errors=True) as folder:
        said = Path(folder) / "answer.json"
        request = {"path": path, "name": name, "seconds": timeout * SHARE, "answer": str(said)}
        home = str(Path(__file__).resolve().parents[3])
        environment = {
            **os.environ,
            "MPLBACKEND": "Agg",
            "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH")))),
        }
        command = [sys.executable, "-P", "-m", "cutaway.checking.running.child", json.dumps(request)]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            late = _late(process, timeout)
        finally:
            _end(process)
        text = said.read_text(encoding="utf-8") if said.exists() else ""
    if late and not text:
        raise UsageError(
            f"{path} took too long", received=f"more than {timeout:g} s", instead="Give it more time with --timeout"
        )
    if not text:
        raise UsageError(f"{path} ended its process", received=f"exit code {process.returncode}")
    return text


def _late(process: subprocess.Popen[bytes], timeout: float) -> bool:
    """Whether the time was up before the process had ended."""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs, and what it has started: it leads a group, where there are groups."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _error(found: dict[str, Any]) -> CutawayError:
    if found["kind"] == "internal":
        return CutawayError(found["what"], received=f"{found['received']}\n{found['trace']}")
    return UsageError(found["what"], received=found["received"], instead=found["instead"])


def unpack(document: dict[str, Any]) -> Report:
    """The report that :func:`cutaway.checking.running.child.pack` packed."""
    findings = tuple(Finding(**{**f, "parameters": tuple(f["parameters"])}) for f in document["findings"])
    parameters = tuple(
        ParameterVerdict(**{**p, "shape": tuple(p["shape"]), "error": float(p["error"])})
        for p in document["parameters"]
    )
    witnesses = tuple(Witness(**{**w, "error": float(w["error"])}) for w in document["witnesses"])
    found = {"findings": findings, "parameters": parameters, "witnesses": witnesses}
    return Report(**{**document, **found, "reasons": tuple(document["reasons"])})
