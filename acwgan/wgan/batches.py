"""The inputs of every update, as pure functions of the seed and the step."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import own_rows
from acwgan.images.pixels import to_float
from acwgan.wgan import random_streams
from acwgan.wgan.augmentation import DRAWS
from acwgan.wgan.image_orders import NEWEST_STREAMS
from acwgan.wgan.random_streams import ImagesByClass, Stream, key


class Draws:
    """Draws what every update takes beside real images, inside the graph.

    Each replica draws the global batch and takes its own rows of it.

    Args:
        seed: Every draw follows from it, 0..2**31-1.
        batch_size: B, the global batch; a number or a scalar tensor.
        latent_dim: Length of z.
        classes: ``(N,)`` int32, the labels that those of fakes are drawn from, each entry alike.
        labels_of_data: In a critic update fakes have the labels of the real batch.
        latent: Distribution of z, a name in ``latents.LATENTS``.
        augmented: Draw the random numbers of ``augmentation.augment`` too.
        version: Version of the random streams; 1 draws as acwgan 0.1 did.
    """

    def __init__(
        self,
        *,
        seed: int,
        batch_size: int | tf.Tensor,
        latent_dim: int,
        classes: tf.Tensor,
        labels_of_data: bool = False,
        latent: str = "normal",
        augmented: bool = False,
        version: int = NEWEST_STREAMS,
    ):
        self._seed = seed
        self._batch_size = batch_size
        self._latent_dim = latent_dim
        self._classes = classes
        self._labels_of_data = labels_of_data
        self._latent = latent
        self._augmented = augmented
        self._version = version

    def for_critic(self, step: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        """The arguments of ``WGAN.update_critic`` after the real images and their labels.

        Args:
            step: Scalar int32, counted from 0 over the whole run.
            labels: ``(B,)`` int32, of the real images.

        Returns:
            Name -> tensor.
        """
        fake_labels = labels
        if not self._labels_of_data:
            fake_labels = self._draw_labels(Stream.CRITIC_LABELS, step)
        # Differs from Alg. 1 of WGAN-GP with labels of the data: the penalty then mixes real and
        # fake images of one class only, row by row.
        alpha = random_streams.mixing_weights(self._key(Stream.PENALTY, step), self._batch_size)
        inputs = {
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


class Batches:
    """Draws the inputs of every update of the compiled loop, inside the graph.

    Args:
        images: ``(N, H, W, C)`` uint8. A ``np.memmap`` stays on disk; each process reads only its
            own rows of each batch, and asks for those of the next batch meanwhile.
        labels: ``(N,)`` int32, 0..K-1.
        num_classes: K; not used if ``labels_of_data``.
        seed: Every draw follows from it, 0..2**31-1.
        batch_size: B, the global batch.
        labels_of_data: Draw the labels of fakes with the frequencies of the data, in a critic
            update the labels of the real batch; if False, draw each class alike.
        image_order: Order of the images, a name in ``image_orders.IMAGE_ORDERS``.
        balance: Draw real and fake images of each class alike, with replacement, instead of in
            ``image_order``.
        version: Version of the random streams; 1 draws as acwgan 0.1 did.
        **draws: Other arguments of ``Draws``.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        num_classes: int | None,
        seed: int,
        batch_size: int,
        labels_of_data: bool = False,
        image_order: str = "epochs",
        balance: bool = False,
        version: int = NEWEST_STREAMS,
        **draws: Any,
    ):
        self._read = reader(images)
        self._labels = tf.constant(labels)
        self._seed, self._batch_size = seed, batch_size
        self._image_order, self._version = image_order, version
        self._by_class = ImagesByClass.of(labels) if balance else None
        own = labels_of_data and not balance
        self._draws = Draws(
            seed=seed,
            batch_size=batch_size,
            classes=self._labels if own else tf.range(num_classes),
            labels_of_data=labels_of_data,
            version=version,
            **draws,
        )

    def for_critic(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """The arguments of ``WGAN.update_critic`` at a critic step.

        Args:
            step: Scalar int32, counted from 0 over the whole run.

        Returns:
            Name -> tensor.
        """
        indices = own_rows(self._image_indices(step))
        labels = tf.gather(self._labels, indices)
        images = from_pixels(self._read(indices, lambda: own_rows(self._image_indices(step + 1))))
        return {"real_images": images, "labels": labels} | self._draws.for_critic(step, labels)

    def for_generator(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """The arguments of ``WGAN.update_generator`` at a generator step; see ``Draws``."""
        return self._draws.for_generator(step)

    def _image_indices(self, step: tf.Tensor) -> tf.Tensor:
        if self._by_class:
            drawn = key(self._seed, Stream.IMAGES, step)
            return random_streams.balanced_indices(drawn, self._batch_size, self._by_class)
        size, images = self._batch_size, len(self._labels)
        return random_streams.image_indices(
            self._seed, step, size, images, self._image_order, self._version
        )


def from_pixels(images: tf.Tensor) -> tf.Tensor:
    """Map pixels of any dtype from 0..255 to float32 in [-1, 1], inside the graph."""
    return to_float(tf.cast(images, tf.float32))


def reader(images: np.ndarray) -> Callable[[tf.Tensor, Callable[[], tf.Tensor]], tf.Tensor]:
    """A function that reads the images of some indices, inside the graph.

    Args:
        images: ``(N, H, W, C)`` uint8. A ``np.memmap`` stays on disk.

    Returns:
        (indices ``(B,)``, function that gives the indices that are read next) -> images
        ``(B, H, W, C)`` uint8. Those that are read next are asked for from the disk meanwhile.
    """
    if not isinstance(images, np.memmap):
        constant = tf.constant(images)
        return lambda indices, ahead: tf.gather(constant, indices)
    advise = _advisor(images)

    def from_disk(rows: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        read = images[rows]
        advise(ahead)
        return read

    def read(indices: tf.Tensor, ahead: Callable[[], tf.Tensor]) -> tf.Tensor:
        rows = tf.numpy_function(from_disk, [indices, ahead()], tf.uint8, stateful=False)
        return tf.ensure_shape(rows, (indices.shape[0], *images.shape[1:]))

    return read


def _advisor(images: np.memmap) -> Callable[[np.ndarray], None]:
    """A function that asks the system to read some images from the disk, and does not wait.

    While a step is computed the disk is idle otherwise, and the next step would wait for each of
    its images in turn.
    """
    memory = images.base
    # Of a view of a map it is not known where in the file it begins; Windows has no such advice.
    if not isinstance(memory, mmap.mmap) or not hasattr(memory, "madvise"):
        return lambda rows: None

    def advise(rows: np.ndarray) -> None:
        for begin, length in _pages(images, memory, rows):
            memory.madvise(mmap.MADV_WILLNEED, begin, length)

    return advise


def _pages(images: np.memmap, memory: mmap.mmap, rows: np.ndarray) -> list[tuple[int, int]]:
    """Where each image lies in its map: the start of a page, and the bytes to the image's end."""
    size = images[:1].nbytes
    ends = len(memory) - images.nbytes + (rows.astype(np.int64) + 1) * size
    begins = (ends - size) // mmap.PAGESIZE * mmap.PAGESIZE
    return list(zip(begins.tolist(), (ends - begins).tolist(), strict=True))
