"""A generator as others take it: ``.keras``, SavedModel, ONNX. For LiteRT see ``export``."""

import shutil
import tempfile
import warnings
from pathlib import Path

import keras
import tensorflow as tf

from acwgan import draws
from acwgan.errors import UserError
from acwgan.files import whole_file
from acwgan.litert import Z_NAMES
from acwgan.networks import generate


def export_keras(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """A generator as a ``.keras`` file, which Keras loads in safe mode.

    It names the layers of ``acwgan.layers``, which must be imported first.

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
        return _write(file.read_bytes(), path)


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
    z, *labels = _inputs(generator, latent)
    seed = tf.TensorSpec((), tf.int32, name="seed")
    count = tf.TensorSpec((), tf.int32, name="count")

    def serve(z, labels=None):
        return {"images": generate(generator, z, labels)}

    def drawn(count, seed):
        return draws.latents(tf.stack([seed, 0]), count, z.shape[1], latent)

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


def export_onnx(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """A generator as an ONNX file, by Keras' own exporter.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also one of ``networks.in_pixels``.
        path: Of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Returns:
        The path. Inputs ``z`` ``(batch, latent_dim)`` float32 (``z_uniform`` where it is uniform)
        and, with classes, ``labels`` ``(batch,)`` int32; output ``images`` ``(batch, H, W, C)``.

    Raises:
        UserError: If the packages of the extra ``onnx`` are missing.
    """
    try:
        import onnx
        import tf2onnx  # noqa: F401  (Keras calls it)
    except ImportError as error:
        missing = f"ONNX needs the package {error.name}"
        raise UserError(f'{missing}: pip install "acwgan[onnx]"') from error

    inputs = _inputs(generator, latent)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Of Keras' patch that makes tf2onnx run under NumPy 2.
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        file = Path(folder) / "generator.onnx"
        generator.export(
            file,
            format="onnx",
            verbose=False,
            input_signature=[inputs] if len(inputs) > 1 else inputs,
        )
        network = onnx.load(file)
    _name(network.graph)
    onnx.checker.check_model(network)
    return _write(network.SerializeToString(), path)


def _inputs(generator, latent) -> list[tf.TensorSpec]:
    """What a generator takes, under the names that all exports have."""
    z, *labels = generator.inputs
    return [
        tf.TensorSpec((None, z.shape[1]), tf.float32, name=Z_NAMES[latent]),
        *[tf.TensorSpec((None,), tf.int32, name="labels") for _ in labels],
    ]


def _name(graph) -> None:
    """Name the output and the batch of an ONNX graph, which the converter numbers."""
    (output,) = graph.output
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = ["images" if name == output.name else name for name in names]
    output.name = "images"
    for value in (*graph.input, output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"


def _write(content: bytes, path) -> Path:
    with whole_file(path) as partial:
        partial.write_bytes(content)
    return Path(path)
