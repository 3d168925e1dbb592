"""Measures how many generator steps fit into a length in minutes on this machine.

A few updates of networks that are then thrown away are timed. The number of steps that fits is
written into the config of the run, so a resume computes what an undisturbed run would, however fast
its machine is.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import tensorflow as tf

from acwgan.errors import UserNotice
from acwgan.evaluation.quick import judged_by
from acwgan.training.build import build_loop, build_model
from acwgan.training.length import Seconds, laid_out, steps_in, with_short_opening
from acwgan.training.previews import Samples

if TYPE_CHECKING:
    from acwgan.config import Config
    from acwgan.training.job import Job
    from acwgan.wgan.model import WGAN

#: Updates of one timed call, the fewest and the most such calls, and the share of the whole time
#: that those above the fewest may take: other work on the machine comes and goes.
_UPDATES, _FEWEST, _MOST, _SHARE = 4, 3, 20, 0.005
#: A training of fewer generator steps shows hardly more than noise.
_FEW_STEPS = 200


def fitted(job: Job, began: float) -> Job:
    """The job with the number of generator steps that fits into ``config.minutes``.

    Args:
        job: A job; returned as it is if its config has no length in minutes.
        began: ``time.perf_counter()`` at the beginning of the training.

    Returns:
        The job, whose config has ``steps`` in place of ``minutes``, and an opening, learning rates
        and intervals that suit so many.
    """
    minutes = job.config.minutes
    if minutes is None:
        return job
    seconds = Seconds(*job.distribution.slowest(measured(job)))
    (spent,) = job.distribution.slowest([time.perf_counter() - began])
    config = with_short_opening(job.config, 60 * minutes, seconds)
    config = laid_out(config, steps_in(60 * minutes - spent, config, seconds))
    if job.distribution.chief:
        warnings.warn(UserNotice(_announced(job.config, config, seconds)), stacklevel=3)
    return replace(job, config=config)


def _announced(asked: Config, config: Config, seconds: Seconds) -> str:
    """What a length in minutes comes to, in one line, and whether that is very little."""
    minutes, steps = asked.minutes, config.steps or 0
    length = f"{steps:,} generator step{'s' * (steps > 1)}"
    costs = f"{seconds.critic_update:.2g} s a critic update, {seconds.generator_update:.2g} s"
    line = f"`minutes` {minutes:g} is a length of {length} on this machine ({costs} a generator"
    suited = []
    if config.opening_bursts < asked.opening_bursts:
        suited.append(f"{config.opening_bursts} of {asked.opening_bursts} opening bursts")
    factor = config.rates_factor
    if factor > 1:
        suited.append(f"{factor:.2g} times the learning rates")
    line += " update)" + (f", with {' and '.join(suited)}" if suited else "") + "."
    return line + " Images take some hundred steps to form." * (steps < _FEW_STEPS)


def measured(job: Job) -> Seconds:
    """Measure the parts of a training with networks of its own, which are then thrown away."""
    # Without decay: the rates of a single step would be 20 times as high.
    config, data = replace(job.config, steps=1, minutes=None, decay=False), job.data
    began = time.perf_counter()
    with job.distribution.strategy.scope():
        classes = len(data.spec.class_names)
        model = build_model(config, data.spec.image_shape, classes, job.networks)
        loop = build_loop(config, model, data.images, data.labels)

    def seconds_of(critic_updates: int, generator_updates: int) -> float:
        rows = tf.constant([(critic_updates, generator_updates)])
        start = time.perf_counter()
        for value in loop(rows, tf.constant(0), tf.constant(0)).values():
            float(value)  # Waits for the result.
        return time.perf_counter() - start

    def typical_seconds_of(critic_updates: int, generator_updates: int) -> float:
        seconds = [seconds_of(critic_updates, generator_updates)]
        # As many calls on each worker: an update waits for all of them.
        (longest,) = job.distribution.slowest(seconds)
        calls = int(_SHARE * 60 * (job.config.minutes or 0) / longest)
        calls = min(max(calls, _FEWEST), _MOST)
        seconds += [seconds_of(critic_updates, generator_updates) for _ in range(calls - 1)]
        return median(seconds) / _UPDATES

    seconds_of(1, 1)
    start = time.perf_counter() - began
    critic, generator = typical_seconds_of(_UPDATES, 0), typical_seconds_of(0, _UPDATES)
    return Seconds(start, critic, generator, _judgement(job, model))


def _judgement(job: Job, model: WGAN) -> float:
    """Seconds of a judgement during the training; 0 if there is none."""
    config, images = job.config, job.data.images
    if config.evaluate_every is None or job.judge is None:
        return 0.0
    samples = Samples(model, seed=0, latent_dim=config.latent_dim, latent=config.latent)
    quality = judged_by(job.judge, images)
    start = time.perf_counter()
    quality(*samples.judged())
    return time.perf_counter() - start
