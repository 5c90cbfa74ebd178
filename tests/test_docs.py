"""Documentation cannot lie: every code block runs, every printed result is compared, every name and link exists."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import importlib.util
import io
import pkgutil
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

import cutaway as ca

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(m.name for m in pkgutil.walk_packages(ca.__path__, "cutaway.") if "__main__" not in m.name)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    fenced = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(m[1], m[2], text[: m.start()].count("\n") + 2) for m in fenced]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks run in order, as one program; a text block that follows one is what it prints."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    for block in blocks(page):
        if block.language == "python":
            for package in re.findall(r"^(?:import|from) (torch|onnx|onnxruntime)\b", block.text, re.MULTILINE):
                pytest.importorskip(package, reason=f"{page.name} uses {package}")
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(block.text, "example.py", "exec", dont_inherit=True), names)
            printed = out.getvalue()
        elif block.language == "text":
            checker, example = doctest.OutputChecker(), doctest.Example("", block.text)
            agrees = checker.check_output(example.want, printed, FLAGS)
            assert agrees, f"{page.name}:{block.line}\n{checker.output_difference(example, printed, FLAGS)}"
        else:
            assert block.language == "console", f"{page.name}:{block.line} is neither python, text nor console"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for block in blocks(page):
        for line in block.text.splitlines() if block.language == "console" else []:
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words[:1] == ["make"]:
                assert words[1] in targets, line
            elif words[:1] == ["cutaway"]:
                check_command(words[1:], line)


def check_command(words: list[str], line: str) -> None:
    """Every subcommand and option of a line must exist."""
    import click

    from cutaway.cli import cli

    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        known = command.list_commands(click.Context(command))
        assert words[0] in known, f"{line}: there is no command {words[0]}"
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None
        command = found
    options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"{line}: there is no option {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_opens_with_a_picture_and_ten_lines() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert picture is not None and (ROOT / picture[1]).stat().st_size < 150_000
    first = blocks(ROOT / "README.md")[0]
    assert first.language == "python" and len(first.text.strip().splitlines()) <= 12
    assert text.index(picture[0]) < text.index("```python") < text.index("\n## ")


def test_the_picture_of_the_readme_can_be_made() -> None:
    spec = importlib.util.spec_from_file_location("docs_images", ROOT / "docs" / "images.py")
    assert spec is not None and spec.loader is not None
    images = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(images)
    titles = [ax.get_title(loc="left") for ax in images.moons().axes]
    assert titles[:3] == ["epoch 1", "epoch 50", "epoch 500"]


@pytest.mark.parametrize("name", [n for n in ca.__all__ if n != "__version__"])
def test_a_public_name_is_in_the_reference(name: str) -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert re.search(rf"`(ca\.)?{re.escape(name)}\b", text), f"docs/reference.md does not mention {name}"


@pytest.mark.parametrize("package", ["data", "nn", "plots", "train"])
def test_a_public_name_of_a_part_is_in_the_reference(package: str) -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    missing = [n for n in getattr(ca, package).__all__ if not re.search(rf"`([\w.]+\.)?{re.escape(n)}\b", text)]
    assert not missing


def test_the_reference_mentions_no_name_that_is_not_there() -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for path in re.findall(r"`ca\.([\w.]+)", text):
        found: object = ca
        for part in path.split("."):
            assert hasattr(found, part), f"ca.{path}"
            found = getattr(found, part)


def test_every_module_opens_with_a_sentence() -> None:
    for name in MODULES:
        first = (importlib.import_module(name).__doc__ or "").strip().split("\n\n")[0]
        assert first.rstrip().endswith((".", ":", "?")), f"{name} opens with {first!r}"


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    importlib.import_module("cutaway.ops")
    result = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert result.failed == 0, "see the differences above"
