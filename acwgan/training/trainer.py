"""``train``: from a config to a run folder with a trained generator."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.board.events import RunLog
from acwgan.config import Config, ConfigError
from acwgan.datasets import loading
from acwgan.datasets.dataset import hold_out, padded_as_in_0_1
from acwgan.devices.cluster import cluster_of
from acwgan.devices.distribution import Distribution
from acwgan.devices.precision import grow_gpu_memory
from acwgan.evaluation.judge import Judge, has_judge
from acwgan.files.atomic import whole_file
from acwgan.runs import checkpoints, folder, weights
from acwgan.runs.lock import Lock
from acwgan.training.build import build_loop, build_model, resolved
from acwgan.training.callback_list import checked_callbacks
from acwgan.training.health import BadNumbersError
from acwgan.training.job import Attempt, Job, RunState, TrainingData
from acwgan.training.recovery import halved_rates, translated_errors
from acwgan.training.stop_signal import StopSignal, raise_for
from acwgan.training.training_loop import training_loop

if TYPE_CHECKING:
    import keras

    from acwgan.datasets.dataset import Dataset
    from acwgan.runs.checkpoints import Position
    from acwgan.runs.folder import DataSpec
    from acwgan.training.progress import Progress
    from acwgan.wgan.model import WGAN


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: Dataset | None = None,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    samples_dir: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    halve_rates: bool = False,
    report: Callable[[Progress], None] | None = None,
    devices: int = 1,
    workers: Sequence[str] | None = None,
    index: int | None = None,
) -> Path:
    """Train a WGAN (Arjovsky et al. 2017, Algorithm 1) into a run folder.

    The first SIGINT or SIGTERM stops the training at the next possible point, with a checkpoint;
    a second one stops it at once, without. A resumed run computes what an undisturbed one would,
    bit for bit on the same CPU. ``UserNotice`` warnings tell of problems that stop nothing.

    A callback gets the ``WGAN`` as ``model``. ``on_train_batch_end(step, logs)`` is called where
    the loop stops after a generator step, about once a second and at each row of metrics, which is
    then in ``logs``, and at all multiples of the callback's ``every``, if it has one; ``step`` is
    the number of generator steps made. There are no epochs: ``on_epoch_begin`` and
    ``on_epoch_end`` are not called. ``model.stop_training = True`` ends the training at this step,
    with a checkpoint. If a callback raises an exception, a checkpoint is saved first. Each worker
    calls its own callbacks; after going back to a checkpoint, they begin again with a new model.

    Args:
        config: Settings of the run.
        run_dir: Run folder for the config, checkpoints, events, samples, metrics and generator.
        data: Training data. Loaded from ``config.dataset`` if None.
        callbacks: Keras callbacks, called after the package's own.
        samples_dir: Folder for the sample pictures; ``samples`` in the run folder if None.
        resume: Continue from the newest checkpoint that can be used, or from the beginning if the
            run has none. ``config`` must be that of the run, except for its length if the learning
            rates do not decay.
        overwrite: Remove the run that is in the folder first.
        halve_rates: If a number is not finite, go back to the last checkpoint and continue with
            half the learning rates, instead of stopping.
        report: Called with a ``Progress`` about once a second.
        devices: Number of devices of this machine, among which each batch is split.
        workers: ``host:port`` of each process that trains together, the chief first; from
            ``TF_CONFIG``, if it is set, if None. All must see the same run folder.
        index: Index of this process in ``workers``.

    Returns:
        The run folder.

    Raises:
        DataError: If the data cannot be read.
        JudgeError: If the judge does not read such images.
        RunFolderError: If the run folder cannot be used as asked, or cannot be written to.
        LockError: If another training writes into the folder, or the folder is removed.
        CheckpointError: If the run has checkpoints and none can be restored.
        ConfigError: If the run has made more steps than ``config.steps``.
        ParameterError: If a callback is not a Keras callback.
        BadNumbersError: If a loss, a gradient or a weight is not finite.
        UserError: If there are no such devices or workers, or a batch cannot be split.
        WorkerLostError: If another worker is gone.
        KeyboardInterrupt: For SIGINT, after the checkpoint.
        SystemExit: For SIGTERM, with 143, after the checkpoint.

    Example:
        >>> import tempfile
        >>> config = Config(steps=1, schedule="constant", n_critic=1, batch_size=2)
        >>> run_dir = train(config, tempfile.mkdtemp())
        >>> (run_dir / "generator.keras").exists()
        True
    """
    grow_gpu_memory()
    users_callbacks = checked_callbacks(callbacks)
    with Distribution(devices, cluster_of(workers, index, os.environ)) as distribution:
        chief = distribution.chief
        if resume:
            config = folder.with_its_networks(run_dir, config)
        data = data or loading.load(config.dataset)
        if config.networks_version == 1:
            data = padded_as_in_0_1(data)
        training_data = TrainingData.of(hold_out(data, config.hold_out), config.include_test)
        config = resolved(config, len(training_data.images))
        distribution.check(
            config.batch_size, config.gp_every if config.gp_weight else 1, config.xla
        )
        job = Job(
            config=config,
            data=training_data,
            run_dir=Path(run_dir),
            folder=distribution.output_dir(run_dir),
            distribution=distribution,
            judge=_judge(config, training_data.spec) if chief else None,
            samples_dir=samples_dir if chief else None,
            report=report if chief else None,
            callbacks=users_callbacks,
        )
        if chief:
            folder.check(run_dir, config, training_data.spec, resume=resume, overwrite=overwrite)
        with StopSignal() as stop, Lock(job.folder) as lock:
            attempt = _begin(job, resume)
            _prepare_folder(job, resume, overwrite)
            stopped_by = _train(job, attempt, stop, lock, halve_rates)
        raise_for(stopped_by)
        if chief:
            _save_best_generator(job.run_dir)
    return job.run_dir


def _judge(config: Config, data_spec: DataSpec) -> Judge | None:
    """The judge of a run, if it has one, after a check that it reads such images."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    judge = Judge(config.judge)
    judge.check(data_spec.image_shape, data_spec.num_classes(config.conditional))
    return judge


def _begin(job: Job, resume: bool, rates: float = 1.0) -> Attempt:
    """The model and its loop, new or as at the newest checkpoint, on all workers alike."""
    config, data, distribution = job.config, job.data, job.distribution
    with distribution.strategy.scope():
        model = build_model(config, data.spec.image_shape, len(data.spec.class_names))
        start = _restored(job, model) if resume else None
        loop = build_loop(config, model, data.images, data.labels)
    if start and start.generator_step > job.steps:
        fault = f"must be {start.generator_step} or more, the steps that the run has made"
        raise ConfigError({"steps": f"{fault}, got {job.steps}"})
    distribution.check_same(
        settings=config,
        data=(data.spec, zlib.crc32(data.labels.tobytes())),
        checkpoint=start and (*start[:3], start.rates),
    )
    state = RunState.at(start, rates)
    model.rates = state.rates
    return Attempt(model, loop, state, start)


def _restored(job: Job, model: WGAN) -> Position | None:
    """Restore the newest checkpoint that can be used; its position, or None if there is none."""
    if job.distribution.chief:
        start = checkpoints.from_newest(job.run_dir, partial(weights.restore, model))
    job.distribution.wait()  # Until the chief has cleared away what cannot be used.
    if not job.distribution.chief:
        newest = checkpoints.latest(job.run_dir)
        if newest:
            weights.restore(model, newest)
        start = checkpoints.position(newest) if newest else None
    return start


def _prepare_folder(job: Job, resume: bool, overwrite: bool) -> None:
    if not job.distribution.chief:
        resume, overwrite = False, True  # Scratch.
    folder.prepare(job.folder, job.config, job.data.spec, resume=resume, overwrite=overwrite)


def _train(
    job: Job, attempt: Attempt, stop: StopSignal, lock: Lock, halve_rates: bool
) -> int | None:
    """Attempt by attempt to the end, or to a signal: that signal, or None."""
    while True:
        logs = attempt.start.logs if attempt.start and job.distribution.chief else {}
        try:
            with (
                translated_errors(job.run_dir, job.distribution, lock),
                contextlib.closing(RunLog(job.folder, logs, job.samples_dir)) as log,
            ):
                return training_loop(job, attempt, log, stop, lock)
        except BadNumbersError as error:
            rates = halved_rates(
                job.run_dir, error, attempt.state.rates, job.distribution, halve_rates
            )
        attempt = _begin(job, True, rates)


def _save_best_generator(run_dir: Path) -> None:
    """Write ``generator.keras``, the generator of the best checkpoint."""
    _, _, generator = weights.best_networks(run_dir, weights.restore_generator)
    with whole_file(run_dir / "generator.keras") as path:
        generator.save(path)
