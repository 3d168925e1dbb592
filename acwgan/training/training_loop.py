"""The training loop, line 1 of Algorithm 1 of Arjovsky et al. 2017.

It calls the compiled loop until the last step. Lines 2 and 8 are in ``wgan.loop``, lines 3 to 7 in
``WGAN.update_critic``, lines 9 to 11 in ``WGAN.update_generator``.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING

import tensorflow as tf

from acwgan.networks.calls import normalizes_batches
from acwgan.training.augmentation import AdaptiveAugmentation
from acwgan.training.callback_list import CallbackList
from acwgan.training.callbacks import (
    BestCheckpoint,
    BoardPages,
    Checkpoints,
    FiniteWeights,
    HealthWarnings,
    MetricsLogger,
    Quality,
    SamplePictures,
)
from acwgan.training.health import HealthCheck, check_metrics
from acwgan.training.previews import Samples
from acwgan.training.progress import ProgressMeter, ProgressReport
from acwgan.training.stop_signal import BY_CALLBACK, StopSignal
from acwgan.wgan.schedule import plan

if TYPE_CHECKING:
    import keras

    from acwgan.board.events import RunLog
    from acwgan.runs.lock import Lock
    from acwgan.training.job import Attempt, Job

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0


def training_loop(
    job: Job, attempt: Attempt, log: RunLog, stop: StopSignal, lock: Lock
) -> int | None:
    """Train until the last step, a signal, or ``model.stop_training``.

    Args:
        job: What to train.
        attempt: The model, and where the run stands.
        log: The log files of the run.
        stop: Notes a signal.
        lock: The lock of the run folder.

    Returns:
        The signal that stopped the training on any worker, or None.

    Raises:
        BadNumbersError: If a loss, a gradient or a weight is not finite.
        CallbackError: If a user's callback fails.
        LockError: If the run folder is gone.
    """
    config, model, state = job.config, attempt.model, attempt.state
    schedule = config.critic_updates
    meter = ProgressMeter(schedule, job.steps, state)
    progress = ProgressReport(job.report, meter, config.log_every, job.setup)
    callbacks = _callbacks(job, attempt, log, meter, progress)
    work, seconds, stopped_by = 1, _CALL_SECONDS, None
    callbacks.on_train_begin(model, job.steps)

    while state.generator_step < job.steps:
        # Stop: all workers together.
        wish = stop.signum or (BY_CALLBACK if model.stop_training else None)
        seconds, stopped_by = job.distribution.combine(seconds, wish)
        if stopped_by:
            break

        # Critic and generator: one call of the compiled loop, about a second, makes several
        # generator steps with the critic steps before each, or a part of a burst.
        work = max(1, min(2 * work, int(work * _CALL_SECONDS / seconds)))
        until = callbacks.next_stop(state.generator_step, job.steps)
        rows = plan(schedule, state.generator_step, state.done, until, work)
        callbacks.on_train_batch_begin(state.generator_step)
        began = time.perf_counter()
        results = attempt.loop(
            tf.constant(rows), tf.constant(state.generator_step), tf.constant(state.critic_steps)
        )
        logs = {tag: float(value) for tag, value in results.items()}
        seconds = time.perf_counter() - began
        state.advance(rows)
        check_metrics(model, logs, rows)
        lock.check()

        # Summaries, quality, checkpoint: the callbacks. Before the generator step is made,
        # progress alone.
        if state.done:
            progress.show()
        else:
            callbacks.on_train_batch_end(state.generator_step, logs)

    callbacks.on_train_end()  # Saves a checkpoint, also after a signal.
    return None if stopped_by == BY_CALLBACK else stopped_by


def _callbacks(
    job: Job, attempt: Attempt, log: RunLog, meter: ProgressMeter, progress: ProgressReport
) -> CallbackList:
    """The callbacks of a run in the order in which they act at a step."""
    config, data, model = job.config, job.data, attempt.model
    row_names = data.spec.class_names if model.conditional else None
    # In inference a critic with batch normalization scores by moving statistics of real and fake
    # images together: not comparable. Runs of acwgan 0.1 have the column, and keep it.
    comparable = config.is_of_0_1 or not normalizes_batches(model.critic)
    samples = Samples(
        model,
        seed=config.seed,
        latent_dim=config.latent_dim,
        latent=config.latent,
        held_out=data.held_out if comparable else None,
    )
    health = HealthCheck(log.run_dir)
    checkpoints = Checkpoints(
        log, config.checkpoint_every, config.keep_checkpoints, state=attempt.state
    )
    own: list[keras.callbacks.Callback] = []

    # Augmentation.
    if config.augmentation == "adaptive":
        own.append(
            AdaptiveAugmentation(
                data, seed=config.seed, latent_dim=config.latent_dim, latent=config.latent
            )
        )

    # Summaries.
    own += [
        MetricsLogger(log, config.log_every, samples=samples, meter=meter),
        HealthWarnings(log, config.log_every, look=health.row),
        SamplePictures(
            log, config.sample_every, class_names=row_names, samples=samples, steps=job.steps
        ),
        progress,
    ]

    # Quality.
    if config.evaluate_every:
        # On all workers, which stop together: only the chief has a judge.
        own.append(FiniteWeights(config.evaluate_every))
    if config.evaluate_every and job.judge:
        own += [
            Quality(
                log,
                config.evaluate_every,
                images=data.images,
                judge=job.judge,
                class_names=data.spec.class_names,
                samples=samples,
            ),
            HealthWarnings(log, config.evaluate_every, look=health.quality),
            BestCheckpoint(checkpoints, config.evaluate_every),
        ]

    # Checkpoint.
    own.append(checkpoints)

    # Pages: the class embeddings at the end.
    new = attempt.start is None or not attempt.start.logs
    own.append(BoardPages(log, asdict(config), row_names, new=new))
    epoch_steps = ceil(len(data.images) / config.batch_size)
    return CallbackList(own, job.callbacks, checkpoints, epoch_steps)
