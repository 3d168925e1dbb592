"""The inputs of every update, as pure functions of the seed and the step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import own_rows
from acwgan.images.pixels import to_float
from acwgan.wgan import random_streams
from acwgan.wgan.augmentation import DRAWS
from acwgan.wgan.image_orders import NEWEST_STREAMS
from acwgan.wgan.random_streams import ImagesByClass, Stream, key


class Batches:
    """Draws the inputs of every update, inside the graph.

    Each replica draws the global batch and takes its own rows of it.

    Args:
        images: ``(N, H, W, C)`` uint8. A ``np.memmap`` stays on disk; each process reads only its
            own rows of each batch.
        labels: ``(N,)`` int32, 0..K-1.
        seed: Every draw follows from it, 0..2**31-1.
        batch_size: B, the global batch.
        latent_dim: Length of z.
        num_classes: K; not used if ``labels_of_data``.
        labels_of_data: Draw the labels of fakes with the frequencies of the data, in a critic
            update the labels of the real batch; if False, draw each class alike.
        latent: Distribution of z, a name in ``latents.LATENTS``.
        image_order: Order of the images, a name in ``image_orders.IMAGE_ORDERS``.
        balance: Draw real and fake images of each class alike, with replacement, instead of in
            ``image_order``.
        augmented: Draw the random numbers of ``augmentation.augment`` too.
        version: Version of the random streams; 1 draws as acwgan 0.1 did.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        seed: int,
        batch_size: int,
        latent_dim: int,
        num_classes: int | None,
        labels_of_data: bool = False,
        latent: str = "normal",
        image_order: str = "epochs",
        balance: bool = False,
        augmented: bool = False,
        version: int = NEWEST_STREAMS,
    ):
        self._read = _reader(images)
        self._labels = tf.constant(labels)
        self._classes = tf.range(num_classes)
        if labels_of_data and not balance:
            self._classes = self._labels
        self._seed = seed
        self._batch_size = batch_size
        self._latent_dim = latent_dim
        self._labels_of_data = labels_of_data
        self._latent = latent
        self._image_order = image_order
        self._by_class = ImagesByClass.of(labels) if balance else None
        self._augmented = augmented
        self._version = version

    def for_critic(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """The arguments of ``WGAN.update_critic`` at a critic step.

        Args:
            step: Scalar int32, counted from 0 over the whole run.

        Returns:
            Name -> tensor.
        """
        indices = own_rows(self._image_indices(step))
        labels = fake_labels = tf.gather(self._labels, indices)
        if not self._labels_of_data:
            fake_labels = self._draw_labels(Stream.CRITIC_LABELS, step)
        # Differs from Alg. 1 of WGAN-GP with labels of the data: the penalty then mixes real and
        # fake images of one class only, row by row.
        alpha = random_streams.mixing_weights(self._key(Stream.PENALTY, step), self._batch_size)
        inputs = {
            "real_images": to_float(tf.cast(self._read(indices), tf.float32)),
            "labels": labels,
            "z": self._draw_latents(Stream.CRITIC_Z, step),
            "fake_labels": fake_labels,
            "alpha": own_rows(alpha),
            "key": self._key(Stream.CRITIC_DROPOUT, step),
        }
        if self._version == 1:  # The penalty shared the masks of the main pass.
            inputs["penalty_key"] = inputs["key"]
        if self._augmented:
            inputs["draws"] = self._draw_augmentation(Stream.CRITIC_AUGMENTATION, step, 2)
        return inputs

    def for_generator(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """The arguments of ``WGAN.update_generator`` at a generator step.

        Args:
            step: Scalar int32, counted from 0 over the whole run.

        Returns:
            Name -> tensor.
        """
        inputs = {
            "z": self._draw_latents(Stream.GENERATOR_Z, step),
            "labels": self._draw_labels(Stream.GENERATOR_LABELS, step),
            "key": self._key(Stream.GENERATOR_DROPOUT, step),
        }
        if self._augmented:
            inputs["draws"] = self._draw_augmentation(Stream.GENERATOR_AUGMENTATION, step, 1)[:, 0]
        return inputs

    def _image_indices(self, step: tf.Tensor) -> tf.Tensor:
        if self._by_class:
            key = self._key(Stream.IMAGES, step)
            return random_streams.balanced_indices(key, self._batch_size, self._by_class)
        size, images = self._batch_size, len(self._labels)
        return random_streams.image_indices(
            self._seed, step, size, images, self._image_order, self._version
        )

    def _key(self, stream: Stream, step: tf.Tensor) -> tf.Tensor:
        return key(self._seed, stream, step)

    def _draw_latents(self, stream: Stream, step: tf.Tensor) -> tf.Tensor:
        z = random_streams.latents(
            self._key(stream, step), self._batch_size, self._latent_dim, self._latent
        )
        return own_rows(z)

    def _draw_labels(self, stream: Stream, step: tf.Tensor) -> tf.Tensor:
        labels = random_streams.labels(self._key(stream, step), self._batch_size, self._classes)
        return own_rows(labels)

    def _draw_augmentation(self, stream: Stream, step: tf.Tensor, per_row: int) -> tf.Tensor:
        shape = (self._batch_size, per_row, DRAWS)
        return own_rows(tf.random.stateless_uniform(shape, self._key(stream, step)))


def _reader(images: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function that reads the images of some indices, inside the graph."""
    if not isinstance(images, np.memmap):
        constant = tf.constant(images)
        return lambda indices: tf.gather(constant, indices)

    def read(indices):
        rows = tf.numpy_function(lambda rows: images[rows], [indices], tf.uint8, stateful=False)
        return tf.ensure_shape(rows, (indices.shape[0], *images.shape[1:]))

    return read
