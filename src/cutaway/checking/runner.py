"""Check a file: run it in a fresh process, with a time limit, and bring back the reports.

The file never runs in this process. What comes back is one JSON document, through a pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cutaway.checking.records import Finding, ParameterVerdict, Report
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
    answer = _answer(path, name, timeout)
    if "error" in answer:
        raise _error(answer["error"])
    return [unpack(report) for report in answer["reports"]]


def split(target: str) -> tuple[str, str | None]:
    """``FILE:NAME`` in its parts; a colon that is part of the file's name stays there."""
    path, colon, name = target.rpartition(":")
    if colon and name.isidentifier() and not Path(target).exists():
        return path, name
    return target, None


def _answer(path: str, name: str | None, timeout: float) -> dict[str, Any]:
    receive, send = os.pipe()
    request = {"path": path, "name": name, "seconds": timeout * SHARE, "answers": send}
    home = str(Path(__file__).resolve().parents[2])
    environment = {
        **os.environ,
        "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH")))),
    }
    command = [sys.executable, "-P", "-m", "cutaway.checking.child", json.dumps(request)]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, pass_fds=(send,), start_new_session=True
    )
    os.close(send)
    try:
        with os.fdopen(receive, encoding="utf-8") as answers:
            text = _read(answers, process, timeout)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    if text is None:
        raise UsageError(
            f"{path} took too long", received=f"more than {timeout:g} s", instead="Give it more time with --timeout"
        )
    if not text:
        raise UsageError(f"{path} ended its process", received=f"exit code {process.returncode}")
    found: dict[str, Any] = json.loads(text)
    return found


def _read(answers: Any, process: subprocess.Popen[bytes], timeout: float) -> str | None:
    """All that the process says, or None if it is still silent when the time is up."""
    import threading

    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout, end)
    timer.start()
    try:
        text: str = answers.read()
    finally:
        timer.cancel()
    return None if late.is_set() and not text else text


def _error(found: dict[str, Any]) -> CutawayError:
    if found["kind"] == "internal":
        return CutawayError(found["what"], received=f"{found['received']}\n{found['trace']}")
    return UsageError(found["what"], received=found["received"], instead=found["instead"])


def unpack(document: dict[str, Any]) -> Report:
    """The report that :func:`cutaway.checking.child.pack` packed."""
    findings = tuple(Finding(**{**f, "parameters": tuple(f["parameters"])}) for f in document["findings"])
    parameters = tuple(
        ParameterVerdict(**{**p, "shape": tuple(p["shape"]), "error": float(p["error"])})
        for p in document["parameters"]
    )
    return Report(**{**document, "findings": findings, "parameters": parameters, "reasons": tuple(document["reasons"])})
