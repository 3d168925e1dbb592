"""Every random draw of the training, as a pure function of (seed, stream, step).

No generator holds state: a resumed run draws what an undisturbed one would have drawn, and
there is nothing to save. Under ``tf.distribute`` each replica draws the whole global batch and
takes its own rows, so that the number of devices changes nothing either.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from acwgan.wgan.image_orders import IMAGE_ORDERS, NEWEST_STREAMS, SHUFFLE_ROUNDS
from acwgan.wgan.latents import LATENTS


class Stream(enum.IntEnum):
    """One number for each kind of draw, so that no two kinds share their randomness."""

    CRITIC_Z = 0
    CRITIC_LABELS = 1
    CRITIC_DROPOUT = 2
    PENALTY = 3
    GENERATOR_Z = 4
    GENERATOR_LABELS = 5
    GENERATOR_DROPOUT = 6
    SAMPLES = 7
    IMAGES = 8
    EVALUATION = 9
    FRESH_SAMPLES = 10
    WALK = 11
    HELD_OUT = 12
    CRITIC_AUGMENTATION = 13
    GENERATOR_AUGMENTATION = 14
    SEPARATION = 15


def key(seed: int, stream: Stream, step: tf.Tensor | int) -> tf.Tensor:
    """The seed of one draw.

    Args:
        seed: The seed of the run, 0..2**31-1.
        stream: Which kind of draw.
        step: Scalar integer: the counter of critic or generator steps.

    Returns:
        ``(2,)`` int32, for ``tf.random.stateless_*``.

    Example:
        >>> key(0, Stream.CRITIC_Z, 3).shape
        TensorShape([2])
    """
    step = tf.cast(step, tf.int32)
    return tf.random.experimental.stateless_fold_in(tf.constant([seed, stream], tf.int32), step)


def image_indices(
    seed: int,
    critic_step: tf.Tensor | int,
    batch_size: int,
    num_images: int,
    order: str = "epochs",
    version: int = NEWEST_STREAMS,
) -> tf.Tensor:
    """Which training images a critic step sees.

    Args:
        seed: The seed of the run.
        critic_step: Scalar integer, counted from 0 over the whole run.
        batch_size: B, images in the global batch.
        num_images: N, images in the data set.
        order: A name in ``image_orders.IMAGE_ORDERS``: "epochs", each image once an epoch, or
            "batches", each batch drawn anew without replacement.
        version: Version of the random streams, a key of ``image_orders.SHUFFLE_ROUNDS``.

    Returns:
        ``(B,)`` int64 in 0..N-1.

    Example:
        >>> sorted(image_indices(0, 0, batch_size=4, num_images=4).numpy().tolist())
        [0, 1, 2, 3]
    """
    step, rows = tf.cast(critic_step, tf.int64), tf.range(batch_size, dtype=tf.int64)
    epochs = IMAGE_ORDERS[order](step, rows, batch_size, num_images)
    run = tf.repeat(tf.constant([[seed, Stream.IMAGES]], tf.int64), batch_size, axis=0)
    # The raw operation: TensorFlow 2.21's index_shuffle pads a matrix of seeds on the wrong axis.
    return tf.raw_ops.RandomIndexShuffle(
        # Each batch takes other positions, in both orders: at the same positions some images
        # would come more often than others.
        index=(step * batch_size + rows) % num_images,
        seed=tf.concat([run, epochs[:, None]], axis=1),
        max_index=tf.constant(num_images - 1, tf.int64),
        rounds=SHUFFLE_ROUNDS[version],
    )


class ImagesByClass(NamedTuple):
    """The images of each class, for ``balanced_indices``."""

    images: tf.Tensor  # (N,) int64, the numbers of the images, class by class
    starts: tf.Tensor  # (K + 1,) int64, where each class starts in ``images``, and N

    @classmethod
    def of(cls, labels: np.ndarray) -> ImagesByClass:
        """Sort the images of a data set by class.

        Args:
            labels: ``(N,)`` integers 0..K-1, each at least once.
        """
        starts = np.concatenate([[0], np.cumsum(np.bincount(labels))])
        return cls(tf.constant(np.argsort(labels, kind="stable")), tf.constant(starts))


def balanced_indices(key: tf.Tensor, batch_size: int, by_class: ImagesByClass) -> tf.Tensor:
    """Draw images with replacement: each class alike, then each image of the class alike.

    Args:
        key: ``(2,)`` int32 from ``key``.
        batch_size: B.
        by_class: The images of each class.

    Returns:
        ``(B,)`` int64 in 0..N-1.

    Example:
        >>> by_class = ImagesByClass.of(np.array([0] * 99 + [1]))
        >>> drawn = balanced_indices(key(0, Stream.IMAGES, 0), 10_000, by_class)
        >>> bool(0.48 < np.mean(drawn == 99) < 0.52)
        True
    """
    of_class, within = tf.unstack(
        tf.random.stateless_uniform((2, batch_size), key, dtype=tf.float64)
    )

    def scaled(draw: tf.Tensor, count: tf.Tensor | int) -> tf.Tensor:
        return tf.cast(draw * tf.cast(count, tf.float64), tf.int64)

    label = scaled(of_class, len(by_class.starts) - 1)
    first, end = tf.gather(by_class.starts, label), tf.gather(by_class.starts, label + 1)
    return tf.gather(by_class.images, first + scaled(within, end - first))


def latents(key: tf.Tensor, batch_size: int, latent_dim: int, latent: str = "normal") -> tf.Tensor:
    """Draw latent vectors z.

    Args:
        key: ``(2,)`` int32 from ``key``.
        batch_size: B.
        latent_dim: Length of z.
        latent: The distribution, a name in ``latents.LATENTS``.

    Returns:
        ``(B, latent_dim)`` float32.
    """
    return LATENTS[latent].draw_tensor((batch_size, latent_dim), key)


def labels(key: tf.Tensor, batch_size: int, classes: tf.Tensor) -> tf.Tensor:
    """Draw the labels of fake images.

    Args:
        key: ``(2,)`` int32 from ``key``.
        batch_size: B.
        classes: ``(N,)`` int32: the labels to draw from, each entry equally likely. All K
            classes once, or the labels of the training images.

    Returns:
        ``(B,)`` int32.
    """
    count = tf.shape(classes)[0]
    return tf.gather(classes, tf.random.stateless_uniform((batch_size,), key, 0, count, tf.int32))


def mixing_weights(key: tf.Tensor, batch_size: int) -> tf.Tensor:
    """Draw the penalty's alpha from U[0, 1): one for each example, not one for each pixel.

    Args:
        key: ``(2,)`` int32 from ``key``.
        batch_size: B.

    Returns:
        ``(B,)`` float32.
    """
    return tf.random.stateless_uniform((batch_size,), key)
