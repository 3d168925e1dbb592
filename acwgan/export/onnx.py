"""Generators as ONNX files."""

import json
import logging
import tempfile
import warnings
from pathlib import Path

import keras

from acwgan.errors import UserError
from acwgan.export.converting import converting
from acwgan.export.signature import generator_inputs, write_bytes
from acwgan.runs.model_info import ModelInfo


def export_onnx(
    generator: keras.Model,
    path: str | Path,
    latent: str = "normal",
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export a generator as an ONNX file, with Keras' own exporter.

    The file takes ``z`` ``(batch, latent_dim)`` float32 (``z_uniform`` if the distribution is
    uniform) and, with classes, ``labels`` ``(batch,)`` int32. It returns ``images``
    ``(batch, H, W, C)``.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.
        info: What the file says of the generator, each as JSON in a metadata property.

    Returns:
        The path.

    Raises:
        UserError: If the packages of the extra ``onnx`` are not installed, or the network cannot
            be converted.
    """
    try:
        import onnx
        import tf2onnx  # noqa: F401  (Keras calls it)
    except ImportError as error:
        missing = f"ONNX needs the package {error.name}, which is not installed"
        raise UserError(f'{missing}: pip install "acwgan[onnx]"') from error

    inputs = generator_inputs(generator, latent)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # From the patch with which Keras makes tf2onnx run under NumPy 2.
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        file = Path(folder) / "generator.onnx"
        logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # The error below says it.
        with converting("ONNX", others="keras and savedmodel"):
            generator.export(
                file,
                format="onnx",
                verbose=False,
                input_signature=[inputs] if len(inputs) > 1 else inputs,
            )
            network = onnx.load(file)
            onnx.checker.check_model(network)
    _rename(network.graph)
    properties = info.known() if info else {}
    onnx.helper.set_model_props(
        network, {name: json.dumps(value, ensure_ascii=False) for name, value in properties.items()}
    )
    onnx.checker.check_model(network)
    return write_bytes(network.SerializeToString(), path)


def _rename(graph) -> None:
    """Give the output and the batch axis their names; the converter calls them by numbers."""
    (output,) = graph.output
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = ["images" if name == output.name else name for name in names]
    output.name = "images"
    for value in (*graph.input, output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
