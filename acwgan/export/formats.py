"""The table of export formats.

To add a format, write one file in this folder with an export function, and add a row to
``FORMATS``. An export function is imported only when it is used.
"""

import fnmatch
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Format(NamedTuple):
    """An export format.

    Attributes:
        file_name: Name of the exported generator in the run folder.
        function: ``module.function`` in ``acwgan.export``.
    """

    file_name: str
    function: str

    @property
    def export(self) -> Callable[..., Path]:
        """The export function: ``(generator, path, latent, *, info)`` -> the written path."""
        module, name = self.function.split(".")
        return getattr(importlib.import_module(f"acwgan.export.{module}"), name)


#: Value of ``acwgan export --format`` -> the format.
FORMATS = {
    "litert": Format("generator.tflite", "litert.export_generator"),
    "keras": Format("generator.keras", "keras_file.export_keras"),
    "savedmodel": Format("generator.savedmodel", "savedmodel.export_savedmodel"),
    "onnx": Format("generator.onnx", "onnx.export_onnx"),
}
#: Name of the critic beside a generator for LiteRT.
CRITIC = "critic.tflite"
#: What a SavedModel says of its generator; TensorFlow leaves this folder to others.
SAVEDMODEL_INFO = "assets.extra/acwgan.json"
#: The files of a SavedModel.
_SAVEDMODEL = ("saved_model.pb", "fingerprint.pb", "variables/variables.*", SAVEDMODEL_INFO)
#: Quantizations of a LiteRT generator: ``float16`` weights; ``int8`` weights and activations;
#: ``int8-weights``, with activations that are quantized while the network runs.
QUANTIZATIONS = ("float16", "int8", "int8-weights")


def is_savedmodel(folder: Path) -> bool:
    """Whether a folder is a SavedModel and holds nothing else.

    Args:
        folder: An existing folder.

    Example:
        >>> is_savedmodel(Path("/"))
        False
    """
    # Empty folders are not counted: TensorFlow makes one called assets.
    files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    names = (path.relative_to(folder).as_posix() for path in files)
    return (folder / "saved_model.pb").is_file() and all(
        any(fnmatch.fnmatchcase(name, pattern) for pattern in _SAVEDMODEL) for name in names
    )
