"""Generators as ``.keras`` files."""

import tempfile
from pathlib import Path

import keras

from acwgan.export.signature import write_bytes
from acwgan.runs.model_info import ModelInfo, with_keras_info


def export_keras(
    generator: keras.Model,
    path: str | Path,
    latent: str = "normal",
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export a generator as a ``.keras`` file, which Keras loads in safe mode.

    The file refers to the layers of ``acwgan.networks.layers``: import this module before loading.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new file.
        latent: Not used: Keras has no place for it. ``info`` says how z is distributed.
        info: What the file says of the generator, in its ``metadata.json``.

    Returns:
        The path.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "generator.keras"
        generator.save(file)
        return write_bytes(with_keras_info(file.read_bytes(), info), path)
