"""Where to look, without the answer: a question for each mistake."""

from __future__ import annotations

HINTS = {
    "missing-slope": "Follow the error back through this layer: what happens to it at the activation?",
    "slope-twice": "Count how often the activation's slope enters here.",
    "slope-at-output": "Which value does the derivative of the activation want: before or after the activation?",
    "slope-of-preactivation": "Which value does this formula of the derivative want: before or after the activation?",
    "slope-of-another-activation": "Does this derivative belong to the activation that the layer uses?",
    "slope-of-another-layer": "To which layer do the values belong at which the slope is taken?",
    "slope-misspelt": "Derive the activation's slope again and compare.",
    "not-transposed": "Write down the shapes of this product for a layer that is not square.",
    "wrong-operand": "Which array did the forward pass multiply by at this place?",
    "updated-weights": "Which values did the weights have in the forward pass?",
    "not-through-weights": "What lies between this layer and the next one?",
    "bias-summed-over-all": "How many entries does the bias have, and how many the gradient?",
    "bias-wrong-axis": "Along which axis do the samples lie?",
    "bias-mean": "Where is the loss's 1/n already?",
    "factor": "Compare the sizes of the gradient and of a difference of the loss.",
    "loss-and-delta": "Differentiate the loss that is computed, with pencil and paper.",
    "overwritten-not-added": "How often is this parameter used in the forward pass?",
}


def hint_of(code: str) -> str:
    """A question that leads to the mistake."""
    return HINTS.get(code, "Look at this line: does each factor belong there?")
