"""What a run draws from its generator now and then: for people to look at, and for the judge."""

import numpy as np
import tensorflow as tf

from acwgan.evaluation.quick import JUDGED
from acwgan.generation.paths import walk
from acwgan.images.pixels import to_float, to_uint8
from acwgan.networks import calls
from acwgan.wgan import losses, random_streams

#: Pictures in a row of a grid.
COLUMNS = 10
#: Samples that are drawn in one call.
_AT_ONCE = 500
#: Real images, and as many fakes, behind the held-out estimate.
HELD_OUT = 64


class Samples:
    """Draws from a model's generator, or from its average where there is one.

    A grid has a row for each class, z the same in a column; without classes ten rows, each image
    of a z of its own.

    Args:
        model: A ``WGAN``.
        seed: Of the run.
        latent_dim: Length of z.
        latent: Its distribution, a name in ``draws.LATENTS``.
        held_out: ``(M, H, W, C)`` uint8, images that the critic never learns from; the first
            ``HELD_OUT`` are used.
    """

    def __init__(self, model, *, seed: int, latent_dim: int, latent: str = "normal", held_out=None):
        self._model = model
        self._generator = model.average or model.generator
        self._num_classes = calls.class_count(self._generator)
        self._seed, self._latent_dim, self._latent = seed, latent_dim, latent
        self.has_held_out = held_out is not None
        if self.has_held_out:
            self._held_out = tf.constant(to_float(held_out[:HELD_OUT].astype(np.float32)))

    def _latents(self, stream, count, step=0):
        key = random_streams.key(self._seed, stream, step)
        return random_streams.latents(key, count, self._latent_dim, self._latent)

    def _grid(self, z):
        labels = None
        if self._num_classes is not None:
            labels = tf.repeat(tf.range(self._num_classes), COLUMNS)
            z = tf.tile(z, [self._num_classes, 1])
        return to_uint8(calls.generate(self._generator, z, labels).numpy())

    @property
    def _own_latents(self):
        """How many different latents a grid has."""
        return COLUMNS * (COLUMNS if self._num_classes is None else 1)

    def grid(self) -> np.ndarray:
        """A grid from the same latents each time.

        Returns:
            ``(N, H, W, C)`` uint8, row by row, ``COLUMNS`` in a row.
        """
        return self._grid(self._latents(random_streams.Stream.SAMPLES, self._own_latents))

    def fresh(self, step: int) -> np.ndarray:
        """A grid from other latents at each step: what the fixed ones may hide.

        Args:
            step: Generator updates made.

        Returns:
            As ``grid``.
        """
        return self._grid(
            self._latents(random_streams.Stream.FRESH_SAMPLES, self._own_latents, step)
        )

    def walk(self) -> np.ndarray:
        """A grid whose rows walk from one latent to another, the same two each time.

        Returns:
            As ``grid``.
        """
        rows = self._own_latents // COLUMNS
        stops = self._latents(random_streams.Stream.WALK, 2 * rows).numpy().reshape(2, rows, -1)
        # There and back again; the way there is a row.
        path = walk(stops, 2 * (COLUMNS - 1))[:COLUMNS]
        return self._grid(path.swapaxes(0, 1).reshape(self._own_latents, -1))

    def held_out_estimate(self) -> float:
        """The Wasserstein estimate on images that the critic never learns from.

        ``mean(score of images) - mean(score of fakes)``, from the same images and latents each
        time, both networks as when they are used. Where the training's estimate runs ahead of it,
        the critic has learnt images by heart.

        Returns:
            Any range.
        """
        return float(self._estimate())

    @tf.function(autograph=False)
    def _estimate(self):
        count = len(self._held_out)
        z = self._latents(random_streams.Stream.HELD_OUT, count)
        labels = tf.range(count) % (self._num_classes or 1)
        fake_images = calls.generate(self._model.generator, z, labels)
        real_scores, fake_scores = (
            calls.rate(self._model.critic, images)[0] for images in (self._held_out, fake_images)
        )
        return -losses.critic_loss(real_scores, fake_scores)

    def judged(self) -> tuple[np.ndarray, np.ndarray | None]:
        """``JUDGED`` images of every class in turn, from the same latents each time.

        Returns:
            ``(JUDGED, H, W, C)`` uint8, and labels ``(JUDGED,)`` int32 or None without classes.
        """
        z = self._latents(random_streams.Stream.EVALUATION, JUDGED)
        asked_for = tf.range(JUDGED) % (self._num_classes or 1)
        parts = [slice(start, start + _AT_ONCE) for start in range(0, JUDGED, _AT_ONCE)]
        images = [to_uint8(self._images(z[part], asked_for[part]).numpy()) for part in parts]
        return np.concatenate(images), None if self._num_classes is None else asked_for.numpy()

    # Not Keras' predict: of a model on several devices it would need all workers.
    @tf.function(autograph=False, reduce_retracing=True)
    def _images(self, z, labels):
        return calls.generate(self._generator, z, labels)
