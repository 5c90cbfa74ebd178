"""In a terminal: progress is drawn there and nowhere else, and Ctrl-C leaves what there is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cutaway
from cutaway import experiments

pty = pytest.importorskip("pty", reason="a pseudo-terminal needs POSIX")
TRAIN = [sys.executable, "-m", "cutaway", "train", "moons"]


class Terminal:
    """A command whose standard error is a terminal of 80 columns; its standard output is a pipe."""

    def __init__(self, *words: str) -> None:
        from fcntl import ioctl
        from struct import pack
        from termios import TIOCSWINSZ

        self.screen, end = pty.openpty()
        ioctl(end, TIOCSWINSZ, pack("HHHH", 40, 80, 0, 0))
        environment = {**os.environ, "PYTHONPATH": str(Path(cutaway.__file__).parents[1]), "TERM": "xterm"}
        environment.pop("COLUMNS", None)
        self.process = subprocess.Popen(
            [*TRAIN, *words], env=environment, stdout=subprocess.PIPE, stderr=end, text=True, start_new_session=True
        )
        os.close(end)
        self.seen = ""

    def read(self) -> bool:
        """Take what was drawn; return whether there will be more."""
        try:
            text = os.read(self.screen, 4096).decode(errors="replace")
        except OSError:  # how Linux says that the other end is closed
            return False
        self.seen += text
        return bool(text)

    def wait_for(self, words: str) -> None:
        limit = time.monotonic() + 60
        while words not in self.seen:
            assert self.read(), f"ended without {words!r}: {self.seen}"
            assert time.monotonic() < limit

    def end(self) -> tuple[int, str]:
        """Return exit code and standard output."""
        while self.read():
            pass
        out, _ = self.process.communicate(timeout=60)
        os.close(self.screen)
        return self.process.returncode, out


def test_progress_is_drawn_in_a_terminal(tmp_path: Path) -> None:
    terminal = Terminal("--epochs", "3", "--seeds", "2", "--json", "--out", str(tmp_path / "run"))
    code, out = terminal.end()
    assert code == 0
    assert out.startswith("{")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.seen)
    for seed in (0, 1):
        assert re.search(rf"seed {seed} ━+ best epoch 3/3, val loss 0\.\d+, val accuracy 0\.\d+, \d\.\d s", drawn)


def test_no_progress_draws_nothing(tmp_path: Path) -> None:
    terminal = Terminal("--epochs", "3", "--no-progress", "--out", str(tmp_path / "run"))
    assert terminal.end()[0] == 0
    assert terminal.seen == ""


def test_ctrl_c_writes_what_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    terminal = Terminal("--epochs", "100000", "--patience", "100000", "--out", str(folder))
    terminal.wait_for("val accuracy")
    terminal.process.send_signal(signal.SIGINT)
    code, out = terminal.end()
    assert code == 130
    assert "Interrupted: 0 of 3 networks had been trained" in out
    assert experiments.read(folder).description["results"]["network"]["interrupted"] is True
    assert "interrupted, best epoch" in terminal.seen
