"""The brake: what it calls parting, and that it stops, says why, and keeps the best by the held-out score."""

from pathlib import Path
from typing import Any

import pytest
import tiny
from transformers import TrainerControl, TrainerState

from alignment.ppo.brake import HELDOUT_METRIC, Brake


def watched(brake: Brake, readings: list[tuple[float, float, float]]) -> list[bool]:
    """Whether training stops at each reading of (reward, held-out score, KL)."""
    stops = []
    for reward, heldout, kl in readings:
        control = TrainerControl()
        figures = {"eval_reward": reward, HELDOUT_METRIC: heldout, "eval_kl": kl}
        brake.on_evaluate(None, TrainerState(), control, metrics=figures)
        stops.append(control.should_training_stop)
    return stops


def test_it_stops_when_the_two_part_for_long_enough():
    rising = [(1, 1, 0), (2, 2, 0), (3, 1.5, 0), (4, 1.2, 0), (5, 1.1, 0)]
    brake = Brake(2, 0)
    assert watched(brake, rising) == [False, False, False, True, True]
    assert "rose to 5.000 from 2.000 while the held-out one fell to 1.100 from 2.000" in brake.reason


def test_falling_together_or_recovering_is_no_parting():
    assert not any(watched(Brake(2, 0), [(2, 2, 0), (1, 1, 0), (1, 1, 0), (1, 0, 0)]))
    assert not any(watched(Brake(2, 0), [(1, 1, 0), (2, 0.9, 0), (3, 1.1, 0), (4, 1, 0), (5, 1.2, 0)]))
    assert not any(watched(Brake(0, 0), [(1, 1, 0), (2, 0, 0), (3, 0, 0), (4, 0, 0)]))


def test_the_ceiling_of_kl():
    brake = Brake(0, 5.0)
    assert watched(brake, [(1, 1, 4.9), (1, 1, 5.1)]) == [False, True]
    assert "KL 5.10 nats a reply passed its ceiling of 5.0" in brake.reason


def test_what_it_knows_outlives_a_kill():
    brake = Brake(2, 7.0)
    watched(brake, [(1, 2, 0), (2, 1, 0)])
    again = Brake.from_state(brake.state())
    assert vars(again) == vars(brake)
    assert watched(again, [(3, 1, 0)]) == [True]


def heldout(completions: list[Any], **_: Any) -> list[float]:
    return [-one for one in tiny.vowels(completions)]


def test_the_trainer_stops_and_keeps_the_best_by_the_held_out_score(tmp_path: Path):
    run = tiny.trainer(
        tmp_path,
        rewards=[tiny.vowels, heldout],
        reward_weights=[1.0, 0.0],
        beta=0.0,
        num_train_epochs=9,
        learning_rate=3e-2,
        eval_dataset=tiny.conversations(8),
        eval_strategy="steps",
        eval_steps=4,
        save_strategy="steps",
        save_steps=4,
        load_best_model_at_end=True,
        metric_for_best_model=HELDOUT_METRIC,
        greater_is_better=True,
        callbacks=[Brake(2, 0)],
    )
    run.train()
    scores = [line[HELDOUT_METRIC] for line in run.state.log_history if HELDOUT_METRIC in line]
    assert run.state.global_step < run.state.max_steps
    assert run.state.best_metric == max(scores) == pytest.approx(run.evaluate()[HELDOUT_METRIC])
