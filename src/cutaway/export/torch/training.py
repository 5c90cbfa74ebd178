"""The training loop of a network as PyTorch's source: loss, optimizer, schedule and batches as `fit` used them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import UsageError
from cutaway.export.torch.graph import own_function
from cutaway.export.torch.sheet import settings
from cutaway.nn.losses import LOSSES, TINY, Huber, Loss
from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from cutaway.train.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step, WarmUp, schedule
from cutaway.train.training import Training

if TYPE_CHECKING:
    from cutaway.nn.network import Network

# Losses: of outputs y and targets t, one number for each entry ------------------------------------------------------

_EACH = ', reduction="none"'
_FROM_LOGITS: dict[str, str] = {
    "binary_cross_entropy_from_logits": "F.binary_cross_entropy_with_logits({y}, {t}{each})",
    "categorical_cross_entropy_from_logits": "F.cross_entropy({y}, {t}{each})",
}
LOSS: dict[str, str] = {
    **_FROM_LOGITS,
    "binary_cross_entropy": f"-({{t}} * torch.log({{y}}.clamp(min={TINY}))"
    f" + (1 - {{t}}) * torch.log((1 - {{y}}).clamp(min={TINY}))){{mean}}",
    "categorical_cross_entropy": f"-({{t}} * torch.log({{y}}.clamp(min={TINY}))).sum(-1){{mean}}",
    "mean_squared_error": "F.mse_loss({y}, {t}{each})",
    "mean_absolute_error": "F.l1_loss({y}, {t}{each})",
    "huber": "F.huber_loss({y}, {t}{each})",
    "poisson": f"F.poisson_nll_loss({{y}}, {{t}}, log_input=False, eps={TINY}{{each}})",
}
"""Losses by name; ``{each}`` asks for a number of each entry, ``{mean}`` for the mean."""

TARGETS = {
    "binary": "0 or 1, as numbers of the shape of the outputs",
    "multiclass": "labels 0, 1, ... of dtype int64, or rows of probabilities",
    "regression": "numbers of the shape of the outputs",
}


def loss_source(net: Network, training: Training, has_logits: bool) -> tuple[list[str], str]:
    """Source of ``loss_of(network, x, targets)``, and of a function of the user's own that it needs."""
    loss, own = training.loss, ""
    twin = f"{loss.name}_from_logits"
    outputs = "network(x)"
    if has_logits and twin in LOSS and LOSSES.get(loss.name) is loss:
        outputs, name = "network.logits(x)", twin
    else:
        name = loss.name
    picked = "" if net.rowwise else "[rows]"
    rows = not training.weighted
    if isinstance(loss.fn, Huber):
        template = LOSS["huber"].replace("{t}", "{t}" + settings(delta=(loss.fn.delta, 1.0)))
    elif LOSSES.get(loss.name) is loss:
        template = LOSS[name]
    else:
        own_name, own = _own_loss(net, loss)
        template = f"torch.mean({own_name}({{t}}, {{y}}))" if rows else f"{own_name}({{t}}, {{y}})"
    each = template.format(y="y", t="targets", each="" if rows else _EACH, mean=".mean()" if rows else "")
    one_each = "F.cross_entropy(y" in each or "sum(-1)" in each or (own and _gives_rows(net, loss))
    lines = [f"y = {outputs}{picked}"]
    if loss.task == "multiclass" and name == "categorical_cross_entropy":
        lines.append(f"targets = F.one_hot(targets, {net.output_shape[-1]}) if targets.ndim == 1 else targets")
    if rows:
        return [*lines, f"return {each}"], own
    per_row = each if one_each else f"{each}.flatten(1).mean(1)"
    return [*lines, f"return torch.mean({per_row} * weights)"], own


def _own_loss(net: Network, loss: Loss) -> tuple[str, str]:
    shape = net.output_shape
    sizes = [((n, *shape), (n, *shape)) for n in (3, 4)]
    return own_function(loss.fn, sizes, net.dtype.name)


def _gives_rows(net: Network, loss: Loss) -> bool:
    """Whether a loss of the user's own gives one number for each row, and not for each output."""
    example = np.full((3, *net.output_shape), 0.5, net.dtype)
    return np.ndim(loss.fn(example, example)) < 2


# Optimizers -------------------------------------------------------------------------------------------------------


def _sgd(rule: SGD) -> str:
    return settings(momentum=(rule.momentum, 0.0), nesterov=(rule.nesterov, False))


def _adam(rule: Adam) -> str:
    return settings(betas=((rule.beta1, rule.beta2), (0.9, 0.999)), eps=(rule.eps, 1e-8))


OPTIMIZER: dict[type[Optimizer], Callable[[Any], str]] = {
    SGD: _sgd,
    RMSprop: lambda r: settings(alpha=(r.alpha, 0.99), eps=(r.eps, 1e-8), momentum=(r.momentum, 0.0)),
    Adam: _adam,
    AdamW: _adam,
    Adagrad: lambda r: settings(eps=(r.eps, 1e-10)),
}
"""What stands after the learning rate of each optimizer, which has its name in torch.optim."""


def _optimizer(rule: Optimizer, lr: float) -> str:
    kind = next((k for k in type(rule).__mro__ if k in OPTIMIZER), None)
    if kind is None or kind is not type(rule):
        raise _no_twin("An optimizer of your own", rule)
    usual = 0.01 if isinstance(rule, AdamW) else 0.0
    more = OPTIMIZER[kind](rule) + settings(weight_decay=(rule.weight_decay, usual))
    return f"optimizer = torch.optim.{kind.__name__}(network.parameters(), lr={lr!r}{more})"


# Schedules: the first learning rate, what makes the scheduler, and whether it is asked after each step --------------


def _schedule(rate: Schedule, training: Training) -> tuple[float, str | None, bool]:
    steps, epochs = -(-training.n_samples // training.batch_size), training.epochs
    base = "torch.optim.lr_scheduler."
    if isinstance(rate, Constant):
        return rate.lr, None, False
    if isinstance(rate, Step):
        return rate.lr, f"{base}StepLR(optimizer, {rate.every}, gamma={rate.factor!r})", False
    if isinstance(rate, Exponential):
        return rate.lr, f"{base}ExponentialLR(optimizer, {rate.factor!r})", False
    if isinstance(rate, Cosine):
        floor = settings(eta_min=(rate.floor, 0.0))
        return rate.lr, f"{base}CosineAnnealingLR(optimizer, {epochs}{floor})", False
    if isinstance(rate, OneCycle) and rate.start and rate.end and steps * epochs * rate.rise > 1:
        more = settings(pct_start=(rate.rise, 0.3)) + f", div_factor={1 / rate.start!r}"
        more += f", final_div_factor={rate.start / rate.end!r}, cycle_momentum=False"
        return rate.peak, f"{base}OneCycleLR(optimizer, {rate.peak!r}, {steps * epochs}{more})", True
    if isinstance(rate, WarmUp):
        n = rate.steps or max(round((rate.epochs or 0) * steps), 1)
        first, factor = _factor(schedule(rate.lr), steps, epochs)
        rise = f"min((step + 1) / {n}, 1)" + (f" * {factor}" if factor else "")
        return first, f"{base}LambdaLR(optimizer, lambda step: {rise})", True
    raise _no_twin("A schedule", rate)


def _factor(rate: Schedule, steps: int, epochs: int) -> tuple[float, str]:
    """The first learning rate of a schedule, and what it is multiplied by at each step."""
    epoch = "step" if steps == 1 else f"(step // {steps})"
    if isinstance(rate, Constant):
        return rate.lr, ""
    if isinstance(rate, Step):
        return rate.lr, f"{rate.factor!r} ** ({epoch} // {rate.every})"
    if isinstance(rate, Exponential):
        return rate.lr, f"{rate.factor!r} ** {epoch}"
    if isinstance(rate, Cosine) and rate.lr:
        low = rate.floor / rate.lr
        cosine = f"{(1 - low) / 2!r} * (1 + math.cos(math.pi * {epoch} / {epochs}))"
        return rate.lr, f"({low!r} + {cosine})" if low else cosine
    raise _no_twin("A warm-up before such a schedule", rate)


def _no_twin(what: str, record: Any) -> UsageError:
    return UsageError(
        f"{what} has no twin in torch.optim",
        received=repr(record),
        instead="Write source(net, training=None) for the module alone",
    )


# The loop ---------------------------------------------------------------------------------------------------------


def loop_source(net: Network, training: Training, has_logits: bool) -> str:
    """Source of the loss and of the training loop."""
    body, own = loss_source(net, training, has_logits)
    arguments = "x, targets" + (", weights" if training.weighted else "") + ("" if net.rowwise else ", rows")
    told = ["targets: " + TARGETS[training.loss.task]]
    told += ["weights: of the rows, shape (n,), with mean 1"] if training.weighted else []
    told += [] if net.rowwise else ["rows: numbers of the nodes that count; targets are theirs"]
    parts = [own] if own else []
    told = [f'"""Mean loss; {told[0]}."""'] if len(told) == 1 else ['"""Mean loss.', "", *told, '"""']
    head = "\n    ".join([f"def loss_of(network, {arguments}):", *told, *body])
    parts.append(head.replace("\n    \n", "\n\n"))
    rule = training.optimizer
    lr, scheduler, each_step = _schedule(schedule(rule.lr), training)
    whole = training.batch_size >= training.n_samples
    lines = [_optimizer(rule, lr)]
    if scheduler:
        lines += _in_lines(f"scheduler = {scheduler}")
    if not whole and training.shuffle:
        lines.append(f"generator = torch.Generator().manual_seed({training.seed})")
    lines += ["losses = []", "network.train()", "for epoch in range(epochs):"]
    step = _step(rule, "loss_of(network, " + arguments + ")") + (["scheduler.step()"] if each_step else [])
    if whole:
        inner = [*step, "losses.append(loss.item())"]
    else:
        order = (
            "torch.randperm(len(targets), generator=generator)" if training.shuffle else "torch.arange(len(targets))"
        )
        words = {"x": "x[batch]" if net.rowwise else "x", "targets": "targets[batch]", "weights": "weights[batch]"}
        chosen = ", ".join(words.get(word, "rows[batch]") for word in arguments.split(", "))
        step = _step(rule, f"loss_of(network, {chosen})") + (["scheduler.step()"] if each_step else [])
        inner = ["total = 0.0", f"for batch in {order}.split(batch_size):"]
        inner += [f"    {line}" for line in [*step, "total += loss.item() * len(batch)"]]
        inner += ["losses.append(total / len(targets))"]
    inner += ["scheduler.step()"] if scheduler and not each_step else []
    lines += [f"    {line}" for line in inner] + ["network.eval()", "return losses"]
    more = f", epochs={training.epochs}" + ("" if whole else f", batch_size={training.batch_size}")
    told_of = "Train a network in place; return the loss of each epoch, as it was seen before each update."
    parts.append("\n    ".join([f"def train(network, {arguments}{more}):", f'"""{told_of}"""', *lines]))
    return "\n\n\n".join(parts)


def _in_lines(call: str, width: int = 116) -> list[str]:
    """A call on one line, or with its arguments on a line of their own if it is too long."""
    head, _, arguments = call.partition("(")
    return [call] if len(call) <= width else [f"{head}(", f"    {arguments[:-1]}", ")"]


def _step(rule: Optimizer, loss: str) -> list[str]:
    lines = ["optimizer.zero_grad()", f"loss = {loss}", "loss.backward()"]
    if rule.clip_value is not None:
        lines.append(f"torch.nn.utils.clip_grad_value_(network.parameters(), {rule.clip_value!r})")
    if rule.clip_norm is not None:
        lines.append(f"torch.nn.utils.clip_grad_norm_(network.parameters(), {rule.clip_norm!r})")
    if rule.l1:
        lines += [
            "for p in network.parameters():",
            "    if p.grad is not None:",
            f"        p.grad += {rule.l1!r} * p.detach().sign()  # the slope of the L1 penalty",
        ]
    return [*lines, "optimizer.step()"]
