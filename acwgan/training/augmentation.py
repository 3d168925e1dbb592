"""When a run augments its images, and how strongly."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from acwgan.errors import UserNotice
from acwgan.networks import calls
from acwgan.training.periodic import PeriodicCallback
from acwgan.wgan import random_streams
from acwgan.wgan.batches import from_pixels

if TYPE_CHECKING:
    from acwgan.config import Config
    from acwgan.datasets.dataset import Dataset
    from acwgan.training.job import TrainingData

#: From this number of training images on, a run of ``augmentation="auto"`` does not augment.
FEW_IMAGES = 10_000
#: Share of the training images that is held out to guide the augmentation, if nothing else is.
_HOLD_OUT = 0.1
#: Fewest held-out images that guide it.
_GUIDES = 20
#: Generator steps between two changes of the probability, and the size of a change.
_EVERY, _CHANGE = 16, 0.01
#: The probability rises while more than this share of the critic's gap between training images
#: and fakes lies between training images and held-out ones; Karras et al. 2020, section 3.1.
_TARGET = 0.5
#: Images of each kind that are scored at a change.
_SCORED = 256


def with_augmentation(config: Config, data: Dataset) -> Config:
    """Decide what ``augmentation="auto"`` means for a data set.

    Args:
        config: The config as the user gave it.
        data: The data set.

    Returns:
        The config with another ``augmentation`` than "auto". An adaptive one needs images that
        the critic does not learn from: if there are none, ``hold_out`` sets them apart, and a
        ``UserNotice`` says so.
    """
    images = len(data.train_images)
    held_out = config.hold_out or (len(data.test_images) and not config.include_test)
    # Images on the disk stay together, and a handful of images would guide nothing.
    divisible = not isinstance(data.train_images, np.memmap) and images * _HOLD_OUT >= _GUIDES
    if config.augmentation == "auto":
        comparable = not config.critic_normalizes and (held_out or divisible)
        few = "adaptive" if comparable else "always"
        config = replace(config, augmentation=few if images < FEW_IMAGES else "none")
    if config.augmentation == "adaptive" and not held_out:
        config = replace(config, hold_out=_HOLD_OUT, include_test=False)
        share = f"a tenth of the {images:,} training images is held out to guide the augmentation"
        warnings.warn(UserNotice(f"There are no test images: {share} (`hold_out`)."), stacklevel=3)
    return config


class AdaptiveAugmentation(PeriodicCallback):
    """Augments as much as keeps the critic from memorizing its training images.

    Karras et al. 2020, section 3.1, eq. 1, on images that are not augmented:
    ``r = (E[D(train)] - E[D(held out)]) / (E[D(train)] - E[D(fake)])`` is 0 if the critic scores
    images that it does not learn from like those that it does, and 1 if it takes them for fakes.
    Every 16 generator steps the probability of the augmentations rises by 0.01 if r is above 0.5,
    and falls by 0.01 if not. It follows from the step and the weights alone, so that all workers
    change it alike, and a resumed run too.

    Args:
        data: Training data with held-out images.
        seed: Seed of the run.
        latent_dim: Length of z.
        latent: Distribution of z.
    """

    def __init__(self, data: TrainingData, *, seed: int, latent_dim: int, latent: str):
        super().__init__(_EVERY)
        self._data, self._seed = data, seed
        self._latent_dim, self._latent = latent_dim, latent

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        super().on_train_batch_end(batch, logs)
        if logs is not None:
            logs["augmentation/probability"] = float(self.model.augmentation.numpy())

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        assert self._data.held_out is not None  # ``with_augmentation`` sees to it.
        random = np.random.default_rng([self._seed, random_streams.Stream.SEPARATION, step])
        real, held_out = (
            images[np.sort(random.integers(len(images), size=_SCORED))]
            for images in (self._data.images, self._data.held_out)
        )
        labels = self._data.labels[random.integers(len(self._data.labels), size=_SCORED)]
        key = random_streams.key(self._seed, random_streams.Stream.SEPARATION, step)
        z = random_streams.latents(key, _SCORED, self._latent_dim, self._latent)
        scores = self._scores(tf.constant(real), tf.constant(held_out), z, tf.constant(labels))
        train, held, fake = (float(score) for score in scores)
        change = _CHANGE if train - held > _TARGET * (train - fake) else -_CHANGE
        probability = self.model.augmentation
        probability.assign(tf.clip_by_value(probability + change, 0.0, 1.0))

    @tf.function(autograph=False)
    def _scores(
        self, real: tf.Tensor, held_out: tf.Tensor, z: tf.Tensor, labels: tf.Tensor
    ) -> list[tf.Tensor]:
        fake = calls.generate(self.model.generator, z, labels)
        kinds = (from_pixels(real), from_pixels(held_out), fake)
        return [tf.reduce_mean(self.model.scores(images)) for images in kinds]
