"""``train(config, run_dir)``: the algorithm, from the first step to the saved generator."""

import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import tensorflow as tf

from acwgan import checkpoint, datasets, run_folder
from acwgan.build import build_loop, build_model, resolved
from acwgan.checkpoint import Position
from acwgan.config import Config, ConfigError
from acwgan.diary import Diary
from acwgan.hardware import grow_gpu_memory
from acwgan.judge import Judge, has_judge
from acwgan.pace import Pace, Progress
from acwgan.run_folder import Subject
from acwgan.samples import Samples, judged_by
from acwgan.schedule import SCHEDULES, plan
from acwgan.stop_signal import StopSignal
from acwgan.summaries import RunLog

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: datasets.Dataset | None = None,
    samples_dir: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Path:
    """Train a WGAN (Arjovsky et al. 2017, Algorithm 1) into a run folder.

    The first SIGINT or SIGTERM stops it at the next possible point, with a checkpoint; a second
    one at once, without. A resumed run computes what an undisturbed one would have, bit for bit
    on the same CPU.

    Args:
        config: What to train and how.
        run_dir: Gets config, checkpoints, events, samples, metrics and the generator.
        data: That of ``config.dataset``, where it is in memory already.
        samples_dir: For the pictures of samples, instead of ``samples`` in the run folder.
        resume: Go on from the newest checkpoint; see ``run_folder.check`` for what may differ.
        overwrite: Remove the run that is there first.
        report: Called with a ``Progress`` about once a second.

    Returns:
        The run folder.

    Raises:
        DataError: If the data cannot be read.
        JudgeError: If the judge does not read such images.
        RunFolderError: If the run folder cannot be used as asked.
        CheckpointError: If the newest checkpoint cannot be restored.
        ConfigError: If the run has made more steps than ``config.steps``.
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
    data = data or datasets.load(config.dataset)
    images, labels = datasets.training_arrays(data, config.include_test)
    subject = Subject(images.shape[1:], data.class_names, len(images))
    config = resolved(config, len(images))
    judge = _judge(config, subject)
    newest = checkpoint.latest(run_dir) if resume else None
    start = checkpoint.position(newest) if newest else Position(0, 0, 0, {})
    if start.generator_step > config.steps:
        fault = f"{config.steps} is not allowed; the run has made {start.generator_step} already"
        raise ConfigError({"steps": fault})
    run_dir = run_folder.prepare(run_dir, config, subject, resume=resume, overwrite=overwrite)

    model = build_model(config, subject.image_shape, len(subject.class_names))
    if newest:
        checkpoint.restore(model, newest)
    loop = build_loop(config, model, images, labels)
    # Images that the critic never sees.
    held_out = data.test_images if len(data.test_images) and not config.include_test else None
    samples = Samples(
        model,
        seed=config.seed,
        latent_dim=config.latent_dim,
        latent=config.latent,
        held_out=held_out,
    )
    schedule = SCHEDULES[config.schedule](config.n_critic)
    step, done, critic_steps, _, lowest = start
    log = RunLog(run_dir, start.logs, samples_dir)
    diary = Diary(
        log,
        model,
        samples,
        subject.class_names,
        sample_every=config.sample_every,
        steps=config.steps,
    )
    if not newest:
        diary.begin(asdict(config))
    quality_of = None
    pace = Pace(schedule, config.steps, step, critic_steps)
    every = (config.log_every, config.sample_every, config.checkpoint_every, config.evaluate_every)
    stops = [steps for steps in every if steps]
    work = 1

    def save(folder, keep):
        here = Position(step, done, critic_steps, log.sizes(), lowest)
        checkpoint.save(model, run_dir / folder, here, keep)

    with StopSignal() as stop:
        while step < config.steps and not stop.signum:
            # Critic and generator.
            until = min(config.steps, *((step // every + 1) * every for every in stops))
            rows = plan(schedule, step, done, until, work)
            began = time.perf_counter()
            results = loop(tf.constant(rows), tf.constant(step), tf.constant(critic_steps))
            metrics = {tag: float(value) for tag, value in results.items()}
            seconds = time.perf_counter() - began
            work = max(1, min(2 * work, int(work * _CALL_SECONDS / seconds)))
            for critics, generators in rows:
                critic_steps += critics
                done = 0 if generators else done + critics
                step += generators

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
            if judge and not done and step % config.evaluate_every == 0:
                quality_of = quality_of or judged_by(judge, images, subject.class_names)
                quality = quality_of(*samples.judged())
                log.quality(step, quality)
                if lowest is None or quality["quality/frechet_distance"] < lowest:
                    lowest = quality["quality/frechet_distance"]
                    save("best", keep=1)

            # Checkpoint.
            if not done and step % config.checkpoint_every == 0:
                save("checkpoints", config.keep_checkpoints)

        # At the end, or wherever a signal came; nothing to do where the loop just has.
        save("checkpoints", config.keep_checkpoints)

    diary.classes()
    log.close()
    if stop.signum == signal.SIGINT:
        raise KeyboardInterrupt
    if stop.signum:
        raise SystemExit(128 + stop.signum)
    best = checkpoint.restore_generator(checkpoint.best(run_dir), config, subject)
    best.save(run_dir / "generator.keras")
    return run_dir


def _judge(config, subject):
    """Who reads the samples of a run, or None."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    judge = Judge(config.judge)
    judge.check(subject.image_shape, len(subject.class_names) if config.conditional else None)
    return judge
