"""Generators as ``.keras`` files."""

import tempfile
from pathlib import Path

import keras

from acwgan.errors import UserError
from acwgan.export.signature import write_bytes
from acwgan.keras_settings import standard_settings
from acwgan.networks.stock import in_stock_layers
from acwgan.runs.model_info import ModelInfo, with_keras_info


def export_keras(
    generator: keras.Model,
    path: str | Path,
    latent: str = "normal",
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export a generator as a ``.keras`` file, which Keras loads in safe mode.

    Keras does not need this package for it: a generator of the package is written in Keras' own
    layers (``networks.in_stock_layers``), which all its backends have; any other as it is.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new file.
        latent: Not used: Keras has no place for it. ``info`` says how z is distributed.
        info: What the file says of the generator, in its ``metadata.json``.

    Returns:
        The path.

    Raises:
        UserError: If a layer of the user's own has no ``get_config``.
    """
    with standard_settings(), tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "generator.keras"
        try:
            in_stock_layers(generator).save(file)
        except (NotImplementedError, TypeError, ValueError) as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = " ".join(lines[:2]) or type(error).__name__
            raise UserError(f"Keras cannot save the generator as a file: {reason}") from error
        return write_bytes(with_keras_info(file.read_bytes(), info), path)
