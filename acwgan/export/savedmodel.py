"""A generator as others take it: ``.keras``, SavedModel, ONNX. For LiteRT see ``export``."""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from acwgan.export.signature import generator_inputs
from acwgan.networks.calls import generate
from acwgan.wgan import random_streams


def export_savedmodel(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """A generator as a SavedModel, a folder that TensorFlow loads without this package.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also one of ``networks.in_pixels``.
        path: Of the new folder; one that is there is replaced.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Returns:
        The path. The signature ``serve`` (and ``serving_default``): ``z`` ``(B, latent_dim)``
        float32 (``z_uniform`` where it is uniform) and ``labels`` ``(B,)`` int32 to ``images``.
        The signature ``generate``: ``labels``, or ``count`` ``()`` int32 of a generator without
        classes, and ``seed`` ``()`` int32 to ``images``; the same seed gives the same z.
    """
    path = Path(path)
    z, *labels = generator_inputs(generator, latent)
    seed = tf.TensorSpec((), tf.int32, name="seed")
    count = tf.TensorSpec((), tf.int32, name="count")

    def serve(z, labels=None):
        return {"images": generate(generator, z, labels)}

    def drawn(count, seed):
        return random_streams.latents(tf.stack([seed, 0]), count, z.shape[1], latent)

    def generate_labels(labels, seed):
        return serve(drawn(tf.shape(labels)[0], seed), labels)

    def generate_count(count, seed):
        return serve(drawn(count, seed))

    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint("serve", serve, input_signature=[z, *labels])
    archive.add_endpoint(
        "generate",
        generate_labels if labels else generate_count,
        input_signature=[*(labels or [count]), seed],
    )
    partial = path.with_name(f".{path.name}.partial")
    try:
        archive.write_out(partial, verbose=False)
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return path
