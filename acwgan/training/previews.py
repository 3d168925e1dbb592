"""What a run draws from its networks during training: sample grids, and samples to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from acwgan.errors import ParameterError
from acwgan.evaluation.quick import JUDGED
from acwgan.generation.paths import walk
from acwgan.images.grids import reduced
from acwgan.images.layouts import COLUMNS, grid_layout
from acwgan.images.pixels import to_float
from acwgan.networks import calls
from acwgan.training.drawing import Drawing, drawing_of
from acwgan.wgan import losses, random_streams
from acwgan.wgan.updates import Updates

if TYPE_CHECKING:
    from acwgan.wgan.model import WGAN

#: Samples are drawn in batches of this many, if they are digits, and of as many pixels otherwise.
_BATCH = 500
#: Number of real images, and of fakes, in the held-out estimate.
HELD_OUT = 64


class Samples:
    """Draws from a model's generator, or from its moving average if there is one.

    A grid has a row for each class, with the same z in each column; without classes it has ten
    rows, with a different z for each image. ``layout`` says what it shows of many classes or of
    large images.

    Args:
        model: The model.
        seed: Seed of the run.
        latent_dim: Length of z.
        latent: Distribution of z, a name in ``LATENTS``.
        held_out: ``(M, H, W, C)`` uint8, images that the critic never learns from, of which the
            first ``HELD_OUT`` are used; None for no held-out estimate.
        drawing: How to draw with another model than a ``WGAN``.

    Attributes:
        has_held_out: Whether there are held-out images.
        layout: The layout of the grids.
        layout_note: What the grids leave out or shrink, in words; None if nothing.
    """

    def __init__(
        self,
        model: WGAN,
        *,
        seed: int,
        latent_dim: int,
        latent: str = "normal",
        held_out: np.ndarray | None = None,
        drawing: Drawing | None = None,
    ):
        self._model = model
        self._drawing = drawing or drawing_of(model, latent_dim=latent_dim)
        self._num_classes = self._drawing.num_classes
        self._seed, self._latent_dim, self._latent = seed, latent_dim, latent
        height, width = self._drawing.size
        self.layout = grid_layout(self._num_classes or COLUMNS, height, width)
        self.layout_note = self.layout.in_words(self._num_classes, (height, width))
        self._batch = min(_BATCH, max(1, _BATCH * 28 * 28 // (height * width)))
        self.has_held_out = held_out is not None
        if held_out is not None:
            self._held_out = tf.constant(to_float(held_out[:HELD_OUT].astype(np.float32)))

    def _latents(self, stream: random_streams.Stream, count: int, step: int = 0) -> tf.Tensor:
        key = random_streams.key(self._seed, stream, step)
        return random_streams.latents(key, count, self._latent_dim, self._latent)

    def _grid(self, z: tf.Tensor) -> np.ndarray:
        rows, columns, _, reduction = self.layout
        if self._num_classes is not None:
            z = tf.tile(z, [len(rows), 1])
        labels = tf.repeat(tf.constant(rows), columns)
        images = []
        for start in range(0, len(labels), self._batch):
            part = slice(start, start + self._batch)
            images.append(reduced(self._drawing.pixels(z[part], labels[part]), reduction))
        return np.concatenate(images)

    @property
    def _num_latents(self) -> int:
        """Number of different latents in a grid."""
        rows = len(self.layout.rows) if self._num_classes is None else 1
        return rows * self.layout.columns

    def grid(self) -> np.ndarray:
        """A grid of the same latents at every step.

        Returns:
            ``(N, H, W, C)`` uint8, row by row, as ``layout`` says; shrunk by its factor.
        """
        return self._grid(self._latents(random_streams.Stream.SAMPLES, self._num_latents))

    def fresh(self, step: int) -> np.ndarray:
        """A grid of new latents at each step, which shows what the fixed ones may hide.

        Args:
            step: Generator step; the latents follow from it.

        Returns:
            Like ``grid``.
        """
        return self._grid(
            self._latents(random_streams.Stream.FRESH_SAMPLES, self._num_latents, step)
        )

    def walk(self) -> np.ndarray:
        """A grid whose rows walk from one latent to another, the same two at every step.

        Returns:
            Like ``grid``.
        """
        columns = self.layout.columns
        rows = self._num_latents // columns
        stops = self._latents(random_streams.Stream.WALK, 2 * rows).numpy().reshape(2, rows, -1)
        # A closed walk there and back; a row is the way there.
        path = walk(stops, 2 * (columns - 1))[:columns]
        return self._grid(path.swapaxes(0, 1).reshape(self._num_latents, -1))

    def held_out_estimate(self) -> float:
        """The Wasserstein estimate on images that the critic never learns from.

        ``mean(real_scores) - mean(fake_scores)``, on the same images and latents at every step,
        with both networks in inference mode. If it is well below the estimate of the training,
        the critic has memorized its training images.

        Returns:
            The estimate; any sign.
        """
        return float(self._estimate())

    @tf.function(autograph=False)
    def _estimate(self) -> tf.Tensor:
        count = len(self._held_out)
        z = self._latents(random_streams.Stream.HELD_OUT, count)
        labels = tf.range(count) % (self._num_classes or 1)
        fake_images = calls.generate(self._model.generator, z, labels)
        real_scores, fake_scores = (
            self._model.scores(images) for images in (self._held_out, fake_images)
        )
        return -losses.critic_loss(real_scores, fake_scores)

    def judged(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Samples for the judge: ``JUDGED`` images, the classes in turn, from fixed latents.

        Returns:
            ``(JUDGED, H, W, C)`` uint8, and labels ``(JUDGED,)`` int32, or None without classes.
        """
        z = self._latents(random_streams.Stream.EVALUATION, JUDGED)
        labels = tf.range(JUDGED) % (self._num_classes or 1)
        batch = self._batch
        parts = [slice(start, start + batch) for start in range(0, JUDGED, batch)]
        drawing = self._drawing
        if isinstance(self._model, Updates):  # What others draw with may be no graph.
            drawing = drawing._replace(images=self._images)
        images = [drawing.pixels(z[part], labels[part]) for part in parts]
        return np.concatenate(images), None if self._num_classes is None else labels.numpy()

    # Not Keras' predict: for a model on several devices it would need all workers.
    @tf.function(autograph=False, reduce_retracing=True)
    def _images(self, z: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._drawing.images(z, labels)


#: What ``samples_of`` takes beside the model.
_HOW = {"latent_dim", "num_classes", "generator", "pixel_range", "latent", "seed"}


def checked_how(how: dict[str, Any]) -> dict[str, Any]:
    """Refuse what ``samples_of`` does not take, when a callback is made.

    Args:
        how: Arguments.

    Raises:
        ParameterError: If one is not known.
    """
    for name in how.keys() - _HOW:
        raise ParameterError({name: f"is not known; known are {', '.join(sorted(_HOW))}"})
    return how


def samples_of(model: Any, *, seed: int = 0, latent: str = "normal", **how: Any) -> Samples:
    """Draws from any Keras model with a generator.

    Args:
        model: The model.
        seed: Seed of the latents.
        latent: Distribution of z, ``normal`` or ``uniform``.
        **how: ``generator``, ``latent_dim``, ``num_classes``, ``pixel_range``: see
            ``drawing.drawing_of``.

    Raises:
        ParameterError: If something must be given, or the generator does not draw images.
    """
    drawing = drawing_of(model, **how)
    return Samples(model, seed=seed, latent_dim=drawing.latent_dim, latent=latent, drawing=drawing)
