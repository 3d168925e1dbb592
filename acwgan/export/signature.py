"""What the export formats share: the inputs of an exported generator."""

from pathlib import Path

import tensorflow as tf

from acwgan.files.atomic import whole_file
from acwgan.wgan.latents import LATENTS


def generator_inputs(generator, latent) -> list[tf.TensorSpec]:
    """What a generator takes, under the names that all exports have."""
    z, *labels = generator.inputs
    return [
        tf.TensorSpec((None, z.shape[1]), tf.float32, name=LATENTS[latent].input_name),
        *[tf.TensorSpec((None,), tf.int32, name="labels") for _ in labels],
    ]


def write_bytes(content: bytes, path: str | Path) -> Path:
    """Write an exported file, whole or not at all; returns its path."""
    with whole_file(path) as partial:
        partial.write_bytes(content)
    return Path(path)
