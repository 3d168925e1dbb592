"""Augmentation of all images that the critic sees, for small training sets.

Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training" (DiffAugment): the
same random transformations of real and of fake images, differentiable, so that the generator
learns through them and its own pictures stay untouched. Karras et al. 2020, "Training Generative
Adversarial Networks with Limited Data" (ADA): each is applied with a probability below 1.

Differs from both: no mirroring, since a mirrored 3 is no 3.
"""

from __future__ import annotations

import tensorflow as tf

#: Random numbers that ``augment`` takes for each image.
DRAWS = 10
#: Largest shift, and side of the square that is cut out, as shares of the image's sides.
_MOST_SHIFT, _CUTOUT = 1 / 8, 1 / 2


def augment(images: tf.Tensor, draws: tf.Tensor, probability: tf.Tensor) -> tf.Tensor:
    """Transform each image by its own random numbers; the three policies of DiffAugment.

    In this order, each with ``probability`` on its own: *color* adds U[-0.5, 0.5) to the
    brightness, and scales the saturation by U[0, 2) and the contrast by U[0.5, 1.5); *translation*
    shifts by up to an eighth of each side; *cutout* empties a square of half the sides at a random
    place. Pixels that become empty are 0, the middle of the range.

    Args:
        images: ``(B, H, W, C)`` float32 in [-1, 1].
        draws: ``(B, DRAWS)`` float32, U[0, 1).
        probability: Scalar float32 in [0, 1].

    Returns:
        ``(B, H, W, C)`` float32; colors may leave [-1, 1].

    Example:
        At probability 0 nothing changes.

        >>> images = tf.random.stateless_uniform((2, 8, 8, 3), (0, 1), -1)
        >>> draws = tf.random.stateless_uniform((2, DRAWS), (2, 3))
        >>> bool(tf.reduce_all(augment(images, draws, tf.constant(0.0)) == images))
        True
    """
    draw = tf.unstack(draws, axis=1)
    colored = _recolored(images, brightness=draw[1], saturation=draw[2], contrast=draw[3])
    images = _where(draw[0] < probability, colored, images)
    images = _where(draw[4] < probability, _shifted(images, draw[5], draw[6]), images)
    return _where(draw[7] < probability, _cut_out(images, draw[8], draw[9]), images)


def _where(chosen: tf.Tensor, changed: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
    return tf.where(chosen[:, None, None, None], changed, images)


def _recolored(
    images: tf.Tensor, brightness: tf.Tensor, saturation: tf.Tensor, contrast: tf.Tensor
) -> tf.Tensor:
    brightness, saturation, contrast = (
        draw[:, None, None, None] for draw in (brightness, saturation, contrast)
    )
    images += brightness - 0.5
    if images.shape[3] > 1:
        grey = tf.reduce_mean(images, axis=3, keepdims=True)
        images = grey + (images - grey) * (2.0 * saturation)
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + (images - mean) * (contrast + 0.5)


def _shifted(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    rows, columns = (
        _shift_matrices(draw, side)
        for draw, side in zip((down, right), images.shape[1:3], strict=True)
    )
    # Products with matrices of zeros and ones: exact, and their gradients are products too.
    return tf.einsum("bij,bjkc,blk->bilc", rows, images, columns)


def _shift_matrices(draw: tf.Tensor, side: int) -> tf.Tensor:
    """``(B, side, side)`` matrices that move a vector by -most..most places, evenly likely."""
    most = round(side * _MOST_SHIFT)
    shift = tf.cast(tf.floor(draw * (2 * most + 1)), tf.int32) - most
    source = tf.range(side)[None, :] - shift[:, None]  # Outside of the image: a row of zeros.
    return tf.one_hot(source, side)


def _cut_out(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    rows, columns = (
        _in_cutout(draw, side) for draw, side in zip((down, right), images.shape[1:3], strict=True)
    )
    inside = rows[:, :, None, None] & columns[:, None, :, None]
    return tf.where(inside, 0.0, images)


def _in_cutout(draw: tf.Tensor, side: int) -> tf.Tensor:
    """``(B, side)``: whether a row or column lies in the square, whose center is anywhere."""
    size = round(side * _CUTOUT)
    start = tf.cast(tf.floor(draw * (side + 1)), tf.int32) - size // 2
    place = tf.range(side)[None, :] - start[:, None]
    return (place >= 0) & (place < size)
