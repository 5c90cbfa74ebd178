"""What no gradient shows: a lint for each mistake, in rooms named as the kinds of findings are; and the table of all.

A lint is a function ``lint(case) -> iterable of Finding``. It calls the case's functions on copies, never changes the
case, and says nothing where it does not know. To add one, write it into the file of its family and put it into
:data:`LINTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from cutaway.checking.lints.aliasing import kept_by_reference, same_array, shared_parameters
from cutaway.checking.lints.crossed_statistics import crossed_statistics
from cutaway.checking.lints.data.batches import batches
from cutaway.checking.lints.data.features import moved_features
from cutaway.checking.lints.data.folded import folded
from cutaway.checking.lints.data.integers import integer_weights
from cutaway.checking.lints.data.lost import lost_rows
from cutaway.checking.lints.data.mixed import mixed_samples
from cutaway.checking.lints.data.pairs import shuffled_rows
from cutaway.checking.lints.data.scaling import exploding
from cutaway.checking.lints.data.shrunk_targets import shrunk_targets
from cutaway.checking.lints.data.standardised import standardised
from cutaway.checking.lints.data.targets import odd_targets
from cutaway.checking.lints.data.truncated import floor_divided, truncated
from cutaway.checking.lints.data.unseen_rows import unseen_rows
from cutaway.checking.lints.data.unused import unused_scaling
from cutaway.checking.lints.data.whole_gradients import whole_gradients
from cutaway.checking.lints.data.wrapped import wrapped
from cutaway.checking.lints.early import left_at_once
from cutaway.checking.lints.initialization.biases import odd_biases
from cutaway.checking.lints.initialization.equal_units import equal_units
from cutaway.checking.lints.initialization.flat import dead_units, saturation
from cutaway.checking.lints.initialization.seeded import seeded_alike
from cutaway.checking.lints.initialization.single_products import no_bias_for_single_inputs
from cutaway.checking.lints.initialization.small import weights_too_small
from cutaway.checking.lints.initialization.stuck import stuck_at_zero
from cutaway.checking.lints.initialization.twins import twins
from cutaway.checking.lints.loss import no_probability, not_one_hot, targets_out_of_range
from cutaway.checking.lints.lost import thrown_away
from cutaway.checking.lints.lost_calls import results_lost
from cutaway.checking.lints.lost_lists import lost_in_a_list
from cutaway.checking.lints.numerics import not_finite, step_in_path
from cutaway.checking.lints.reporting.batch_weights import batch_weights
from cutaway.checking.lints.reporting.divided_means import divided_means
from cutaway.checking.lints.reporting.dropout import dropout_while_judging
from cutaway.checking.lints.reporting.dropout_scale import dropout_scale
from cutaway.checking.lints.reporting.held_out import scaled_otherwise, trained_rows, training_for_held_out
from cutaway.checking.lints.reporting.history import stale, summed
from cutaway.checking.lints.reporting.kept_counts import counts_kept
from cutaway.checking.lints.reporting.kept_sums import sums_over_epochs
from cutaway.checking.lints.reporting.last_batch import last_batch
from cutaway.checking.lints.reporting.metrics import odd_metric
from cutaway.checking.lints.reporting.perfect import perfect_answers
from cutaway.checking.lints.reporting.sums import accumulating
from cutaway.checking.lints.rewards import unrewarded_labels
from cutaway.checking.lints.single_rewards import unrewarded_single_labels
from cutaway.checking.lints.single_targets import single_targets_out_of_range
from cutaway.checking.lints.softmax import softmax_axis
from cutaway.checking.lints.state import kept_state
from cutaway.checking.lints.update.best import best_not_used
from cutaway.checking.lints.update.ends_at_once import ends_at_once
from cutaway.checking.lints.update.inner_sums import inner_sums
from cutaway.checking.lints.update.kept import best_by_reference
from cutaway.checking.lints.update.made_anew import made_anew
from cutaway.checking.lints.update.mixed import moved_before_read
from cutaway.checking.lints.update.not_applied import noted
from cutaway.checking.lints.update.not_kept import kept_in_a_local_name, not_kept
from cutaway.checking.lints.update.not_reset import sums_kept
from cutaway.checking.lints.update.order import too_early
from cutaway.checking.lints.update.rates import rates
from cutaway.checking.lints.update.rules import updates
from cutaway.checking.lints.update.stale import stale_gradient
from cutaway.checking.lints.update.thrown import thrown_before_step
from cutaway.checking.lints.update.too_large import too_large
from cutaway.checking.lints.update.twice import twice
from cutaway.checking.lints.written_copies import lost_in_a_copy
from cutaway.checking.lints.zero_terms import zero_terms
from cutaway.checking.records import Case, Finding

Lint: TypeAlias = "Callable[[Case], Iterable[Finding]]"

LINTS: tuple[Lint, ...] = (
    *(targets_out_of_range, single_targets_out_of_range, no_probability, not_one_hot),
    *(unrewarded_labels, unrewarded_single_labels, folded),
    *(not_finite, left_at_once, thrown_away, results_lost, lost_in_a_copy, lost_in_a_list),
    *(softmax_axis, crossed_statistics, step_in_path, zero_terms),
    *(updates, sums_kept, inner_sums, thrown_before_step, not_kept, kept_in_a_local_name, too_early, moved_before_read),
    *(noted, twice, made_anew, rates, best_not_used, best_by_reference, ends_at_once, kept_state, too_large),
    stale_gradient,
    *(
        integer_weights,
        truncated,
        floor_divided,
        whole_gradients,
        wrapped,
        mixed_samples,
        shuffled_rows,
        lost_rows,
        moved_features,
        batches,
        unused_scaling,
        standardised,
        unseen_rows,
        odd_targets,
        shrunk_targets,
    ),
    *(
        seeded_alike,
        stuck_at_zero,
        equal_units,
        twins,
        saturation,
        weights_too_small,
        exploding,
        dead_units,
        odd_biases,
    ),
    no_bias_for_single_inputs,
    *(
        accumulating,
        counts_kept,
        sums_over_epochs,
        summed,
        stale,
        same_array,
        shared_parameters,
        kept_by_reference,
        last_batch,
        batch_weights,
        divided_means,
        odd_metric,
        perfect_answers,
    ),
    *(dropout_while_judging, dropout_scale, trained_rows, training_for_held_out, scaled_otherwise),
)
"""Every lint, in the order in which findings are shown: loss, numerics, update, data, initialization, reporting."""
