"""``train``: from a config to a run folder with a trained generator."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from acwgan.board.events import RunLog
from acwgan.config import Config
from acwgan.datasets.dataset import padded_as_in_0_1
from acwgan.datasets.held_out import hold_out
from acwgan.datasets.registry import HANDED_IN
from acwgan.devices.cluster import cluster_of
from acwgan.devices.distribution import Distribution
from acwgan.devices.gpus import describe_devices, has_gpu, prepare_gpus
from acwgan.errors import UserError, UserNotice
from acwgan.evaluation.judge import Judge, JudgeError, has_judge
from acwgan.export.keras_file import export_keras
from acwgan.keras_settings import require_eager_execution, standard_settings
from acwgan.runs import folder, weights
from acwgan.runs.folder import RunFolderError
from acwgan.runs.lock import Lock
from acwgan.runs.model_info import ModelInfo
from acwgan.runs.networks import remember
from acwgan.training import budget, run_folder
from acwgan.training.attempt import begin
from acwgan.training.augmentation import with_augmentation
from acwgan.training.build import resolved
from acwgan.training.callback_list import CallbackError, checked_callbacks
from acwgan.training.health import BadNumbersError
from acwgan.training.job import Attempt, Job, TrainingData, data_of_run
from acwgan.training.memory import check_fits, footprint
from acwgan.training.own_networks import networks_of_run, with_own_networks
from acwgan.training.progress import Setup
from acwgan.training.recovery import halved_rates, translated_errors
from acwgan.training.stop_signal import StopSignal, raise_for
from acwgan.training.training_loop import training_loop

if TYPE_CHECKING:
    import keras

    from acwgan.datasets.arrays import DataLike
    from acwgan.datasets.loading import Loaded
    from acwgan.runs.folder import DataSpec
    from acwgan.training.progress import Progress


def train(
    config: Config,
    run_dir: str | Path,
    *,
    data: DataLike | Loaded | None = None,
    networks: Any = None,
    callbacks: keras.callbacks.Callback | Iterable[keras.callbacks.Callback] = (),
    samples_dir: str | Path | None = None,
    cache: str | Path | None = None,
    resume: bool | Literal["auto"] = False,
    overwrite: bool = False,
    halve_rates: bool = False,
    report: Callable[[Progress], None] | None = None,
    devices: int = 1,
    workers: Sequence[str] | None = None,
    index: int | None = None,
) -> Path:
    """Train a WGAN (Arjovsky et al. 2017, Algorithm 1) into a run folder.

    The first SIGINT, SIGTERM or SIGHUP stops the training at the next possible point, with a
    checkpoint; a second SIGINT or SIGTERM stops it at once, without. A resumed run computes what an
    undisturbed one would, bit for bit on the same CPU. ``UserNotice`` warnings tell of problems
    that stop nothing.

    A callback gets the ``WGAN`` as ``model``. ``on_train_batch_end(step, logs)`` is called where
    the loop stops after a generator step, about once a second and at each row of metrics, which is
    then in ``logs``, and at all multiples of the callback's ``every``, if it has one; ``step`` is
    the number of generator steps made. An epoch is ``ceil(N / batch_size)`` generator steps, and a
    resumed run counts on; ``on_epoch_end(epoch, logs)`` gets the last value of each metric and
    figure of quality. ``model.stop_training = True`` ends the training at this step, with a
    checkpoint. If a callback raises an exception, a checkpoint is saved first. Each worker calls
    its own callbacks; after going back to a checkpoint, they begin again with a new model.

    Args:
        config: Settings of the run.
        run_dir: Run folder for the config, checkpoints, events, samples, metrics and generator.
        data: Training data: ``(x, y)``; ``((x_train, y_train), (x_test, y_test))``; ``x`` alone
            for networks without classes; a finite ``tf.data.Dataset``; or a ``Dataset``. Images
            and labels in any form that can mean only one thing are converted, with a notice;
            others are refused (``datasets.arrays.dataset_of``). ``config.dataset`` is then not
            used: the run is judged only with ``config.judge``, and is resumed with the same
            ``data``. Loaded from ``config.dataset`` if None.
        networks: Networks of your own: ``(generator, critic)``, each a Keras model, or a function
            or class that makes one and is called with those of ``latent_dim``, ``image_shape``,
            ``num_classes``, ``seed`` and ``dtype`` that it names; one function that returns both;
            or ``package.module:name`` of these. The generator takes z, or [z, labels], and draws
            images in [-1, 1]; the critic returns scores, with classes also class_logits. They are
            tried before the first step. Models are copied and stay as they are. A run whose layers
            are all of Keras is resumed without this argument too.
        callbacks: Keras callbacks, or one, called after the package's own.
        samples_dir: Folder for the sample pictures; ``samples`` in the run folder if None.
        cache: Folder in which a large folder of pictures is prepared once (``datasets.prepared``);
            ``prepared`` beside the run folder if None.
        resume: Continue from the newest checkpoint that can be used, or from the beginning if the
            run was stopped before the first; "auto" begins if there is no run in the folder.
            ``config`` must be that of the run, except for its length: learning rates that decay
            then are, from the present step on, those of a run of the new length. The data and
            the judge may come from another place if they are the same.
        overwrite: Remove the run that is in the folder first.
        halve_rates: If a number is not finite, go back to the last checkpoint and continue with
            half the learning rates, instead of stopping.
        report: Called with a ``Progress`` about once a second; the first has a ``Setup``.
        devices: Number of devices of this machine, among which each batch is split.
        workers: ``host:port`` of each process that trains together, the chief first; from
            ``TF_CONFIG``, if it is set, if None. All must see the same run folder.
        index: Index of this process in ``workers``.

    Returns:
        The run folder.

    Raises:
        DataError: If the data cannot be read, or may mean more than one thing.
        JudgeError: If the judge does not read such images.
        RunFolderError: If the run folder cannot be used as asked, or cannot be written to, or
            the run has lost its checkpoints.
        LockError: If another training writes into the folder, or the folder is removed.
        CheckpointError: If the run has checkpoints and none can be restored.
        ConfigError: If the run has made more steps than ``config.steps``, or ``config`` asks for
            classes and the images have no labels.
        ParameterError: If ``networks`` cannot be trained, a callback is not a Keras callback or
            cannot be called, nothing of the run in ``config.init`` fits, or a schedule gives
            something else than numbers of critic updates.
        BadNumbersError: If a loss, a gradient or a weight is not finite.
        UserError: If there are no such devices or workers, a batch cannot be split, the training
            cannot fit into the memory, or TensorFlow's eager execution is off.
        WorkerLostError: If another worker is gone.
        KeyboardInterrupt: For SIGINT, after the checkpoint.
        SystemExit: For SIGTERM and SIGHUP, with 143 and 129, after the checkpoint.

    Example:
        >>> import tempfile
        >>> config = Config(steps=1, schedule="constant", n_critic=1, batch_size=2)
        >>> run_dir = train(config, tempfile.mkdtemp())
        >>> (run_dir / "generator.keras").exists()
        True
    """
    require_eager_execution()
    began = time.perf_counter()
    prepare_gpus()
    users_callbacks = checked_callbacks(callbacks)
    cluster = cluster_of(workers, index, os.environ)
    with standard_settings(), Distribution(devices, cluster) as distribution:
        chief = distribution.chief
        resume = _resumes(run_dir, resume, overwrite, distribution)
        saved = folder.read_config(run_dir) if resume else None
        own = networks_of_run(config, networks, run_dir, saved)
        if saved:
            config = run_folder.with_its_beginnings(saved, config)
        config.require_known_names()
        place = cache or folder.cache_beside(run_dir)
        config, dataset = data_of_run(config, data, place, own_networks=own is not None)
        text = None
        if own is not None:
            config, text = with_own_networks(config, own, dataset)
            remember(run_dir, own)
        if config.networks_version == 1:
            dataset = padded_as_in_0_1(dataset)
        config = with_augmentation(config, dataset)
        training_data = TrainingData.of(hold_out(dataset, config.hold_out), config.include_test)
        config = resolved(config, len(training_data.images))
        if saved:
            config = _with_same_judge(config, saved, run_dir)
        distribution.check(
            config.batch_size, config.gp_every if config.gp_weight else 1, config.xla
        )
        judge = _judge(config, training_data.spec) if chief else None
        if judge and config.judge:
            spec = training_data.spec._replace(judge=judge.sha256)
            training_data = training_data._replace(spec=spec)
        job = Job(
            config=config,
            saved=saved,
            data=training_data,
            run_dir=Path(run_dir),
            folder=distribution.output_dir(run_dir),
            distribution=distribution,
            judge=judge,
            samples_dir=samples_dir if chief else None,
            report=report if chief else None,
            callbacks=users_callbacks,
            networks=own,
            networks_text=text,
        )
        if chief:
            run_folder.check(
                run_dir,
                config,
                training_data.spec,
                resume=resume,
                overwrite=overwrite,
                samples_dir=samples_dir,
            )
            _tell_of_unknown_best(job)
            job = replace(job, setup=_setup(job, devices))
        with StopSignal() as stop, Lock(job.folder) as lock:
            job = budget.fitted(job, began)
            if chief:
                _note_rare_rows(job.config)
            attempt = begin(job, resume)
            job = replace(job, config=attempt.config, saved=None)
            _prepare_folder(job, resume, overwrite)
            stopped_by = _train(job, attempt, stop, lock, halve_rates)
            if chief and stopped_by is None:
                _save_best_generator(job.run_dir)
        raise_for(stopped_by)
    return job.run_dir


def _setup(job: Job, devices: int) -> Setup:
    """What the training runs on and takes, after a check that it fits into the memory."""
    config, data, strategy = job.config, job.data, job.distribution.strategy
    size = footprint(config, data.images, len(data.spec.class_names), job.networks)
    here = config.batch_size * devices // strategy.num_replicas_in_sync
    if not has_gpu():  # A GPU has memory of its own, and TensorFlow says when it is full.
        check_fits(size, here)
    return Setup(
        describe_devices(devices),
        config.precision,
        size.generator.weights,
        size.critic.weights,
        size.memory(here),
        config.rates_factor,
    )


def _resumes(
    run_dir: str | Path,
    resume: bool | Literal["auto"],
    overwrite: bool,
    distribution: Distribution,
) -> bool:
    """Whether there is a run to resume."""
    if resume and overwrite:
        raise RunFolderError("`resume=True` and `overwrite=True` exclude each other; pass one.")
    # The chief looks: it may have begun the run by the time when another worker would.
    begun = distribution.any(distribution.chief and run_folder.holds_run(run_dir))
    return begun if resume == "auto" else resume


def _judge(config: Config, data_spec: DataSpec) -> Judge | None:
    """The judge of a run, if it has one, after a check that it reads such images."""
    if config.evaluate_every is None or not has_judge(config.dataset, config.judge):
        return None
    try:
        judge = Judge(config.judge)
    except JudgeError as error:
        if config.judge is None or Path(config.judge).exists():
            raise
        way = "If the run had it and it has moved, pass its new place with `judge`"
        raise JudgeError(f"{error} {way}.") from None
    if config.judge is None and judge.image_shape != data_spec.image_shape:
        reads = "The judge in the package reads images of another size"
        warnings.warn(UserNotice(f"{reads}: the images of this run are not judged."), stacklevel=3)
        return None
    names = data_spec.class_names if config.conditional else None
    judge.check(data_spec.image_shape, data_spec.num_classes(config.conditional), names)
    return judge


def _tell_of_unknown_best(job: Job) -> None:
    """Tell of a best checkpoint of a run of before, which the judge of MNIST chose unasked."""
    best = job.run_dir / "best"
    if job.config.dataset == HANDED_IN and job.judge is None and best.is_dir():
        chosen = "was chosen by a judge that is not known to read this data"
        advice = "remove it, so that the newest checkpoint counts as the best"
        warnings.warn(UserNotice(f"{best}: {chosen}; {advice}."), stacklevel=3)


def _with_same_judge(config: Config, saved: Config, run_dir: str | Path) -> Config:
    """The config with the data set's name of before, if a judge goes with one name alone."""
    judged = [has_judge(each.dataset, each.judge) for each in (config, saved)]
    if len(set(judged)) == 1 or folder.read_data_spec(run_dir).digest is None:
        return config
    return replace(config, dataset=saved.dataset)


def _note_rare_rows(config: Config) -> None:
    """Say which outputs come at the last step alone."""
    steps = config.steps or 0
    length = f"The run has {steps} step{'s' * (steps != 1)}"
    rare = [name for name in ("log_every", "sample_every") if getattr(config, name) > steps]
    if rare:
        what = " and ".join(f"`{name}` {getattr(config, name)}" for name in rare)
        lowered = "is lowered to that" if len(rare) == 1 else "are lowered to that"
        warnings.warn(UserNotice(f"{length}; {what} {lowered}."), stacklevel=3)


def _prepare_folder(job: Job, resume: bool, overwrite: bool) -> None:
    if not job.distribution.chief:
        resume, overwrite = False, True  # Scratch.
    run_folder.prepare(
        job.folder,
        job.config,
        job.data.spec,
        resume=resume,
        overwrite=overwrite,
        samples_dir=job.samples_dir,
        networks=job.networks_text,
    )


def _train(
    job: Job, attempt: Attempt, stop: StopSignal, lock: Lock, halve_rates: bool
) -> int | None:
    """Attempt by attempt to the end, or to a signal: that signal, or None."""
    while True:
        logs = attempt.start.logs if attempt.start and job.distribution.chief else {}
        try:
            with translated_errors(job.run_dir, job.distribution, lock), _discarded(job, attempt):
                if job.config.init and attempt.start is None:
                    # A resume never needs the other run again.
                    start = attempt.state.position({})
                    weights.save(attempt.model, job.folder / "checkpoints", start, keep=1)
                with contextlib.closing(RunLog(job.folder, logs, job.samples_dir)) as log:
                    return training_loop(job, attempt, log, stop, lock)
        except BadNumbersError as error:
            rates = halved_rates(
                job.run_dir, error, attempt.state.rates, job.distribution, halve_rates
            )
        job = replace(job, setup=None)  # It was reported.
        attempt = begin(job, True, rates)


@contextlib.contextmanager
def _discarded(job: Job, attempt: Attempt) -> Iterator[None]:
    """Leave nothing of a new run in which a user's callback fails before the first step."""
    try:
        yield
    except CallbackError:
        if attempt.start is None and not attempt.state.critic_steps:
            run_folder.remove_run(job.folder)
        raise


def _save_best_generator(run_dir: Path) -> None:
    """Write ``generator.keras``, the generator of the best checkpoint."""
    best, config, generator = weights.best_networks(run_dir, weights.restore_generator)
    info = ModelInfo.of_run(config, folder.read_data_spec(run_dir), best)
    try:
        export_keras(generator, run_dir / "generator.keras", info=info)
    except UserError as error:  # Of a layer of the user's own; the checkpoints have the weights.
        warnings.warn(UserNotice(f"{run_dir}: has no generator.keras: {error}."), stacklevel=3)
