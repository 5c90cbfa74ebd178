"""The author's text: a line with one part exchanged, the lines that assign a name, and text that is not Python."""

from __future__ import annotations

import ast

from cutaway.checking.lines.source import assignments, parsed, parts, spliced


def test_columns_are_counted_in_bytes_as_the_syntax_tree_does() -> None:
    line = "Δ = σ(z) * W2"
    (statement,) = ast.parse(line).body
    assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp)
    right = statement.value.right
    assert spliced(line, right.col_offset, right.end_col_offset or 0, "W2.T") == "Δ = σ(z) * W2.T"


def test_assignments_alone_and_among_others() -> None:
    text = "W = 1\nW, b = 2, 3\n[b, W] = 4, 5\nW += 1\nself.W = 6\nW[0] = 7\n"
    tree = parsed(text)
    assert tree is not None
    assert list(assignments(tree, "W")) == [1, 2, 3]


def test_text_that_is_not_python_has_no_parts() -> None:
    assert parsed("def (") is None
    assert list(parts("def (")) == []


def test_a_text_is_parsed_once() -> None:
    assert parsed("x = 1\n") is parsed("x = 1\n")
