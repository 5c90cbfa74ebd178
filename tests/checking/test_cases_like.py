"""Compact programs in the style in which people post them: what the checker says of each, without its comments.

The first line of each file says what it is: ``Kind: update`` and the like, or ``Correct``; ``# DEFECT`` marks the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cutaway.checking.records import Report

FILES = sorted((Path(__file__).parent / "cases_like").glob("*.py"))
KINDS = {"optimizer": "update", "aliasing": "update", "init": "initialization"}
STRANGERS = {
    "wrong_learning_rate_grows",  # as a warm-up does
}
FIXES = {  # the corrected expression, where the checker finds it by trying
    "wrong_clip_arguments": "np.clip(d[k], -5, 5)",
    "wrong_error_not_sent_back": "err * self.H * (1 - self.H)",
    "wrong_kernel_not_flipped": 'corr(pad, p["k2"][::-1])',
    "wrong_leak_of_callable_layers": "np.where(self.x > 0, 1.0, 0.01)",
    "wrong_gate_without_its_switch": "Write sigmoid(f, derivative=True) instead of sigmoid(f)",
    "wrong_indices_exchanged_one_by_one": "Write self.weight[i, j] instead of self.weight[j, i]",
    "wrong_norm_of_the_loss_not_squared": "np.linalg.norm(theta[1:]) ** 2",
    "wrong_operands_of_single_neurons": "Write x instead of w1",
    "wrong_slope_of_neuron_objects": "Write h.total instead of h.activation",
    "wrong_ones_for_zeros_in_the_penalty": "Write np.zeros((theta2.shape[0], 1))",
    "wrong_gate_bias_of_another": "Write dar instead of daz",
    "wrong_output_for_hidden_spread": "Write np.dot(dZ2, A1.T) instead of np.dot(dZ2, A2.T)",
    "wrong_layer_output_for_input": "Write self.inp.T @ g instead of self.out.T @ g",
    "wrong_labels_times_all_predictions": "Write Y * np.log(A2) instead of np.dot(Y.T, np.log(A2))",
    "wrong_errors_times_all_errors": "Write E * E instead of E.T @ E",
    "wrong_outer_arguments": "outer(delta, x)",
    "wrong_outer_product": "np.outer(dz, hs[t])",
    "wrong_rows_written_twice": "np.add.at(demb, corpus, de)",
    "wrong_slope_in_place": "x = x.copy()",
    "wrong_weights_of_layer_below": "self.weights[-l + 1].transpose()",
}


def stripped(text: str) -> str:
    """The program without its header and comments, every line where it was."""
    text = re.sub(r'^""".*?"""', lambda m: "\n" * m[0].count("\n"), text, count=1, flags=re.DOTALL)
    return "\n".join(re.sub(r"\s+# .*$", "", line) for line in text.split("\n"))


@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in STRANGERS], ids=lambda f: f.stem)
def test_case(file: Path, tmp_path: Path, check_warm: Callable[[Path], list[Report]]) -> None:
    text = file.read_text()
    copy = tmp_path / "program.py"
    copy.write_text(stripped(text))
    reports = check_warm(copy)
    findings = [f for report in reports for f in report.findings]
    said = [(f.code, f.kind, f.line) for f in findings]
    if text.startswith('"""Correct'):
        assert [report.verdict for report in reports] == ["correct"], said
        return
    header = re.match(r'"""Kind: ([\w/]+)', text)
    assert header is not None
    kinds = {KINDS.get(kind, kind) for kind in header[1].split("/")}
    lines = {i for i, line in enumerate(text.split("\n"), start=1) if "# DEFECT" in line}
    assert any(report.verdict == "faulty" for report in reports)
    assert any(f.kind in kinds and f.line in lines for f in findings), (kinds, sorted(lines), said)
    assert any(FIXES.get(file.stem, "") in f.fix for f in findings), [f.fix for f in findings]
