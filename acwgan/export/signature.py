"""What every export format shares: the inputs of an exported generator, and how it is written."""

from pathlib import Path

import keras
import tensorflow as tf

from acwgan.files.atomic import whole_file
from acwgan.wgan.latents import LATENTS


def generator_inputs(generator: keras.Model, latent: str) -> list[tf.TensorSpec]:
    """The inputs of an exported generator, under the names that they have in every format.

    Args:
        generator: [z, labels] -> images, or [z] -> images.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Returns:
        ``z`` ``(None, latent_dim)`` float32 (``z_uniform`` if the distribution is uniform) and,
        with classes, ``labels`` ``(None,)`` int32.
    """
    z, *labels = generator.inputs
    return [
        tf.TensorSpec((None, z.shape[1]), tf.float32, name=LATENTS[latent].input_name),
        *[tf.TensorSpec((None,), tf.int32, name="labels") for _ in labels],
    ]


def write_bytes(content: bytes, path: str | Path) -> Path:
    """Write an exported file, whole or not at all.

    Args:
        content: The content of the file.
        path: Path of the new file.

    Returns:
        The path.
    """
    with whole_file(path) as partial:
        partial.write_bytes(content)
    return Path(path)
