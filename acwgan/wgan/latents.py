"""Every distribution of the latent z by name. TensorFlow is imported when one draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


def _tensorflow_normal(shape: tuple[int, ...], key: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.random.stateless_normal(shape, key)


def _tensorflow_uniform(shape: tuple[int, ...], key: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.random.stateless_uniform(shape, key, -1.0, 1.0)


class LatentDistribution(NamedTuple):
    """A distribution, as training and as generation draw from it.

    Attributes:
        input_name: Name of the input z of an exported generator, so that the file says which
            distribution it expects.
        draw_tensor: ``(shape, key)`` -> float32 tensor, in training.
        draw_array: ``(numpy.random.Generator, shape)`` -> float32 array, in generation.
    """

    input_name: str
    draw_tensor: Callable[[tuple[int, ...], tf.Tensor], tf.Tensor]
    draw_array: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


#: Name in ``Config.latent`` -> its distribution.
LATENTS = {
    # N(0, 1).
    "normal": LatentDistribution(
        "z", _tensorflow_normal, lambda rng, shape: rng.standard_normal(shape, dtype="float32")
    ),
    # U[-1, 1).
    "uniform": LatentDistribution(
        "z_uniform",
        _tensorflow_uniform,
        lambda rng, shape: 2 * rng.random(shape, dtype="float32") - 1,
    ),
}
