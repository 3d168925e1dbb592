"""``train(config, run_dir)``: the algorithm, from the first step to the saved generator."""

import contextlib
import os
import signal
import warnings
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import tensorflow as tf

from acwgan.board.events import RunLog
from acwgan.config import Config, ConfigError
from acwgan.datasets import dataset, loading
from acwgan.devices.cluster import cluster_of
from acwgan.devices.distribution import Distribution
from acwgan.devices.precision import grow_gpu_memory
from acwgan.errors import UserNotice
from acwgan.evaluation.judge import Judge, has_judge
from acwgan.files.atomic import whole_file
from acwgan.runs import checkpoints, weights
from acwgan.runs import folder as run_folder
from acwgan.runs.folder import DataSpec, RunFolderError
from acwgan.runs.lock import Lock
from acwgan.training.build import build_loop, build_model, resolved
from acwgan.training.health import BadNumbersError
from acwgan.training.progress import Progress
from acwgan.training.recovery import LEAST_RATES, explained, reason
from acwgan.training.steps import run_steps
from acwgan.training.stop_signal import StopSignal


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: dataset.Dataset | None = None,
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

    The first SIGINT or SIGTERM stops it at the next possible point, with a checkpoint; a second
    one at once, without. A resumed run computes what an undisturbed one would have, bit for bit
    on the same CPU. What a user should know and stops nothing is a ``UserNotice``, a warning.

    Args:
        config: What to train and how.
        run_dir: Gets config, checkpoints, events, samples, metrics and the generator.
        data: That of ``config.dataset``, where it is in memory already.
        samples_dir: For the pictures of samples, instead of ``samples`` in the run folder.
        resume: Go on from the newest checkpoint; see ``run_folder.check`` for what may differ.
        overwrite: Remove the run that is there first.
        halve_rates: Where numbers go bad, go on from the last checkpoint with half the learning
            rates, instead of stopping.
        report: Called with a ``Progress`` about once a second.
        devices: Of this machine, among which each batch is split.
        workers: ``host:port`` of each process that trains it together, the chief first; those of
            ``TF_CONFIG``, if any, where None. The run folder is one that all see.
        index: The number of this process among them.

    Returns:
        The run folder.

    Raises:
        DataError: If the data cannot be read.
        JudgeError: If the judge does not read such images.
        RunFolderError: If the run folder cannot be used as asked, or no longer be written to.
        LockError: If another training writes into it, or it is removed under way.
        CheckpointError: If it has checkpoints and none can be restored.
        ConfigError: If the run has made more steps than ``config.steps``.
        BadNumbersError: If a loss or a weight is not finite.
        UserError: If there are no such devices or workers, or a batch cannot be split.
        WorkerLostError: If another worker is gone.
        KeyboardInterrupt: After the checkpoint that Ctrl-C asks for.
        SystemExit: With 143, after the checkpoint that SIGTERM asks for.

    Example:
        >>> import tempfile
        >>> config = Config(steps=1, schedule="constant", n_critic=1, batch_size=2)
        >>> run_dir = train(config, tempfile.mkdtemp())
        >>> (run_dir / "generator.keras").exists()
        True
    """
    grow_gpu_memory()
    with Distribution(devices, cluster_of(workers, index, os.environ)) as distribution:
        data = data or loading.load(config.dataset)
        images, labels = dataset.training_arrays(data, config.include_test)
        data_spec = DataSpec(images.shape[1:], data.class_names, len(images))
        config = resolved(config, len(images))
        distribution.check(
            config.batch_size, config.gp_every if config.gp_weight else 1, config.xla
        )
        judge = _judge(config, data_spec) if distribution.chief else None
        run_dir, folder, rates = Path(run_dir), distribution.output_dir(run_dir), 1.0
        if distribution.chief:
            run_folder.check(run_dir, config, data_spec, resume=resume, overwrite=overwrite)
        else:
            samples_dir = report = None
        with StopSignal() as stop, Lock(folder) as lock:
            while True:
                with distribution.strategy.scope():
                    model = build_model(config, data_spec.image_shape, len(data_spec.class_names))
                    start = _restored(distribution, model, run_dir) if resume else None
                    loop = build_loop(config, model, images, labels)
                if start and start.generator_step > config.steps:
                    fault = f"is not allowed; the run has made {start.generator_step} already"
                    raise ConfigError({"steps": f"{config.steps} {fault}"})
                distribution.check_same(
                    settings=config,
                    data=(data_spec, zlib.crc32(labels)),
                    checkpoint=start and (*start[:3], start.rates),
                )
                rates = model.rates = min(rates, start.rates) if start else rates
                again = {"resume": resume, "overwrite": overwrite}
                if not distribution.chief:  # Its folder is nobody's run.
                    again = {"resume": False, "overwrite": True}
                run_folder.prepare(folder, config, data_spec, **again)
                try:
                    logs = start.logs if start and distribution.chief else {}
                    with contextlib.closing(RunLog(folder, logs, samples_dir)) as log:
                        work = (model, loop, start, log, data, judge)
                        stopped_by = run_steps(config, *work, distribution, stop, lock, report)
                    break
                except BadNumbersError as error:
                    distribution.wait_unless_lost()
                    resume, overwrite, rates = True, False, rates / 2
                    last = checkpoints.latest(run_dir)
                    if not (halve_rates and last) or rates < LEAST_RATES:
                        raise BadNumbersError(
                            explained(run_dir, error, " --halve-rates")
                        ) from error
                    what = f"{error}; on from {last.name} with {rates:g} of the learning rates."
                    warnings.warn(UserNotice(what), stacklevel=2)
                except (OSError, tf.errors.OpError) as error:
                    if distribution.is_lost_worker(error):
                        raise
                    lock.check()  # What else, if the folder is gone.
                    raise RunFolderError(explained(run_dir, reason(error))) from error
        if stopped_by == signal.SIGINT:
            raise KeyboardInterrupt
        if stopped_by:
            raise SystemExit(128 + stopped_by)
        if distribution.chief:
            _, _, best = weights.best_networks(run_dir, weights.restore_generator)
            with whole_file(run_dir / "generator.keras") as path:
                best.save(path)
    return run_dir


def _restored(distribution, model, run_dir):
    """Where the newest checkpoint that can be used stood, or None; the model is as it was there."""
    if distribution.chief:
        start = checkpoints.from_newest(run_dir, partial(weights.restore, model))
    distribution.wait()  # Until the chief has cleared away what cannot be used.
    if not distribution.chief:
        newest = checkpoints.latest(run_dir)
        if newest:
            weights.restore(model, newest)
        start = checkpoints.position(newest) if newest else None
    return start


def _judge(config, data_spec):
    """Who reads the samples of a run, or None."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    judge = Judge(config.judge)
    judge.check(data_spec.image_shape, data_spec.num_classes(config.conditional))
    return judge
