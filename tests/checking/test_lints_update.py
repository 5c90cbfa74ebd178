"""Updates: textbook rules pass, each mistake is named, with the line where the author made it."""

# ruff: noqa: E501 - the lines of programs in strings

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.checking.adaptive_rules import CORRECTIONS, FIRSTS, Recipe
from cutaway.checking.lints.update.not_kept import not_kept
from cutaway.checking.lints.update.not_reset import sums_kept
from cutaway.checking.lints.update.rules import updates
from cutaway.checking.optimizers import Rule, Steps, rule_of
from cutaway.checking.records import Finding
from cutaway.checking.running.program import read
from cutaway.checking.sources.declared import declared_case

RNG = np.random.default_rng(0)
GRADIENTS = [RNG.normal(size=(3, 4)) for _ in range(6)]
Move = Callable[[np.ndarray[Any, Any], int], np.ndarray[Any, Any]]


def steps(move: Move, start: float = 1.0) -> Steps:
    """Six steps, each from where the last one ended."""
    weights, changes = [np.full((3, 4), start) + RNG.normal(size=(3, 4))], []
    for t, g in enumerate(GRADIENTS):
        after = weights[-1] + move(g, t)
        changes.append(after - weights[-1])
        weights.append(after)
    found = Steps.of(weights[:-1], GRADIENTS, changes)
    assert found is not None
    return found


def momentum(beta: float, rate: float, nesterov: bool = False) -> Move:
    velocity = np.zeros((3, 4))

    def move(g: Any, t: int) -> Any:
        nonlocal velocity
        velocity = beta * velocity - rate * g
        return beta * velocity - rate * g if nesterov else velocity

    return move


def adaptive(recipe: Recipe, place: str, rate: float = 0.01) -> Move:
    with np.errstate(all="ignore"):  # some mistakes take the root of a negative number
        directions = dict(recipe.directions(GRADIENTS))[place]
    return lambda g, t: -rate * directions[t]


@pytest.mark.parametrize("rate", [0.1, -0.1])
def test_plain_descent_and_ascent(rate: float) -> None:
    rule = rule_of(steps(lambda g, t: -rate * g))
    assert rule is not None and rule.name == "sgd" and rule.rate == pytest.approx(rate)


def test_a_decaying_rate_is_plain_descent() -> None:
    rule = rule_of(steps(lambda g, t: -0.1 / (1 + t) * g))
    assert rule is not None and (rule.name, rule.mistake) == ("sgd", False)
    assert rule.coefficients["last"] < rule.coefficients["first"]


@pytest.mark.parametrize("beta", [0.5, 0.9, 1.0, -0.9])
def test_momentum_is_measured(beta: float) -> None:
    rule = rule_of(steps(momentum(beta, 0.05)))
    assert rule is not None and rule.name == "linear"
    assert rule.coefficients["last_step"] == pytest.approx(beta) and rule.rate == pytest.approx(0.05)


def test_nesterov_is_no_mistake() -> None:
    rule = rule_of(steps(momentum(0.9, 0.05, nesterov=True)))
    assert rule is not None and not rule.mistake and "last_gradient" in rule.coefficients


PLACES = ["outside", "before the correction", "inside the root", "its square inside the root"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("numerator", FIRSTS)
def test_adaptive_rules_of_textbooks_pass(numerator: str, place: str) -> None:
    one = "is not corrected" if numerator == "gradient" else ""
    rule = rule_of(steps(adaptive(Recipe(numerator, "", True, one, "", 0.9, 0.999, 1e-4), place)), [0.9, 0.999, 1e-4])
    assert rule is not None and not rule.mistake and rule.rate == pytest.approx(0.01)


# of one moment alone, a number that never changes is part of the rate; and what is NaN at once may be many things
VAGUE = ("behind", "always 1", "beta times t")


@pytest.mark.parametrize("second", [c for c in CORRECTIONS if c and not any(v in c for v in VAGUE)])
def test_wrong_corrections_are_named(second: str) -> None:
    rule = rule_of(steps(adaptive(Recipe("", "", True, "", second, 0.9, 0.999), "outside")), [0.9, 0.999])
    assert rule is not None and rule.mistake
    assert rule.name == f"the second moment {second}"


@pytest.mark.parametrize(
    "how",
    [
        "is corrected with beta times t instead of its power",
        "is corrected with a t that runs one ahead",
    ],
)
def test_a_wrong_correction_of_both_moments_is_named(how: str) -> None:
    rule = rule_of(steps(adaptive(Recipe("", "", True, how, how, 0.9, 0.999), "outside")), [0.9, 0.999])
    assert rule is not None and (rule.name, rule.mistake) == (f"each moment {how}", True)


def test_a_correction_as_of_the_first_step_is_none_with_another_rate() -> None:
    how = "is corrected as if t were always 1"
    rule = rule_of(steps(adaptive(Recipe("", "", True, how, how, 0.9, 0.999), "outside")), [0.9, 0.999])
    assert rule is not None and (rule.name, rule.mistake) == ("each moment is not corrected", True)
    assert rule.rate == pytest.approx(0.01 * (1 - 0.999) ** 0.5 / (1 - 0.9), rel=1e-4)


def test_a_missing_root_is_named() -> None:
    rule = rule_of(steps(adaptive(Recipe("", "", False, "", "", 0.9, 0.999), "outside")), [0.9, 0.999])
    assert rule is not None and (rule.name, rule.mistake) == ("the root is missing", True)


def test_the_same_mistake_in_both_moments_is_one() -> None:
    recipe = Recipe("", "", True, "is not corrected", "is not corrected", 0.9, 0.999)
    rule = rule_of(steps(adaptive(recipe, "outside")), [0.9, 0.999])
    assert rule is not None and rule.name == "each moment is not corrected"


def test_what_no_rule_gives_is_not_named() -> None:
    assert rule_of(steps(lambda g, t: -0.1 * np.clip(g, -0.5, 0.5))) is None


def test_one_number_alone_proves_no_rate() -> None:
    g = [np.array([x]) for x in (1.0, 2.0, -1.0)]
    found = Steps.of([np.zeros(1)] * 3, g, [np.array([x]) for x in (0.3, -0.7, 0.2)])
    assert found is not None and not isinstance(rule_of(found), Rule)


# In programs -------------------------------------------------------------------------------------------------------

HEAD = """import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(30, 3)); y = X[:, :1] * X[:, 1:2]
def start(): q = np.random.default_rng(1); return {"W": q.normal(size=(3, 5)), "b": q.normal(size=5), "V": q.normal(size=(5, 1))}
def forward(p): a = np.tanh(X @ p["W"] + p["b"]); return a, a @ p["V"]
def loss(p): return float(np.mean((forward(p)[1] - y) ** 2))
def grads(p):
    a, o = forward(p); d = 2 * (o - y) / len(X); e = d @ p["V"].T * (1 - a * a)
    return {"W": X.T @ e, "b": e.sum(0), "V": a.T @ d}
"""
TAIL = "def case(): return dict(params=start(), loss=loss, grads=grads, lr=0.1, train=train)\n"


def found_in(folder: Path, body: str, tail: str = TAIL) -> tuple[list[Finding], dict[str, int]]:
    """The findings of a program, and the lines that are marked with a letter at their end."""
    text = HEAD + body + tail
    file = folder / "program.py"
    file.write_text(text)
    case = declared_case(read(file), "case", 30)
    lines = {line[-1]: i for i, line in enumerate(text.split("\n"), 1) if line.rstrip()[-3:-1] == "# "}
    return [*updates(case), *sums_kept(case), *not_kept(case)], lines


LOOP = "def train(steps=5):\n    p = start(); history = []\n    for _ in range(steps):\n        history.append(loss(p)); g = grads(p)\n"


@pytest.mark.parametrize(
    "body",
    [
        "        p = {k: p[k] - 0.1 * g[k] for k in p}\n",
        "        for k in p: p[k] += 0.1 * -g[k]\n",
        "        for k in p: p[k] -= 0.1 * (g[k] + 0.01 * p[k])\n",
        "        for k in p: p[k][...] = p[k] - 0.1 / (1 + len(history)) * g[k]\n",
    ],
    ids=["dict", "plus-negative", "decay", "in-place-schedule"],
)
def test_right_loops(tmp_path: Path, body: str) -> None:
    found, _ = found_in(tmp_path, LOOP + body + "    return history, p\n")
    assert found == []


@pytest.mark.parametrize(
    ("code", "parameters", "body"),
    [
        ("ascent", {"W", "b", "V"}, "        p = {k: p[k] + 0.1 * g[k] for k in p}  # A\n"),
        (
            "update-to-another-name",
            {"b"},
            "        p['W'] = p['W'] - 0.1 * g['W']; p['V'] = p['V'] - 0.1 * g['V']\n        new = p['b'] - 0.1 * g['b']  # A\n",
        ),
        (
            "update-not-applied",
            {"V"},
            "        p['W'] = p['W'] - 0.1 * g['W']; p['b'] = p['b'] - 0.1 * g['b']  # A\n",
        ),
    ],
    ids=["ascent", "another-name", "not-applied"],
)
def test_wrong_loops(tmp_path: Path, code: str, parameters: set[str], body: str) -> None:
    found, lines = found_in(tmp_path, LOOP + body + "    return history, p\n")
    assert {f.code for f in found} == {code}
    assert {n for f in found for n in f.parameters} == parameters
    assert lines["A"] in {f.line for f in found}


def test_gradients_that_are_never_reset(tmp_path: Path) -> None:
    body = (
        "def train(steps=5):\n    p = start(); total = {k: np.zeros_like(v) for k, v in p.items()}; history = []\n"
        "    for _ in range(steps):\n        history.append(loss(p)); g = grads(p)\n"
        "        for k in p: total[k] += g[k]  # A\n        p = {k: p[k] - 0.1 * total[k] for k in p}\n    return history, p\n"
    )
    found, lines = found_in(tmp_path, body)
    assert {f.code for f in found} == {"gradient-not-reset"}
    assert found[0].line == lines["A"] and found[0].parameters == ("W", "b", "V")
    assert [f.line - lines["A"] for f in found] == [0, 1, -3]  # where it is added, where it is taken, the zeros


def test_what_the_update_returns_is_thrown_away(tmp_path: Path) -> None:
    body = (
        "def update(p, g): return {k: p[k] - 0.1 * g[k] for k in p}\n"
        + LOOP
        + "        update(p, g)  # A\n    return history, p\n"
    )
    found, lines = found_in(tmp_path, body)
    assert [(f.code, f.line) for f in found] == [("result-not-kept", lines["A"])]


def test_an_update_alone_is_tried_on_random_gradients(tmp_path: Path) -> None:
    tail = "def case(): return dict(params=start(), loss=loss, grads=grads, lr=0.1, update=update)\n"
    right = "def update(p, g, lr): return {k: p[k] - lr * g[k] for k in p}\n"
    wrong = "def update(p, g, lr):\n    W = p['W'] - lr * g['W']\n    V = p['V'] - lr * g['V']\n    g = p['b'] - lr * g['b']  # A\n    return {'W': W, 'V': V, 'b': p['b']}\n"
    assert found_in(tmp_path, right, tail)[0] == []
    found, lines = found_in(tmp_path, wrong, tail)
    assert [(f.code, f.line, f.parameters) for f in found] == [("update-to-another-name", lines["A"], ("b",))]
