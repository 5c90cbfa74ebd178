"""The page about tutorials has every row, no empty one, and mentions only what is there and tested."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import cutaway as ca
from cutaway.cli import cli

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorials.md").read_text(encoding="utf-8")
ROWS = {0: 13, 1: 14, 2: 9, 3: 7, 4: 8}
MISTAKES = {0: 7, 1: 7, 2: 4, 3: 8, 4: 5}
CODE = re.findall(r"`([^`]+)`", TEXT)


def cells() -> dict[str, list[str]]:
    """Return the cells of each row by what stands in the first."""
    found: dict[str, list[str]] = {}
    for line in TEXT.splitlines():
        first, *rest = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| ") and re.fullmatch(r"T?\d\.\d+", first):
            assert first not in found, first
            found[first] = rest
    return found


def test_every_row_and_every_mistake_is_there() -> None:
    rows = [f"{t}.{i}" for t, count in ROWS.items() for i in range(1, count + 1)]
    mistakes = [f"T{t}.{i}" for t, count in MISTAKES.items() for i in range(1, count + 1)]
    assert list(cells()) == rows + mistakes


@pytest.mark.parametrize("row", cells())
def test_no_row_is_empty(row: str) -> None:
    what, here, *_ = cells()[row]
    assert len(what) > 5
    assert len(here) > 15
    if not row.startswith("T"):
        assert "](" in here or "`" in here, f"{row} names no command, example or function"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\(\.\./examples/(\w+)\.py\)", TEXT))))
def test_an_example_that_is_mentioned_is_tested(name: str) -> None:
    assert (ROOT / "examples" / f"{name}.py").is_file()
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "examples").glob("test_*.py")]
    assert any(f'"{name}"' in text for text in tests)


@pytest.mark.parametrize("path", sorted({m for code in CODE for m in re.findall(r"\bca\.([\w.]+)", code)}))
def test_a_name_that_is_mentioned_is_there(path: str) -> None:
    found: object = ca
    for part in path.split("."):
        assert hasattr(found, part), f"ca.{path}"
        found = getattr(found, part)


def test_methods_that_are_mentioned_are_there() -> None:
    owners = {"net": ca.Network, "history": ca.History, "data": ca.data.Dataset}
    named = [m for code in CODE for m in re.findall(r"^(net|history|data)\.(\w+)", code)]
    assert len(named) > 5
    for owner, name in named:
        assert hasattr(owners[owner], name), f"{owner}.{name}"


@pytest.mark.parametrize("line", sorted({code for code in CODE if code.startswith("cutaway ")}))
def test_a_command_that_is_mentioned_is_there(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
