"""Generators as ``.keras`` files."""

import tempfile
from pathlib import Path

import keras

from acwgan.export.signature import write_bytes


def export_keras(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """Export a generator as a ``.keras`` file, which Keras loads in safe mode.

    The file refers to the layers of ``acwgan.networks.layers``: import this module before loading.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new file.
        latent: Not used: a ``.keras`` file does not say how z is distributed.

    Returns:
        The path.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "generator.keras"
        generator.save(file)
        return write_bytes(file.read_bytes(), path)
