"""What travels together in a training: the job, its data, one attempt at it, and its position."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from acwgan.config import ConfigError
from acwgan.datasets import loading
from acwgan.datasets.arrays import dataset_of
from acwgan.datasets.dataset import Dataset, training_arrays
from acwgan.datasets.digest import content_digest
from acwgan.datasets.held_out import with_test_share
from acwgan.datasets.loading import Loaded
from acwgan.datasets.refit import refitted
from acwgan.datasets.registry import HANDED_IN
from acwgan.errors import UserNotice
from acwgan.runs.checkpoints import Position
from acwgan.runs.folder import DataSpec

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from acwgan.config import Config
    from acwgan.datasets.arrays import DataLike
    from acwgan.devices.distribution import Distribution
    from acwgan.evaluation.judge import Judge
    from acwgan.networks.users import UserNetworks
    from acwgan.training.progress import Progress, Setup
    from acwgan.wgan.model import WGAN


def data_of_run(
    config: Config,
    data: DataLike | Loaded | None,
    cache: str | Path | None = None,
    own_networks: bool = False,
) -> tuple[Config, Dataset]:
    """The data of a run, and the config with the name that the data has.

    Args:
        config: The config.
        data: Data that is handed in; None for what ``config.dataset`` names.
        cache: Folder for what is prepared of a large folder of pictures; see ``loading.load``.
        own_networks: Whether the networks are the user's, and say themselves if there are classes.

    Returns:
        The config, whose ``dataset`` is ``HANDED_IN`` for data that is handed in, and the data.

    Raises:
        DataError: If the data cannot be read, or may mean more than one thing.
        ConfigError: If the networks have classes and the images have no labels.
    """
    if isinstance(data, Loaded):
        found = data.data
    elif data is None:
        found = loading.load_of_run(config.dataset, config.read_options, cache=cache)
    else:
        found = refitted(dataset_of(data), config.read_options)
        found = with_test_share(found, config.test_share)
        config = dataclasses.replace(config, dataset=HANDED_IN)
    if not isinstance(data, Loaded):  # Who loaded it has told the notes.
        for note in found.notes:
            warnings.warn(UserNotice(f"{note}."), stacklevel=3)
    if config.conditional and not found.class_names and not own_networks:
        help_ = (
            "pass `conditional=False`, or a preset without classes such as wgan-gp, or put the "
            "pictures of each class into a folder of its own"
        )
        fault = f"must not be True for images without labels; {help_}"
        raise ConfigError({"conditional": fault})
    return config, found


def training_images(images: DataLike) -> np.ndarray:
    """Images in any form that can mean only one thing, converted with a notice.

    Args:
        images: The training images, or data with them, as ``acwgan.train`` takes it.

    Returns:
        ``(N, H, W, C)`` uint8.

    Raises:
        DataError: If they may mean more than one thing.
    """
    found = dataset_of(images)
    for note in found.notes:
        warnings.warn(UserNotice(f"{note}."), stacklevel=4)
    return np.asarray(found.train_images)


class TrainingData(NamedTuple):
    """The arrays that a run trains on."""

    images: np.ndarray  # (N, H, W, C) uint8
    labels: np.ndarray  # (N,) int32, 0..K-1
    held_out: np.ndarray | None  # (M, H, W, C) uint8, never trained on; None if there are none
    spec: DataSpec

    @classmethod
    def of(cls, data: Dataset, include_test: bool) -> TrainingData:
        """The training data in a data set.

        Args:
            data: The data set.
            include_test: Whether to train on its test images too.

        Raises:
            DataError: If ``include_test`` would join images that stay on the disk.
        """
        images, labels = training_arrays(data, include_test)
        held_out = data.test_images if len(data.test_images) and not include_test else None
        digest = content_digest(images, labels.astype(np.int64), held_out)
        spec = DataSpec(images.shape[1:], data.class_names, len(images), digest)
        return cls(images, labels, held_out, spec)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A training in one process: everything that stays the same from its start to its end."""

    config: Config  # resolved: with a length in steps, and a precision
    saved: Config | None  # of the run that is resumed; None for a new one
    data: TrainingData
    run_dir: Path
    folder: Path  # where this process writes: the run folder, or scratch if it is not the chief
    distribution: Distribution
    judge: Judge | None
    samples_dir: str | Path | None
    report: Callable[[Progress], None] | None
    callbacks: tuple[keras.callbacks.Callback, ...]  # the user's
    setup: Setup | None = None  # of the chief
    networks: UserNetworks | None = None  # of the user's own
    networks_text: str | None = None  # their ``networks.json``

    @property
    def steps(self) -> int:
        """Generator steps in all."""
        assert self.config.steps is not None  # Resolved.
        return self.config.steps


class Attempt(NamedTuple):
    """One attempt at a job: from its start, or from the checkpoint that it resumes."""

    model: WGAN
    loop: Callable[..., dict[str, tf.Tensor]]  # see ``compiled_loop``
    state: RunState
    start: Position | None  # of the checkpoint; None from the start
    config: Config  # of the job, with the lengths that the run had before


@dataclass
class RunState:
    """Where a run stands. The training loop and its callbacks share it.

    Attributes:
        generator_step: Generator steps made.
        done: Critic steps made since the last generator step; above 0 only within a burst.
        critic_steps: Critic steps made in all.
        best: Lowest Fréchet distance so far, or None.
        rates: Factor on both learning rates; below 1 after numbers went bad.
    """

    generator_step: int = 0
    done: int = 0
    critic_steps: int = 0
    best: float | None = None
    rates: float = 1.0

    @classmethod
    def at(cls, start: Position | None, rates: float) -> RunState:
        """The state at a checkpoint.

        Args:
            start: Position of the checkpoint; None for a new run.
            rates: Upper bound for ``rates``.
        """
        if start is None:
            return cls(rates=rates)
        return cls(*start[:3], best=start.best, rates=min(rates, start.rates))

    def advance(self, rows: Iterable[tuple[int, int]]) -> None:
        """Count the steps of a plan.

        Args:
            rows: (Critic steps, generator steps) of each row, as ``plan`` returns them.
        """
        for critic_steps, generator_steps in rows:
            self.critic_steps += critic_steps
            self.done = 0 if generator_steps else self.done + critic_steps
            self.generator_step += generator_steps

    def position(self, logs: Mapping[str, int]) -> Position:
        """What a checkpoint stores.

        Args:
            logs: Log file -> its length in bytes.
        """
        counts = (self.generator_step, self.done, self.critic_steps)
        return Position(*counts, dict(logs), self.best, self.rates)
