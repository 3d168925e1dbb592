"""What a run draws from its generator now and then: for people to look at, and for the judge."""

import numpy as np
import tensorflow as tf

from acwgan import draws, networks
from acwgan.evaluation import Quality
from acwgan.images import to_uint8

#: Pictures of each class in the grid; columns, and without classes also rows.
COLUMNS = 10
#: Samples that the judge sees, and real images that it compares them with.
JUDGED = 10_000


class Samples:
    """Draws from a model's generator, or from its average where there is one.

    Args:
        model: A ``WGAN``.
        seed: Of the run.
        latent_dim: Length of z.
        latent: Its distribution, a name in ``draws.LATENTS``.
    """

    def __init__(self, model, *, seed: int, latent_dim: int, latent: str = "normal"):
        self._generator = model.average or model.generator
        self._num_classes = networks.class_count(self._generator)
        self._seed, self._latent_dim, self._latent = seed, latent_dim, latent

    def _latents(self, stream, count):
        return draws.latents(
            draws.key(self._seed, stream, 0), count, self._latent_dim, self._latent
        )

    def grid(self) -> np.ndarray:
        """Images from the same latents each time: a row for each class, z the same in a column.

        Returns:
            ``(N, H, W, C)`` uint8, row by row, ``COLUMNS`` in a row.
        """
        if self._num_classes is None:
            z, labels = self._latents(draws.Stream.SAMPLES, COLUMNS * COLUMNS), None
        else:
            z = self._latents(draws.Stream.SAMPLES, COLUMNS)
            z = tf.tile(z, [self._num_classes, 1])
            labels = tf.repeat(tf.range(self._num_classes), COLUMNS)
        return to_uint8(networks.generate(self._generator, z, labels).numpy())

    def judged(self) -> tuple[np.ndarray, np.ndarray | None]:
        """``JUDGED`` images of every class in turn, from the same latents each time.

        Returns:
            ``(JUDGED, H, W, C)`` uint8, and labels ``(JUDGED,)`` int32 or None without classes.
        """
        inputs = [self._latents(draws.Stream.EVALUATION, JUDGED).numpy()]
        labels = None
        if self._num_classes is not None:
            labels = np.arange(JUDGED, dtype=np.int32) % self._num_classes
            inputs.append(labels)
        return to_uint8(self._generator.predict(inputs, batch_size=500, verbose=0)), labels


def judged_by(judge, images: np.ndarray):
    """The judge, with training images to compare with.

    So the choice of the best checkpoint never sees the test images.

    Args:
        judge: A ``Judge``.
        images: ``(N, H, W, C)`` uint8, the training images.

    Returns:
        A ``Quality``.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:JUDGED]
    return Quality(images[chosen], judge)
