"""A length in minutes: how many steps fit, what suits so many, and what a resume does."""

from dataclasses import replace

import numpy as np
import pytest
from run_files import assert_same_run

from acwgan.config import Config
from acwgan.errors import UserNotice
from acwgan.images.pixels import to_uint8
from acwgan.runs.checkpoints import latest
from acwgan.runs.folder import read_config
from acwgan.training.budget import _announced
from acwgan.training.length import (
    Seconds,
    as_begun,
    laid_out,
    steps_in,
    with_short_opening,
)
from acwgan.training.trainer import train

CONSTANT = Config(schedule="constant", n_critic=2, evaluate_every=None, minutes=1)


def test_as_many_steps_as_fit():
    # A step takes 2 * 1 + 3 = 5 s, and 3% more for pictures and checkpoints.
    costs = Seconds(start=10, critic_update=1, generator_update=3, judgement=0)
    assert steps_in(10 + 4 * 5.15 + 0.01, CONSTANT, costs) == 4
    assert steps_in(10 + 4 * 5.15 - 0.01, CONSTANT, costs) == 3
    assert steps_in(1, CONSTANT, costs) == 1


def test_bursts_count():
    costs = Seconds(start=0, critic_update=1, generator_update=0, judgement=0)
    # 25 bursts of 100, and 10 steps of 2.
    assert steps_in(1.03 * 2520.5, replace(CONSTANT, schedule="paper"), costs) == 35


def test_judgements_count_eight_at_least_and_then_as_many_as_there_are():
    costs = Seconds(start=0, critic_update=0.5, generator_update=0, judgement=10)
    judged = replace(CONSTANT, evaluate_every=100)
    assert steps_in(80 + 1.03 * 700.5, judged, costs) == 700
    # After 800 steps each step has a hundredth of a judgement too.
    assert steps_in(80 + 1.03 * (800 + 110.05), judged, costs) == 900


def test_the_opening_bursts_take_a_twentieth_of_the_time_at_most():
    costs = Seconds(start=10, critic_update=0.25, generator_update=1, judgement=0)
    paper = replace(CONSTANT, schedule="paper")
    assert with_short_opening(paper, 1600, costs).opening_bursts == 3  # 75 of 80 s
    assert with_short_opening(paper, 400, costs).opening_bursts == 0
    assert with_short_opening(paper, 10**6, costs) == paper  # never more than were asked for
    assert with_short_opening(replace(paper, opening_bursts=2), 1600, costs).opening_bursts == 2
    # Of these no opening can be shortened.
    for other in (CONSTANT, replace(CONSTANT, n_critic=100)):
        assert with_short_opening(other, 400, costs) == other


def test_intervals_are_lowered_and_never_raised():
    laid = laid_out(Config(minutes=1, log_every=1), 400)
    assert (laid.steps, laid.minutes, laid.log_every) == (400, None, 1)
    assert (laid.sample_every, laid.evaluate_every) == (10, 50)
    assert laid_out(CONSTANT, 401).sample_every == 11  # The last step is the fortieth at most.
    assert laid_out(CONSTANT, 3).evaluate_every is None
    assert laid_out(CONSTANT, 3).sample_every == 1
    assert laid_out(Config(minutes=1), 10**6).evaluate_every == Config().evaluate_every


def test_a_resumed_run_keeps_the_steps_that_it_began_with_and_what_suits_them():
    begun = laid_out(replace(CONSTANT, opening_bursts=4), 70)
    assert as_begun(CONSTANT, begun) == begun
    assert as_begun(replace(begun, steps=90), begun).steps == 90
    # From the settings of the run, as the command takes them, and after another length.
    assert as_begun(replace(begun, steps=None, minutes=1), begun) == begun
    longer = replace(begun, steps=90).lengthened(begun, 70)
    assert as_begun(CONSTANT, longer) == replace(longer, earlier_lengths=())


def test_the_announcement_counts_and_says_what_is_too_short_to_see_anything():
    costs = Seconds(start=0, critic_update=1.5, generator_update=0.25, judgement=0)
    asked = replace(CONSTANT, minutes=20)
    long, hour = (_announced(asked, laid_out(asked, steps), costs) for steps in (1200, 20_000))
    short = _announced(asked, replace(laid_out(asked, 1), opening_bursts=2), costs)
    assert "`minutes` 20 is a length of 1,200 generator steps on this machine (1.5 s a" in long
    assert "1 generator step on" in short and "some hundred steps" in short
    assert "update), with 13 times the learning rates." in long
    assert "some hundred" not in long and "opening" not in long
    assert "update)." in hour
    rates = ({"critic_learning_rate": 1e-4}, {"generator_learning_rate": 1.0})
    for own in ({"decay": False}, {"networks": "mlp"}, *rates):
        asked = replace(CONSTANT, minutes=20, **own)
        assert "learning rates" not in _announced(asked, laid_out(asked, 1200), costs)
    assert "update), with 2 of 25 opening bursts and 20 times the learning rates." in short


def test_the_steps_are_measured_written_and_kept(tiny_config, digits, tmp_path):
    settings = {"steps": None, "minutes": 0.02, "log_every": 50}
    config = replace(tiny_config, **settings)
    images, labels = to_uint8(digits[0]), np.arange(8) % 4
    with pytest.warns(UserNotice, match=r"`minutes` 0\.02 is a length of [\d,]+ generator step"):
        run_dir = train(config, tmp_path / "run", data=(images, labels))
    saved = read_config(run_dir)
    assert saved.minutes is None and saved.steps >= 1
    assert latest(run_dir).name.startswith(f"step-{saved.steps:08}")

    # The same command goes on, here with nothing left to do, and the steps are as good as given.
    train(config, run_dir, data=(images, labels), resume="auto")
    assert read_config(run_dir) == saved
    same = train(replace(saved, dataset="mnist"), tmp_path / "same", data=(images, labels))
    assert_same_run(run_dir, same)
