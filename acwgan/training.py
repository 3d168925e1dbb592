"""``train(config, run_dir)``: the algorithm, from the first step to the saved generator."""

import contextlib
import os
import signal
import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import tensorflow as tf

from acwgan import checkpoint, checkpoint_folder, datasets, run_folder
from acwgan.build import build_loop, build_model, resolved
from acwgan.checkpoint_folder import Position
from acwgan.cluster import cluster_of
from acwgan.config import Config, ConfigError
from acwgan.devices import Team
from acwgan.diary import Diary
from acwgan.errors import UserNotice
from acwgan.files import whole_file
from acwgan.hardware import grow_gpu_memory
from acwgan.judge import Judge, has_judge
from acwgan.lock import Lock
from acwgan.pace import Pace, Progress
from acwgan.run_folder import RunFolderError, Subject
from acwgan.samples import Samples, judged_by
from acwgan.schedule import SCHEDULES, plan
from acwgan.stop_signal import StopSignal
from acwgan.summaries import RunLog
from acwgan.watch import BadNumbersError, check_metrics, check_state

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0
#: Factor on the learning rates with which a run goes back to a checkpoint for the last time.
_LEAST_RATES = 2**-10


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: datasets.Dataset | None = None,
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
    with Team(devices, cluster_of(workers, index, os.environ)) as team:
        data = data or datasets.load(config.dataset)
        images, labels = datasets.training_arrays(data, config.include_test)
        subject = Subject(images.shape[1:], data.class_names, len(images))
        config = resolved(config, len(images))
        team.check(config.batch_size, config.gp_every if config.gp_weight else 1, config.xla)
        judge = _judge(config, subject) if team.chief else None
        run_dir, folder, rates = Path(run_dir), team.folder(run_dir), 1.0
        if team.chief:
            run_folder.check(run_dir, config, subject, resume=resume, overwrite=overwrite)
        else:
            samples_dir = report = None
        with StopSignal() as stop, Lock(folder) as lock:
            while True:
                with team.strategy.scope():
                    model = build_model(config, subject.image_shape, len(subject.class_names))
                    start = _restored(team, model, run_dir) if resume else None
                    loop = build_loop(config, model, images, labels)
                if start and start.generator_step > config.steps:
                    fault = f"is not allowed; the run has made {start.generator_step} already"
                    raise ConfigError({"steps": f"{config.steps} {fault}"})
                team.check_same(
                    settings=config,
                    data=(subject, zlib.crc32(labels)),
                    checkpoint=start and (*start[:3], start.rates),
                )
                rates = model.rates = min(rates, start.rates) if start else rates
                again = {"resume": resume, "overwrite": overwrite}
                if not team.chief:  # Its folder is nobody's run.
                    again = {"resume": False, "overwrite": True}
                run_folder.prepare(folder, config, subject, **again)
                try:
                    logs = start.logs if start and team.chief else {}
                    with contextlib.closing(RunLog(folder, logs, samples_dir)) as log:
                        work = (model, loop, start, log, data, judge)
                        stopped_by = _updates(config, *work, team, stop, lock, report)
                    break
                except BadNumbersError as error:
                    team.linger()
                    resume, overwrite, rates = True, False, rates / 2
                    last = checkpoint_folder.latest(run_dir)
                    if not (halve_rates and last) or rates < _LEAST_RATES:
                        raise BadNumbersError(_told(run_dir, error, " --halve-rates")) from error
                    what = f"{error}; on from {last.name} with {rates:g} of the learning rates."
                    warnings.warn(UserNotice(what), stacklevel=2)
                except (OSError, tf.errors.OpError) as error:
                    if team.lost(error):
                        raise
                    lock.check()  # What else, if the folder is gone.
                    raise RunFolderError(_told(run_dir, _reason(error))) from error
        if stopped_by == signal.SIGINT:
            raise KeyboardInterrupt
        if stopped_by:
            raise SystemExit(128 + stopped_by)
        if team.chief:
            _, _, best = checkpoint.best_networks(run_dir, checkpoint.restore_generator)
            with whole_file(run_dir / "generator.keras") as path:
                best.save(path)
    return run_dir


def _restored(team, model, run_dir):
    """Where the newest checkpoint that can be used stood, or None; the model is as it was there."""
    if team.chief:
        start = checkpoint_folder.from_newest(run_dir, partial(checkpoint.restore, model))
    team.wait()  # Until the chief has cleared away what cannot be used.
    if not team.chief:
        newest = checkpoint_folder.latest(run_dir)
        if newest:
            checkpoint.restore(model, newest)
        start = checkpoint_folder.position(newest) if newest else None
    return start


def _updates(config, model, loop, start, log, data, judge, team, stop, lock, report):
    """From where the run stands to its end, or to a signal: that signal, or None."""
    images, _ = datasets.training_arrays(data, config.include_test)
    # Images that the critic never sees.
    held_out = data.test_images if len(data.test_images) and not config.include_test else None
    samples = Samples(
        model,
        seed=config.seed,
        latent_dim=config.latent_dim,
        latent=config.latent,
        held_out=held_out,
    )
    diary = Diary(
        log,
        model,
        samples,
        data.class_names,
        sample_every=config.sample_every,
        steps=config.steps,
    )
    if start is None:
        diary.begin(asdict(config))
        start = Position(0, 0, 0, {})
    schedule = SCHEDULES[config.schedule](config.n_critic)
    step, done, critic_steps, _, lowest, *_ = start
    quality_of = None
    pace = Pace(schedule, config.steps, step, critic_steps)
    every = (config.log_every, config.sample_every, config.checkpoint_every, config.evaluate_every)
    stops = [steps for steps in every if steps]
    work, seconds, stopped_by = 1, _CALL_SECONDS, None

    def save(folder, keep):
        check_state(model)
        here = Position(step, done, critic_steps, log.sizes(), lowest, model.rates)
        checkpoint.save(model, log.run_dir / folder, here, keep)

    while step < config.steps:
        seconds, stopped_by = team.agree(seconds, stop.signum)
        if stopped_by:
            break

        # Critic and generator.
        work = max(1, min(2 * work, int(work * _CALL_SECONDS / seconds)))
        until = min(config.steps, *((step // every + 1) * every for every in stops))
        rows = plan(schedule, step, done, until, work)
        began = time.perf_counter()
        results = loop(tf.constant(rows), tf.constant(step), tf.constant(critic_steps))
        metrics = {tag: float(value) for tag, value in results.items()}
        seconds = time.perf_counter() - began
        for critics, generators in rows:
            critic_steps += critics
            done = 0 if generators else done + critics
            step += generators
        check_metrics(model, metrics, rows)
        lock.check()

        # Summaries.
        pace.update(step, critic_steps)
        row = None
        if not done and step % config.log_every == 0:
            row = diary.row(step, metrics, pace.speed())
        if not done and step % config.sample_every == 0:
            diary.pictures(step)
        if report:
            report(pace.progress(row))

        # Quality.
        due = config.evaluate_every and not done and step % config.evaluate_every == 0
        if due:
            check_state(model)  # By all workers, who stop together: only the chief has a judge.
        if judge and due:
            quality_of = quality_of or judged_by(judge, images, data.class_names)
            quality = quality_of(*samples.judged())
            diary.quality(step, quality)
            if lowest is None or quality["quality/frechet_distance"] < lowest:
                lowest = quality["quality/frechet_distance"]
                save("best", keep=1)

        # Checkpoint.
        if not done and step % config.checkpoint_every == 0:
            save("checkpoints", config.keep_checkpoints)

    # At the end, or wherever a signal came; nothing to do where the loop just has.
    save("checkpoints", config.keep_checkpoints)
    diary.classes()
    return stopped_by


def _told(run_dir, fault, option=""):
    """A fault, and how to go on from what is saved."""
    last = checkpoint_folder.latest(run_dir)
    if last is None:
        return f"{run_dir}: {fault}; there is no checkpoint yet, begin again with --overwrite."
    go_on = f"acwgan train --resume --run-dir {run_dir}{option}"
    return f"{run_dir}: {fault}; the last good checkpoint is {last.name}, go on with: {go_on}"


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be written ({error.strerror})"
    return str(error).splitlines()[0]


def _judge(config, subject):
    """Who reads the samples of a run, or None."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    judge = Judge(config.judge)
    judge.check(subject.image_shape, subject.num_classes(config.conditional))
    return judge
