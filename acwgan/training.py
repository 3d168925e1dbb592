"""``train(config, run_dir)``: the algorithm, from the first step to the saved generator."""

import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from acwgan import checkpoint, draws, run_folder
from acwgan.checkpoint import Position
from acwgan.config import Config, ConfigError
from acwgan.datasets import training_arrays
from acwgan.evaluation import Quality
from acwgan.hardware import grow_gpu_memory, resolve_precision
from acwgan.images import to_uint8
from acwgan.loop import compiled_loop
from acwgan.model import ConditionalWGAN
from acwgan.networks import NETWORKS
from acwgan.schedule import SCHEDULES, plan
from acwgan.stop_signal import StopSignal
from acwgan.summaries import RunLog

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0
#: Pictures of each class in the sample grid.
_SAMPLES_A_CLASS = 10
#: A generator update costs about as much as this many critic updates; for the time left only.
_GENERATOR_WORK = 2
#: Samples that the judge sees, and real training digits that it compares them with.
_JUDGED = 10_000


class Progress(NamedTuple):
    """What ``train`` reports after each call of the compiled loop."""

    generator_step: int
    steps: int  # generator steps in all
    critic_steps: int
    share: float  # of the work, 0 to 1
    seconds_left: float
    speed: float  # generator steps per second, since this process began
    metrics: dict[str, float] | None  # a new row of metrics, or None between two rows


def build_model(config: Config, image_shape=(28, 28, 1), num_classes=10) -> ConditionalWGAN:
    """The networks and optimizers of a config, with fresh weights that follow from its seed.

    Args:
        config: The run's config.
        image_shape: ``(H, W, C)``.
        num_classes: K.

    Returns:
        The model.
    """
    dtype = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[
        resolve_precision(config.precision)
    ]
    build_generator, build_critic = NETWORKS[config.networks]
    generator = build_generator(config.latent_dim, num_classes, config.seed, dtype)
    average = None
    if config.ema_decay is not None:
        average = build_generator(config.latent_dim, num_classes, config.seed)
    return ConditionalWGAN(
        generator,
        build_critic(image_shape, num_classes, config.seed + 1, dtype),
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
        decay_steps=config.decay_steps,
    )


def build_loop(config: Config, model: ConditionalWGAN, images: np.ndarray, labels: np.ndarray):
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
        num_classes=int(labels.max()) + 1,
        xla=config.xla,
    )


def _optimizer(name, learning_rate):
    if name == "rmsprop":
        return keras.optimizers.RMSprop(learning_rate)
    # Low momentum, since the critic's loss moves under the generator (Gulrajani et al. 2017).
    return keras.optimizers.Adam(learning_rate, beta_1=0.5, beta_2=0.9)


def train(
    config: Config,
    run_dir: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Path:
    """Train a conditional WGAN (Arjovsky et al. 2017, Algorithm 1) into a run folder.

    The first SIGINT or SIGTERM stops it at the next possible point, with a checkpoint; a second
    one at once, without. A resumed run computes what an undisturbed one would have, bit for bit
    on the same CPU.

    Args:
        config: What to train and how.
        run_dir: Gets config, checkpoints, events, samples, metrics and the generator.
        resume: Go on from the newest checkpoint; only ``steps`` may differ from the saved config.
        overwrite: Remove the run that is there first.
        report: Called with a ``Progress`` about once a second.

    Returns:
        The run folder.

    Raises:
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
    config = replace(config, precision=resolve_precision(config.precision))
    newest = checkpoint.latest(run_dir) if resume else None
    start = checkpoint.position(newest) if newest else Position(0, 0, 0, {})
    if start.generator_step > config.steps:
        fault = f"{config.steps} is not allowed; the run has made {start.generator_step} already"
        raise ConfigError({"steps": fault})
    run_dir = run_folder.prepare(run_dir, config, resume=resume, overwrite=overwrite)

    images, labels = training_arrays(config.dataset, config.include_test)
    num_classes = int(labels.max()) + 1
    model = build_model(config, images.shape[1:], num_classes)
    if newest:
        checkpoint.restore(model, newest)
    loop = build_loop(config, model, images, labels)
    schedule = SCHEDULES[config.schedule](config.n_critic)
    step, done, critic_steps, _, lowest = start
    log = RunLog(run_dir, start.logs)
    quality_of = None
    pace = _Pace(schedule, config.steps, step, critic_steps)
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
                row = metrics_row(metrics, model)
                log.scalars(step, row, pace.speed())
            if not done and step % config.sample_every == 0:
                log.samples(step, sample_grid(model, config, num_classes), _SAMPLES_A_CLASS)
            if report:
                report(pace.progress(row))

            # Quality.
            if config.evaluate_every and not done and step % config.evaluate_every == 0:
                quality_of = quality_of or judged_by(images)
                quality = quality_of(*judged_samples(model, config, num_classes))
                log.quality(step, quality)
                if lowest is None or quality["quality/frechet_distance"] < lowest:
                    lowest = quality["quality/frechet_distance"]
                    save("best", keep=1)

            # Checkpoint.
            if not done and step % config.checkpoint_every == 0:
                save("checkpoints", config.keep_checkpoints)

        # At the end, or wherever a signal came; nothing to do where the loop just has.
        save("checkpoints", config.keep_checkpoints)

    log.close()
    if stop.signum == signal.SIGINT:
        raise KeyboardInterrupt
    if stop.signum:
        raise SystemExit(128 + stop.signum)
    best = checkpoint.restore_generator(checkpoint.best(run_dir), config)
    best.save(run_dir / "generator.keras")
    return run_dir


def metrics_row(metrics, model):
    """The metrics that mean something for this model, with the share of clipped weights."""
    row = dict(metrics)
    if model.gp_weight is None:
        del row["loss/penalty"]
    if model.clip_value is not None:
        row["weights/clipped_share"] = model.clipped_share()
    return row


def sample_grid(model, config, num_classes):
    """The class grid from a fixed latent: a row for each class, the same z down each column."""
    key = draws.key(config.seed, draws.Stream.SAMPLES, 0)
    z = draws.latents(key, _SAMPLES_A_CLASS, config.latent_dim)
    labels = np.repeat(np.arange(num_classes, dtype=np.int32), _SAMPLES_A_CLASS)
    generator = model.average or model.generator
    images = generator([tf.tile(z, [num_classes, 1]), tf.constant(labels)], training=False)
    return to_uint8(images.numpy())


def judged_by(images):
    """The judge, with training digits to compare with.

    So the choice of the best checkpoint never sees the test digits.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:_JUDGED]
    return Quality(images[chosen, ..., 0])


def judged_samples(model, config, num_classes):
    """Fresh samples of every class in turn, the same latents each time.

    Returns:
        Images ``(N, H, W)`` uint8 and labels ``(N,)``.
    """
    key = draws.key(config.seed, draws.Stream.EVALUATION, 0)
    z = draws.latents(key, _JUDGED, config.latent_dim)
    labels = np.arange(_JUDGED, dtype=np.int32) % num_classes
    generator = model.average or model.generator
    images = generator.predict([z.numpy(), labels], batch_size=500, verbose=0)
    return to_uint8(images)[..., 0], labels


class _Pace:
    """Speed and time left. Work is counted in critic updates, since bursts make steps unequal."""

    def __init__(self, schedule, steps, step, critic_steps):
        critics = sum(schedule(t) for t in range(steps))
        self._total = critics + _GENERATOR_WORK * steps
        self._steps = steps
        self._began = self._row_began = time.perf_counter()
        self._row_step = self._first_step = step
        self._first = critic_steps + _GENERATOR_WORK * step
        self.update(step, critic_steps)

    def update(self, step, critic_steps):
        self._step, self._critic_steps = step, critic_steps

    def speed(self):
        """Generator steps per second since the last call."""
        now = time.perf_counter()
        speed = (self._step - self._row_step) / (now - self._row_began)
        self._row_step, self._row_began = self._step, now
        return speed

    def progress(self, metrics):
        work = self._critic_steps + _GENERATOR_WORK * self._step
        seconds = time.perf_counter() - self._began
        return Progress(
            self._step,
            self._steps,
            self._critic_steps,
            work / self._total,
            seconds / max(work - self._first, 1) * (self._total - work),
            (self._step - self._first_step) / seconds,
            metrics,
        )
