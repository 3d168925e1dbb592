"""Improves latents by descent. It needs TensorFlow."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from acwgan.encoder.descent import DifferentiableGenerator, differentiable_generator
from acwgan.images.pixels import as_images
from acwgan.wgan.batches import from_pixels

#: Step size of Adam, and the weight of the length of z.
_RATE, _LENGTH = 0.03, 0.01


def refined(
    z: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    generator: DifferentiableGenerator | str | Path | None = None,
    steps: int = 250,
) -> np.ndarray:
    """Descend from latents to ones that draw given images more closely.

    The loss is ``mean (G(z, y) - x)^2 + 0.01 mean z^2`` (Zhu et al. 2016, "Generative visual
    manipulation on the natural image manifold", eq. 3, with pixels for the distance). The second
    term keeps z where the generator was trained: what is drawn in other classes from a z that is
    far from there is poor.

    Args:
        z: ``(N, latent_dim)``, one latent for each image, or ``(1, latent_dim)`` for all of them.
        images: ``(N, H, W, C)`` uint8, or without C.
        labels: ``(N,)`` int32.
        generator: The generator, or its path as for ``acwgan.load``.
        steps: Steps of Adam, at least 1.

    Returns:
        Latents of the shape of ``z``, float32.

    Raises:
        LoadError: If the path holds no generator through which a gradient flows.

    Example:
        >>> from acwgan.generation.loading import load
        >>> seven = load().generate("7", seed=1)
        >>> refined(np.zeros((1, 64), np.float32), seven, np.array([7]), steps=1).shape
        (1, 64)
    """
    if not isinstance(generator, DifferentiableGenerator):
        generator = differentiable_generator(generator)
    draw = generator.draw
    real = from_pixels(tf.constant(as_images(images, generator.image_shape)))
    labels = tf.constant(labels, tf.int32)
    latents = tf.Variable(z, dtype=tf.float32)
    optimizer = keras.optimizers.Adam(_RATE)
    optimizer.build([latents])

    @tf.function
    def descend() -> None:
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                shape = (len(real), generator.latent_dim)
                drawn = draw(tf.broadcast_to(latents, shape), labels)
                # The mean over an image, the sum over latents: each descends by itself.
                apart = tf.reduce_mean(tf.square(drawn - real), axis=(1, 2, 3))
                length = tf.reduce_mean(tf.square(latents), axis=1)
                loss = tf.reduce_sum(apart) / (len(real) / len(z)) + _LENGTH * tf.reduce_sum(length)
            optimizer.apply_gradients(zip(tape.gradient(loss, [latents]), [latents], strict=True))

    descend()
    return latents.numpy()
