"""``train(config, run_dir)``: the algorithm, from the first step to the saved generator."""

import math
import os
import signal
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from acwgan import checkpoint, datasets, run_folder
from acwgan.checkpoint import Position
from acwgan.cluster import cluster_of
from acwgan.config import Config, ConfigError
from acwgan.devices import Team
from acwgan.diary import Diary
from acwgan.hardware import grow_gpu_memory, resolve_precision
from acwgan.judge import Judge, has_judge
from acwgan.loop import compiled_loop
from acwgan.model import WGAN
from acwgan.networks import NETWORKS
from acwgan.pace import Pace, Progress
from acwgan.run_folder import Subject
from acwgan.samples import Samples, judged_by
from acwgan.schedule import SCHEDULES, plan
from acwgan.stop_signal import StopSignal
from acwgan.summaries import RunLog

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0


def build_model(config: Config, image_shape=(28, 28, 1), num_classes=10) -> WGAN:
    """The networks and optimizers of a config, with fresh weights that follow from its seed.

    Args:
        config: The run's config, its length in steps.
        image_shape: ``(H, W, C)``.
        num_classes: K; not used where the config has no classes.

    Returns:
        The model.
    """
    dtype = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[
        resolve_precision(config.precision)
    ]
    num_classes = num_classes if config.conditional else None
    networks = NETWORKS[config.networks]
    shape_of_generator = (config.latent_dim, image_shape, num_classes, config.seed)
    average = None
    if config.ema_decay is not None:
        average = networks.generator(*shape_of_generator)
    return WGAN(
        networks.generator(*shape_of_generator, dtype),
        networks.critic(image_shape, num_classes, config.seed + 1, dtype),
        average,
        _optimizer(config.optimizer, config.generator_learning_rate),
        _optimizer(config.optimizer, config.critic_learning_rate),
        ema_decay=config.ema_decay,
        clip_value=config.clip_value,
        clip_before_update=config.clip_before_update,
        gp_weight=config.gp_weight,
        gp_every=config.gp_every,
        critic_class_weight=config.critic_class_weight,
        generator_class_weight=config.generator_class_weight,
        class_loss_on_fakes=config.class_loss_on_fakes,
        joint_update=config.joint_update,
        decay_steps=config.steps if config.decay else None,
    )


def build_loop(config: Config, model: WGAN, images: np.ndarray, labels: np.ndarray):
    """The compiled loop of a config; see ``loop.compiled_loop``.

    Args:
        config: The run's config.
        model: From ``build_model``.
        images: ``(N, H, W, C)`` uint8.
        labels: ``(N,)`` int32, 0..K-1.

    Returns:
        ``run(plan, generator_step, critic_step)``.
    """
    return compiled_loop(
        model,
        images,
        labels,
        seed=config.seed,
        batch_size=config.batch_size,
        latent_dim=config.latent_dim,
        num_classes=int(labels.max()) + 1 if config.conditional else None,
        labels_of_data=config.labels_of_data,
        latent=config.latent,
        xla=config.xla,
    )


def _optimizer(name, learning_rate):
    if name == "rmsprop":
        return keras.optimizers.RMSprop(learning_rate)
    # Low momentum, since the critic's loss moves under the generator (Gulrajani et al. 2017).
    return keras.optimizers.Adam(learning_rate, beta_1=0.5, beta_2=0.9)


def resolved(config: Config, num_images: int) -> Config:
    """A config with nothing left open: its precision, and its length in generator updates.

    An epoch has a generator update for each batch of the data, the last one filled up from the
    next epoch: ``ceil(N / B)``. The critic sees the data ``n_critic`` times as often.

    Args:
        config: Of a run.
        num_images: N.

    Returns:
        The config that the run is saved with.

    Example:
        >>> resolved(Config(steps=None, epochs=2, batch_size=64), 60_000).steps
        1876
    """
    precision = resolve_precision(config.precision)
    if config.epochs is None:
        return replace(config, precision=precision)
    steps = math.ceil(config.epochs * math.ceil(num_images / config.batch_size))
    return replace(config, precision=precision, steps=steps, epochs=None)


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: datasets.Dataset | None = None,
    samples_dir: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[Progress], None] | None = None,
    devices: int = 1,
    workers: Sequence[str] | None = None,
    index: int | None = None,
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
        devices: Of this machine, among which each batch is split.
        workers: ``host:port`` of each process that trains it together, the chief first; those of
            ``TF_CONFIG``, if any, where None. The run folder is one that all see.
        index: The number of this process among them.

    Returns:
        The run folder.

    Raises:
        DataError: If the data cannot be read.
        JudgeError: If the judge does not read such images.
        RunFolderError: If the run folder cannot be used as asked.
        CheckpointError: If the newest checkpoint cannot be restored.
        ConfigError: If the run has made more steps than ``config.steps``.
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
        return _train(
            team,
            config,
            Path(run_dir),
            data or datasets.load(config.dataset),
            samples_dir if team.chief else None,
            resume,
            overwrite,
            report if team.chief else None,
        )


def _train(team, config, run_dir, data, samples_dir, resume, overwrite, report):
    images, labels = datasets.training_arrays(data, config.include_test)
    subject = Subject(images.shape[1:], data.class_names, len(images))
    config = resolved(config, len(images))
    team.check(config.batch_size, config.gp_every if config.gp_weight else 1, config.xla)
    judge = _judge(config, subject) if team.chief else None
    newest = checkpoint.latest(run_dir) if resume else None
    start = checkpoint.position(newest) if newest else Position(0, 0, 0, {})
    if start.generator_step > config.steps:
        fault = f"{config.steps} is not allowed; the run has made {start.generator_step} already"
        raise ConfigError({"steps": fault})
    team.check_same(settings=config, data=(subject, zlib.crc32(labels)), checkpoint=start)
    given, run_dir = run_dir, team.folder(run_dir)
    resume, overwrite = resume and team.chief, overwrite and team.chief
    run_folder.prepare(run_dir, config, subject, resume=resume, overwrite=overwrite)

    with team.strategy.scope():
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
    work, stopped_by = 1, None

    def save(folder, keep):
        here = Position(step, done, critic_steps, log.sizes(), lowest)
        checkpoint.save(model, run_dir / folder, here, keep)

    with StopSignal() as stop:
        while step < config.steps and not stopped_by:
            # Critic and generator.
            until = min(config.steps, *((step // every + 1) * every for every in stops))
            rows = plan(schedule, step, done, until, work)
            began = time.perf_counter()
            results = loop(tf.constant(rows), tf.constant(step), tf.constant(critic_steps))
            metrics = {tag: float(value) for tag, value in results.items()}
            seconds, stopped_by = team.agree(time.perf_counter() - began, stop.signum)
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
    if stopped_by == signal.SIGINT:
        raise KeyboardInterrupt
    if stopped_by:
        raise SystemExit(128 + stopped_by)
    best = checkpoint.restore_generator(checkpoint.best(run_dir), config, subject)
    best.save(run_dir / "generator.keras")
    return given


def _judge(config, subject):
    """Who reads the samples of a run, or None."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    judge = Judge(config.judge)
    judge.check(subject.image_shape, len(subject.class_names) if config.conditional else None)
    return judge
