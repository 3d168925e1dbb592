"""The start of an attempt at a training: a new model, or one that is restored."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from acwgan.config import Config, ConfigError
from acwgan.errors import UserNotice
from acwgan.runs import checkpoints, weights
from acwgan.training import run_folder
from acwgan.training.build import build_loop, build_model
from acwgan.training.initial_weights import start_from
from acwgan.training.job import Attempt, Job, RunState

if TYPE_CHECKING:
    from acwgan.runs.checkpoints import Position
    from acwgan.wgan.model import WGAN


def begin(job: Job, resume: bool, rates: float = 1.0) -> Attempt:
    """Make the model and its loop, new or as at the newest checkpoint, on all workers alike.

    Args:
        job: What to train.
        resume: Whether to restore the newest checkpoint that can be used, if there is one.
        rates: Upper bound for the factor on the learning rates.

    Returns:
        The attempt.

    Raises:
        CheckpointError: If there are checkpoints, and none can be restored.
        RunFolderError: If the checkpoints of the run are missing.
        ConfigError: If the run has made more steps than it shall have.
        ParameterError: If nothing fits of the run that this one starts from, or the schedule gives
            something else than numbers of critic updates.
        UserError: If the workers differ in settings, data or checkpoint.
    """
    config, data, distribution = job.config, job.data, job.distribution
    with distribution.strategy.scope():
        model = build_model(config, data.spec.image_shape, len(data.spec.class_names), job.networks)
        start = _restored(job, model) if resume else None
        if start and start.generator_step > job.steps:
            fault = f"must be {start.generator_step} or more, the steps that the run has made"
            raise ConfigError({"steps": f"{fault}, got {job.steps}"})
        if job.saved:
            config = _lengthened(config, job.saved, model, start)
        loop = build_loop(config, model, data.images, data.labels)
    _check_schedule(config, start.generator_step if start else 0)
    if start is None and config.init:
        start_from(model, config.init)
    distribution.check_same(
        settings=config,
        data=data.spec,
        networks=job.networks and _initial_sum(model) if start is None else None,
        checkpoint=start and (*start[:3], start.rates),
    )
    state = RunState.at(start, rates)
    model.rates = state.rates
    return Attempt(model, loop, state, start, config)


def _check_schedule(config: Config, first: int) -> None:
    """Ask a schedule of a program's own for all steps, before anything is written."""
    schedule = config.critic_updates
    for step in range(first, config.steps or 0):
        schedule(step)


def _initial_sum(model: WGAN) -> list[float]:
    """A number for each network that tells its initial weights from others, on all workers."""
    networks = (model.generator, model.critic)
    return [sum(float(np.asarray(w).sum()) for w in network.weights) for network in networks]


def _lengthened(config: Config, saved: Config, model: WGAN, start: Position | None) -> Config:
    """The config of a resumed run, which says what lengths the run had before."""
    step = start.generator_step if start else 0
    config = config.lengthened(saved, step)
    model.rules = replace(model.rules, earlier_lengths=config.earlier_lengths)
    if config.decay and step and config.steps and config.steps != saved.steps:
        share = max(0.0, 1 - step / config.steps)
        rates = f"are those of a run of {config.steps} steps: {share:.0%} of the first ones"
        note = f"From step {step} on, the learning rates {rates}, falling to 0."
        warnings.warn(UserNotice(note), stacklevel=4)
    return config


def _restored(job: Job, model: WGAN) -> Position | None:
    """Restore the newest checkpoint that can be used; its position, or None if there is none."""
    if job.distribution.chief:
        start = checkpoints.from_newest(job.run_dir, partial(weights.restore, model))
        if start is None:
            run_folder.check_not_lost(job.run_dir, job.config.checkpoint_every)
    job.distribution.wait()  # Until the chief has cleared away what cannot be used.
    if not job.distribution.chief:
        newest = checkpoints.latest(job.run_dir)
        if newest:
            weights.restore(model, newest)
        start = checkpoints.position(newest) if newest else None
    return start
