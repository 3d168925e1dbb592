"""Generators as ``.keras`` files."""

import tempfile
from pathlib import Path

import keras

from acwgan.export.signature import write_bytes


def export_keras(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """A generator as a ``.keras`` file, which Keras loads in safe mode.

    It names the layers of ``acwgan.networks.layers``, which must be imported first.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also one of ``networks.in_pixels``.
        path: Of the new file.
        latent: Unused: a network takes any z.

    Returns:
        The path.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "generator.keras"
        generator.save(file)
        return write_bytes(file.read_bytes(), path)
