"""Every format of an exported generator by name.

To add one: a file in this folder with a function that writes it, and a row in ``FORMATS``. Nothing
is imported before it is written.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Format(NamedTuple):
    """A format and what writes it.

    Attributes:
        file_name: Name of the generator's file in the run folder.
        function: ``module.function`` in ``acwgan.export``.
    """

    file_name: str
    function: str

    @property
    def export(self) -> Callable[..., Path]:
        """``(generator, path, latent)`` -> the path that was written."""
        module, name = self.function.split(".")
        return getattr(importlib.import_module(f"acwgan.export.{module}"), name)


#: Name of ``acwgan export --format`` -> the format.
FORMATS = {
    "litert": Format("generator.tflite", "litert.export_generator"),
    "keras": Format("generator.keras", "keras_file.export_keras"),
    "savedmodel": Format("generator.savedmodel", "savedmodel.export_savedmodel"),
    "onnx": Format("generator.onnx", "onnx.export_onnx"),
}
#: Ways to make the numbers of a LiteRT generator smaller: half floats for the weights; bytes for
#: weights and activations; bytes for the weights, with activations whose range is found as they go.
QUANTIZATIONS = ("float16", "int8", "int8-weights")
