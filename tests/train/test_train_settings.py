"""Settings are checked when they are made, become plain Python numbers, and come back from JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest

from cutaway.errors import UsageError
from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, optimizer
from cutaway.train.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step, WarmUp
from cutaway.train.settings import Settings

EVERY = [
    SGD(),
    SGD(0.3, momentum=0.9, nesterov=True, weight_decay=1e-4, l1=1e-5, clip_norm=1.0, clip_value=0.5),
    RMSprop(0.02, alpha=0.9, eps=1e-6, momentum=0.5),
    Adam(OneCycle(0.1, rise=0.25), beta1=0.8, beta2=0.99),
    AdamW(WarmUp(Cosine(0.1, floor=1e-3), epochs=2.5), weight_decay=0.1),
    Adagrad(Step(0.1, 3, 0.5)),
    Constant(0.1),
    Step(0.1, every=10),
    Exponential(0.1, 0.97),
    Cosine(0.1),
    OneCycle(1.0, rise=0.1, start=0.2, end=0.001),
    WarmUp(0.1, steps=7),
]


@pytest.mark.parametrize("settings", EVERY, ids=lambda s: s.name())
def test_settings_come_back_from_json(settings: Settings) -> None:
    text = json.dumps(settings.to_json(), allow_nan=False)
    family = Optimizer if isinstance(settings, Optimizer) else Schedule
    again = family.from_json(json.loads(text))
    assert again == settings and type(again) is type(settings)
    assert eval(repr(again)) == settings


def test_the_list_above_has_every_optimizer_and_schedule() -> None:
    own = {kind for kind in Settings.known().values() if kind.__module__.startswith("cutaway.")}
    assert own == {type(s) for s in EVERY}
    assert [k for k in Optimizer.known() if "." not in k] == ["adagrad", "adam", "adamw", "rmsprop", "sgd"]
    assert [k for k in Schedule.known() if "." not in k] == [
        "constant",
        "cosine",
        "exponential",
        "onecycle",
        "step",
        "warmup",
    ]


@pytest.mark.parametrize("name", ["onecycle", "one_cycle", "one-cycle", "OneCycle"])
def test_one_name_in_several_spellings(name: str) -> None:
    assert Schedule.named(name) is OneCycle


def test_fields_left_out_of_json_take_their_defaults() -> None:
    assert Optimizer.from_json({"name": "adam", "lr": 0.5}) == Adam(0.5)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "adm"}, r"the optimizer is not known; received 'adm'. Did you mean 'adam'\?"),
        ({}, "the optimizer is not known; received None"),
        ({"name": "cosine", "lr": 1.0}, "the optimizer is not known"),
        ({"name": "adam", "beta_1": 0.5}, r"the setting of Adam is not known; received 'beta_1'. Did you mean 'beta1'"),
        ({"name": "sgd", "lr": {"name": "adam"}}, "lr of SGD must be a number, 0 or more, or a Schedule"),
    ],
)
def test_json_that_cannot_be_used(data: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Optimizer.from_json(data)


def test_an_optimizer_from_outside_is_found_under_its_full_name() -> None:
    @dataclass(frozen=True)
    class Adam(SGD):
        pass

    assert optimizer("adam").to_json()["name"] == "adam"
    mine = Adam(0.25)
    assert mine.to_json()["name"] == f"{__name__}.{Adam.__qualname__}"
    assert type(Optimizer.from_json(mine.to_json())) is Adam
    assert type(optimizer(Adam.name())) is Adam


def test_settings_are_frozen_and_equal_by_value() -> None:
    with pytest.raises(FrozenInstanceError):
        SGD(0.1).lr = 0.2
    assert SGD(1) == SGD(1.0) != SGD(2.0)
    assert hash(Adam(0.1)) == hash(Adam(0.1))


def test_settings_print_without_their_defaults() -> None:
    assert repr(SGD()) == "SGD()"
    assert repr(SGD(0.5, momentum=0.9)) == "SGD(lr=0.5, momentum=0.9)"
    assert repr(AdamW(WarmUp(Cosine(0.1), steps=5))) == "AdamW(lr=WarmUp(lr=Cosine(lr=0.1), steps=5))"


def test_numpy_numbers_become_plain_ones() -> None:
    made = SGD(np.float64(0.5), momentum=np.float32(0.5), clip_norm=np.int64(2))
    assert [type(v) for v in (made.lr, made.momentum, made.clip_norm)] == [float, float, float]
    step = Step(np.float64(0.5), every=np.int64(3))
    assert (type(step.every), step.every) == (int, 3)
    assert type(Step(0.5, every=3.0).every) is int


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(-0.1), "lr of SGD must be a number, 0 or more, or a Schedule; received lr=-0.1. Write for"),
        (lambda: SGD("0.1"), "received lr='0.1'"),
        (lambda: SGD(Cosine), "received lr=<class"),
        (lambda: SGD(True), "lr=True"),
        (lambda: SGD(float("nan")), "lr=nan"),
        (lambda: SGD(float("inf")), "lr=inf"),
        (lambda: SGD(None), "lr=None"),
        (lambda: SGD(np.linspace(0, 1, 10_000)), "lr=array"),
        (lambda: SGD(momentum=1.0), "momentum of SGD must be a number from 0 to below 1; received momentum=1.0"),
        (lambda: SGD(nesterov=True), "needs momentum"),
        (lambda: SGD(weight_decay=-1), "weight_decay of SGD"),
        (lambda: SGD(l1=-1), "l1 of SGD"),
        (lambda: SGD(clip_norm=0.0), "clip_norm of SGD must be a number above 0, or None"),
        (lambda: SGD(clip_value=-1.0), "clip_value of SGD"),
        (lambda: Adam(beta1=1.0), "beta1 of Adam"),
        (lambda: Adam(beta2=-0.1), "beta2 of Adam"),
        (lambda: AdamW(eps=-1e-8), "eps of AdamW"),
        (lambda: RMSprop(alpha=1), "alpha of RMSprop"),
        (lambda: Step(0.1, every=0), "every of Step must be a whole number, 1 or more; received every=0"),
        (lambda: Step(0.1, every=2.5), "every of Step must be a whole number"),
        (lambda: OneCycle(0.1, rise=1.0), "rise of OneCycle"),
        (lambda: Exponential(0.1, -1), "factor of Exponential"),
        (lambda: WarmUp(0.1), "WarmUp needs its length, in epochs or in steps; received epochs=None, steps=None"),
        (lambda: WarmUp(0.1, epochs=1, steps=1), "received epochs=1.0, steps=1"),
        (lambda: WarmUp(0.1, epochs=0), "epochs of WarmUp"),
        (lambda: WarmUp("cosine", epochs=1), "lr of WarmUp"),
    ],
)
def test_numbers_outside_their_limits(make: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_extra_settings_are_given_by_name() -> None:
    for kind in (SGD, RMSprop, Adam, AdamW, Adagrad):
        with pytest.raises(TypeError, match="positional"):
            kind(0.1, 0.9)
