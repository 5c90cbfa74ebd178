"""When Python looks at a recorded value: it works, it is noted with its place, and other data that differ raise."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import PeekWarning, TraceError

HERE = "test_peeks.py"


def line_of(function, text):
    import inspect

    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if text in line)


def branching(x):
    total = np.sum(x)
    if total > 0:  # looked at
        return total**2
    return -total


def test_a_branch_is_noted_with_file_and_line():
    graph = ca.trace(branching, np.ones(3))
    (peek,) = graph.peeks
    assert peek.kind == "branch" and peek.where.file.endswith(HERE)
    assert peek.where.line == line_of(branching, "looked at") and peek.where.function == "branching"


def test_the_same_way_is_fine_and_another_way_raises_naming_the_line():
    graph = ca.trace(branching, np.ones(3))
    assert ca.run(graph, np.full(3, 2.0)) == (36.0,)
    with pytest.raises(
        TraceError, match=rf"{HERE}:{line_of(branching, 'looked at')}.*if or while.*True when recorded, False now"
    ):
        ca.run(graph, -np.ones(3))


def test_gradients_of_branches_follow_the_way_taken():
    assert ca.grad(branching)(np.array([2.0])) == [4.0]
    assert ca.grad(branching)(np.array([-2.0])) == [-1.0]


def test_loops_and_builtins_that_compare_are_noted():
    def loss(x):
        best = x[0]
        while best < 10:
            best = best * 2
        return max(best, x[1]) + (1.0 if x[0] in (1.0, 2.0) else 0.0)

    graph = ca.trace(loss, np.array([3.0, 1.0]))
    assert {p.kind for p in graph.peeks} == {"branch"}
    assert ca.run(graph, np.array([4.0, 1.0])) == (16.0,)
    with pytest.raises(TraceError, match="would go another way"):
        ca.run(graph, np.array([1.0, 1.0]))


def test_indices_and_sizes_are_noted():
    table = [1.0, 10.0, 100.0]

    def loss(x):
        return (
            x.sum() * table[int(x.argmax())]
            + x[: np.count_nonzero(x > 0)].sum()
            + x[x > 0].sum() * len(range(x.argmin()))
        )

    graph = ca.trace(loss, np.array([1.0, 3.0, -2.0]))
    assert ca.run(graph, np.array([2.0, 4.0, -2.0]))[0] == 4.0 * 10 + 6.0 + 6.0 * 2
    with pytest.raises(TraceError, match="an index or a size"):
        ca.run(graph, np.array([5.0, 3.0, -2.0]))


def test_rounded_numbers_are_integers_that_can_be_indices():
    graph = ca.trace(lambda x: x.sum() * [1.0, 10.0, 100.0][round(x[0])], np.array([1.2, 3.0]))
    assert ca.run(graph, np.array([0.8, 3.0])) == (38.0,)
    with pytest.raises(TraceError, match="an index or a size"):
        ca.run(graph, np.array([1.8, 3.0]))


def test_a_mask_that_chooses_entries_is_noted():
    graph = ca.trace(lambda x: x[x > 0].sum(), np.array([1.0, -1.0]))
    assert [p.kind for p in graph.peeks] == ["index"]
    with pytest.raises(TraceError, match="other entries than when recorded"):
        ca.run(graph, np.array([-1.0, 1.0]))


def test_writing_by_a_mask_needs_no_peek():
    def relu(x):
        y = x * 1.0
        y[y < 0] = 0
        return y

    graph = ca.trace(relu, np.array([1.0, -1.0]))
    assert graph.peeks == ()
    np.testing.assert_array_equal(ca.run(graph, np.array([-1.0, 1.0]))[0], [0, 1])


def test_printing_is_noted_and_never_in_the_way(capsys):
    def loss(x):
        total = np.sum(x**2)
        print(f"{total:.2f}", total, "%.1f %d" % (total, total), "{:5.1f}".format(total), str(x), repr(total))  # noqa: UP031, UP032
        return total

    graph = ca.trace(loss, np.array([1.0, 2.0]))
    assert capsys.readouterr().out == "5.00 5.0 5.0 5   5.0 [1. 2.] np.float64(5.0)\n"
    assert {p.kind for p in graph.peeks} == {"print"}
    assert ca.run(graph, np.array([3.0, 4.0])) == (25.0,)


def test_float_stays_recorded_and_is_no_peek():
    graph = ca.trace(lambda x: float(np.sum(x)) * 2, np.ones(2))
    assert graph.peeks == () and ca.run(graph, np.full(2, 3.0)) == (12.0,)


def unseen_float(x):
    import builtins

    return builtins.float.__add__(0.0, float_of_a_library(x)) + x


def float_of_a_library(x):
    return np.float64.__float__(x) if type(x) is np.float64 else x.__float__() + 0.0


def test_a_number_read_by_unseen_code_warns():
    with pytest.warns(PeekWarning, match=rf"{HERE}:\d+: a recorded value was read as a plain Python number"):
        ca.grad(unseen_float)(3.0)
    graph = ca.trace(unseen_float, np.float64(3.0))
    with pytest.warns(PeekWarning, match="it is frozen as recorded"):
        ca.run(graph, 4.0)


def test_constants_may_be_looked_at_freely():
    limit = np.array(2.0)

    def loss(x):
        assert limit > 1 and int(limit) == 2 and float(limit) == 2.0 and f"{limit}" == "2.0"
        return x * limit if limit == 2 else x

    assert ca.trace(loss, np.float64(1.0)).peeks == ()


# Random numbers ---------------------------------------------------------------------------------------------------


def noise_of_numpy(x):
    return np.sum(x + np.random.normal(size=3))


generator = np.random.default_rng(0)


def noise_of_a_generator(x):
    return np.sum(x + generator.normal(size=3))


def noise_of_a_new_generator(x):
    return np.sum(x + np.random.default_rng().normal(size=3))


def noise_of_python(x):
    return np.sum(x) + random.random()


@pytest.mark.parametrize("f", [noise_of_numpy, noise_of_a_generator, noise_of_a_new_generator, noise_of_python])
def test_random_numbers_are_noted_and_a_run_says_so(f):
    graph = ca.trace(f, np.ones(3))
    assert [p.kind for p in graph.peeks] == ["random"]
    with pytest.raises(TraceError, match="drew random numbers while it was recorded"):
        ca.run(graph, np.ones(3))


def test_random_numbers_from_a_fixed_seed_are_part_of_the_program():
    graph = ca.trace(lambda x: x @ np.random.default_rng(3).normal(size=3), np.ones(3))
    assert graph.peeks == ()
    np.testing.assert_allclose(ca.run(graph, np.ones(3))[0], np.random.default_rng(3).normal(size=3).sum())


def test_random_numbers_whose_size_is_traced_raise():
    with pytest.raises(TraceError, match="plain contents"):
        ca.trace(lambda x: np.random.normal(x), np.ones(3))


def test_no_warnings_without_a_peek():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ca.run(ca.trace(lambda x: np.exp(x), np.ones(2)), np.zeros(2))
