"""Rounds of all contestants of a workload in turn: those of a library and a number of threads share a process."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from peers.contestants import Contestant, Entry, entries

BENCH = Path(__file__).parents[1]
TOLERANCE = 1e-4  # of losses, relative
_PATIENCE = 240.0  # seconds for an answer


@dataclass(frozen=True)
class Setting:
    """Where and how contestants run.

    Parameters
    ----------
    python : str
        The interpreter that has the other packages.
    folder : Path
        For data, and for what compilers keep.
    seconds : float
        What a round should take.
    """

    python: str
    folder: Path
    rounds: int
    seconds: float
    threads: int
    clock: str = "wall"

    def environment(self, threads: int, **more: str) -> dict[str, str]:
        """Variables of a process: as many threads as said, for everything that can be told."""
        found = {k: v for k, v in os.environ.items() if k not in ("XLA_FLAGS", "PYTHONDONTWRITEBYTECODE")}
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC"):
            found[name] = str(threads)
        if threads == 1:
            found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        paths = [str(BENCH), str(BENCH.parent / "src"), os.environ.get("PYTHONPATH", "")]
        found["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
        found |= {"PEERS_DATA": str(self.folder / "data"), "CUTAWAY_CODE": str(self.folder / "code")}
        return found | {"JAX_PLATFORMS": "cpu", "PEERS_CLOCK": self.clock, **more}

    def settings(self, entry: Entry) -> dict[str, Any]:
        """What a process must know of a contestant."""
        c = entry.contestant
        return {
            "id": f"{entry.workload} {entry.name}", "make": c.make, "needs": c.needs, "options": c.options,
            "workload": entry.workload, "chunked": c.chunked, "seconds": self.seconds, "whole": c.ours,
        }  # fmt: skip

    def interpreter(self, contestant: Contestant) -> str:
        """The Python that runs it."""
        return sys.executable if contestant.ours else self.python


class Process:
    """A process that does commands, one after the other."""

    def __init__(self, setting: Setting, entry: Entry) -> None:
        self._notes = tempfile.TemporaryFile("w+")  # noqa: SIM115  # `end` closes it
        self._process = subprocess.Popen(
            [setting.interpreter(entry.contestant), "-m", "peers", "serve"], env=setting.environment(entry.threads),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._notes, text=True,
        )  # fmt: skip
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.dead: str | None = None

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._answers.put(line)
        self._answers.put("")

    def ask(self, command: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Give a command and wait; an answer that does not come is a reason too."""
        if self.dead is None:
            with contextlib.suppress(OSError):  # no answer will come
                assert self._process.stdin is not None
                self._process.stdin.write(json.dumps([command, settings]) + "\n")
                self._process.stdin.flush()
            try:
                line = self._answers.get(timeout=_PATIENCE)
            except queue.Empty:
                self.dead = f"no answer within {_PATIENCE:g} s"
                self._process.kill()
            else:
                if line:
                    found: dict[str, Any] = json.loads(line)
                    return found
                self.dead = f"its process ended: {self._last_words()}"
        return {"missing": self.dead}

    def _last_words(self) -> str:
        self._notes.seek(0)
        said = self._notes.read().strip().splitlines()
        return said[-1][:200] if said else "without a word"

    def end(self) -> None:
        """Let it go."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._notes.close()


class Processes:
    """One for each library and number of threads, from the first time that it is wanted."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._open: dict[tuple[str, str, int], Process] = {}

    def ask(self, entry: Entry, command: str) -> dict[str, Any]:
        """Give a command to the process of a contestant."""
        c = entry.contestant
        key = (self._setting.interpreter(c), c.make.split(":")[0], entry.threads)
        if key not in self._open:
            self._open[key] = Process(self._setting, entry)
        return self._open[key].ask(command, self._setting.settings(entry))

    def end(self) -> None:
        """Let them go."""
        for process in self._open.values():
            process.end()
        self._open.clear()


@contextlib.contextmanager
def processes(setting: Setting) -> Iterator[Processes]:
    """Processes that end when the block does."""
    found = Processes(setting)
    try:
        yield found
    finally:
        found.end()


@dataclass
class Result:
    """What was measured of a contestant; ``first`` is what its first call took, in seconds."""

    entry: Entry
    missing: str | None = None
    first: float = 0.0
    differs: float | None = None
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds of a step."""
        return statistics.median(self.seconds)


def contest(
    workload: str, setting: Setting, team: Processes, tell: Callable[[str], None], *more: Contestant
) -> dict[str, Result]:
    """Check all contestants of a workload against each other, then time them in turn.

    Those of ``more`` train nothing, and are not checked.
    """
    results = checked(workload, setting, team, *more)
    for name, result in results.items():
        if result.missing is None:
            result.first = _note(result, team.ask(result.entry, "start")).get("first", 0.0)
        tell(f"{workload} {name}: {result.missing or 'ready'}")
    for r in range(setting.rounds + 1):  # the first is not counted
        names = [name for name, result in results.items() if result.missing is None]
        for name in names if r % 2 else reversed(names):
            found = _note(results[name], team.ask(results[name].entry, "round"))
            if r and "seconds" in found:
                results[name].seconds.append(found["seconds"])
    for result in results.values():
        team.ask(result.entry, "end")
    return results


def checked(workload: str, setting: Setting, team: Processes, *more: Contestant) -> dict[str, Result]:
    """The contestants of a workload; ``missing`` says of each whose losses are not those of most."""
    results = {e.name: Result(e) for e in entries(workload, setting.threads, *more)}
    losses = {}
    for name, result in results.items():
        if result.entry.contestant not in more:
            found = _note(result, team.ask(result.entry, "check")).get("losses")
            if found is not None:
                losses[name] = np.asarray(found)
    if losses:
        middle = np.median(np.stack(list(losses.values())), axis=0)
        for name, values in losses.items():
            differs = float(np.max(np.abs(values - middle) / np.abs(middle)))
            results[name].differs = differs
            if not differs <= TOLERANCE:
                results[name].missing = f"its losses differ from those of the others, relatively by {differs:.1e}"
    return results


def _note(result: Result, answer: dict[str, Any]) -> dict[str, Any]:
    if "missing" in answer:
        result.missing = answer["missing"]
    return answer
