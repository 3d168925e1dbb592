"""Generators as TensorFlow SavedModels."""

from pathlib import Path

import keras
import tensorflow as tf

from acwgan.export.converting import converting
from acwgan.export.formats import SAVEDMODEL_INFO, is_savedmodel
from acwgan.export.signature import generator_inputs
from acwgan.files.atomic import whole_folder
from acwgan.networks.calls import generate
from acwgan.runs.model_info import ModelInfo
from acwgan.wgan import random_streams


def export_savedmodel(
    generator: keras.Model,
    path: str | Path,
    latent: str = "normal",
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export a generator as a SavedModel, a folder that TensorFlow loads without this package.

    The signature ``serve``, also called ``serving_default``, takes ``z`` ``(B, latent_dim)``
    float32 (``z_uniform`` if the distribution is uniform) and, with classes, ``labels`` ``(B,)``
    int32. The signature ``generate`` takes ``seed`` ``()`` int32 and either ``labels`` or, without
    classes, ``count`` ``()`` int32; the same seed gives the same z. Both return ``images``
    ``(B, H, W, C)``.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new folder. A SavedModel that is already there is replaced; a
            folder with other things is refused.
        latent: The distribution of z, ``normal`` or ``uniform``.
        info: What the folder says of the generator, in ``assets.extra/acwgan.json``.

    Returns:
        The path.

    Raises:
        UserError: If the network cannot be traced.
        OSError: If the folder holds other things, or cannot be written.
    """
    z, *labels = generator_inputs(generator, latent)
    seed = tf.TensorSpec((), tf.int32, name="seed")
    count = tf.TensorSpec((), tf.int32, name="count")

    def serve(z, labels=None):
        return {"images": generate(generator, z, labels)}

    def draw_z(count, seed):
        return random_streams.latents(tf.stack([seed, 0]), count, z.shape[1], latent)

    def generate_labels(labels, seed):
        return serve(draw_z(tf.shape(labels)[0], seed), labels)

    def generate_count(count, seed):
        return serve(draw_z(count, seed))

    with converting("SavedModel", others="keras"):
        archive = keras.export.ExportArchive()
        archive.track(generator)
        archive.add_endpoint("serve", serve, input_signature=[z, *labels])
        archive.add_endpoint(
            "generate",
            generate_labels if labels else generate_count,
            input_signature=[*(labels or [count]), seed],
        )
    with whole_folder(path, is_savedmodel) as partial:
        archive.write_out(partial, verbose=False)
        if info and info.known():
            about = partial / SAVEDMODEL_INFO
            about.parent.mkdir()
            about.write_text(info.to_json(), encoding="utf-8")
    return Path(path)
