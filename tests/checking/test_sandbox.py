"""What a program does besides training, and that its user's files stay as they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cutaway.checking.records import Report
from cutaway.checking.running.runner import check_file
from cutaway.checking.running.sandbox import _Kept

PROGRAM = (Path(__file__).parent / "programs" / "notebook_right.py").read_text()


def checked(folder: Path, before: str = "", after: str = "") -> Report:
    (folder / "program.py").write_text(before + PROGRAM + after)
    (report,) = check_file(folder / "program.py")
    return report


BESIDE = {
    "megabytes are printed": ("print('x' * 20_000_000)\n", "print('y' * 20_000_000)\n"),
    "standard input is read and the program exits": (
        "import sys\nassert sys.stdin.read() == ''\n",
        "sys.exit(3)\n",
    ),
    "a thread never ends": (
        "import threading, time\nthreading.Thread(target=lambda: [time.sleep(1) for _ in range(999)]).start()\n",
        "",
    ),
    "another folder becomes the current one": ("import os, tempfile\nos.chdir(tempfile.gettempdir())\n", ""),
}


@pytest.mark.parametrize("what", BESIDE)
def test_a_program_that_does_more_than_train(what: str, tmp_path: Path) -> None:
    before, after = BESIDE[what]
    assert checked(tmp_path, before, after).verdict == "correct"


def test_windows_do_not_open(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="draws")
    plot = "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n"
    assert checked(tmp_path, plot).verdict == "correct"


def test_a_line_is_shown_although_the_program_went_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parent / "programs" / "notebook_missing_slope.py").read_text()
    Path("program.py").write_text("import os, tempfile\nos.chdir(tempfile.gettempdir())\n" + text)
    (report,) = check_file("program.py")
    assert report.findings[0].excerpt == "dZ1 = W2.T @ dZ2"


def test_files_are_written_and_read_and_stay_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.txt").write_text("mine\n")
    said = tmp_path / "said"
    os.mkfifo(said) if hasattr(os, "mkfifo") else None
    program = (
        "import os\n"
        "np.save('weights.npy', W1)\n"
        "good = np.load('weights.npy').shape == W1.shape\n"
        "with open('log.txt', 'a') as f: f.write('trained\\n')\n"
        "good &= open('log.txt').read() == 'mine\\ntrained\\n'\n"
        "with open('part', 'w') as f: f.write('whole')\n"
        "os.replace('part', 'log.txt')\n"
        "good &= open('log.txt').read() == 'whole'\n"
        "os.remove('log.txt')\n"
        "def case():\n"
        "    assert good\n"
        "    return dict(params={'w': np.ones(2)}, loss=lambda p: p['w'] @ p['w'], grads=lambda p: {'w': 2 * p['w']})\n"
    )
    assert checked(tmp_path, after=program).verdict == "correct"
    assert sorted(os.listdir()) == ["log.txt", "program.py", "said"]
    assert Path("log.txt").read_text() == "mine\n"


def test_errors_of_opening_are_the_usual_ones(tmp_path: Path) -> None:
    kept = _Kept(str(tmp_path / "aside"))
    (tmp_path / "aside").mkdir()
    (tmp_path / "there").write_text("old")
    with pytest.raises(FileNotFoundError):
        kept.open(tmp_path / "no" / "file", "w")
    with pytest.raises(FileNotFoundError):
        kept.open(tmp_path / "none", "r+")
    with pytest.raises(FileExistsError):
        kept.open(tmp_path / "there", "x")
    with kept.open(tmp_path / "there", "r+") as file:
        assert file.read() == "old" and file.write("er")
    with kept.open(tmp_path / "there") as file:
        assert file.read() == "older"
    assert (tmp_path / "there").read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_processes_that_it_started_end_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "still"
    sleeper = f"import time, pathlib; time.sleep(20); pathlib.Path({str(mark)!r}).touch()"
    start = (
        f"import subprocess, sys, os\n"
        f"child = subprocess.Popen([sys.executable, '-c', {sleeper!r}])\n"
        f"os.write(os.open({str(tmp_path / 'pid')!r}, os.O_CREAT | os.O_WRONLY), str(child.pid).encode())\n"
    )
    assert checked(tmp_path, start).verdict == "correct"
    number = int((tmp_path / "pid").read_text())
    status = Path(f"/proc/{number}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


def test_a_program_that_ends_its_process(tmp_path: Path) -> None:
    from cutaway.errors import UsageError

    with pytest.raises(UsageError, match=r"ended its process; received exit code 7"):
        checked(tmp_path, after="import os\nos._exit(7)\n")
