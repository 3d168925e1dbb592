"""Networks as LiteRT files, which run without TensorFlow (see ``litert``)."""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from acwgan.files.atomic import whole_file
from acwgan.generation.litert import MIXTURES
from acwgan.generation.sampling import Latents
from acwgan.networks.calls import class_count, generate, rate, with_mixtures
from acwgan.wgan.latents import LATENTS

#: Rows that a file computes at a time: a short number's digits at once, and small enough that the
#: activations stay in the processor's cache.
BATCH = 20
#: What TensorFlow calls the signature that is taken if none is named.
_DEFAULT = "serving_default"
#: Batches of examples from which int8 takes the range of each activation.
_EXAMPLE_BATCHES = 25


def export_generator(
    generator: keras.Model, path: str | Path, latent: str = "normal", quantize: str | None = None
) -> Path:
    """A generator as a LiteRT file.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also one of ``networks.in_pixels``.
        path: Of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.
        quantize: One of ``formats.QUANTIZATIONS``; None for float32.

    Returns:
        The path. The default signature: ``z`` ``(B, latent_dim)`` float32 (``z_uniform`` where it
        is uniform) and, with classes, ``labels`` ``(B,)`` int32, to ``images`` ``(B, H, W, C)``,
        float32 in [-1, 1] (or uint8). With classes there is a second signature, ``mixtures``,
        with ``class_weights`` ``(B, K)`` float32 instead of the labels. Both share the weights.
    """
    z_name = LATENTS[latent].input_name
    latent_dim, num_classes = generator.inputs[0].shape[1], class_count(generator)
    z = tf.TensorSpec((BATCH, latent_dim), tf.float32, name=z_name)
    examples = _examples(z_name, Latents(0, latent_dim, latent=latent), num_classes)
    if num_classes is None:
        signatures = {_DEFAULT: (lambda z: {"images": generate(generator, z, None)}, [z])}
        return _export(generator, signatures, path, quantize, examples)

    mixing = with_mixtures(generator)

    def mix(z, class_weights):
        return {"images": generate(mixing, z, class_weights)}

    def draw(z, labels):
        # Not tf.one_hot: quantized to int8, LiteRT's operation gives other numbers.
        return mix(z, tf.gather(tf.eye(num_classes), labels))

    labels = tf.TensorSpec((BATCH,), tf.int32, name="labels")
    class_weights = tf.TensorSpec((BATCH, num_classes), tf.float32, name="class_weights")
    signatures = {_DEFAULT: (draw, [z, labels]), MIXTURES: (mix, [z, class_weights])}
    return _export(mixing, signatures, path, quantize, examples)


def _examples(z_name: str, latents: Latents, num_classes: int | None) -> Callable:
    """Inputs as they will be, for each signature."""

    def examples():
        for _ in range(_EXAMPLE_BATCHES):
            z = {z_name: latents(BATCH)}
            if num_classes is None:
                yield _DEFAULT, z
            else:
                labels = np.arange(BATCH, dtype=np.int32) % num_classes
                yield _DEFAULT, z | {"labels": labels}
                yield MIXTURES, z | {"class_weights": np.eye(num_classes, dtype=np.float32)[labels]}

    return examples


def export_critic(critic: keras.Model, path: str | Path) -> Path:
    """A critic as a LiteRT file.

    Args:
        critic: images -> [scores, class_logits], or -> [scores].
        path: Of the new file.

    Returns:
        The path. The signature: ``images`` ``(B, H, W, C)`` float32 in [-1, 1] to ``scores``
        ``(B,)`` and, with classes, ``class_probs`` ``(B, K)``.
    """

    def rated(images):
        scores, *class_logits = rate(critic, images)
        results = {"scores": scores}
        if class_logits:
            results["class_probs"] = tf.nn.softmax(class_logits[0])
        return results

    return _export(critic, {_DEFAULT: (rated, [_images(critic)])}, path)


def export_classifier(classifier: keras.Model, path: str | Path) -> Path:
    """A classifier of ``classifier.build_classifier`` as a LiteRT file.

    Args:
        classifier: images -> class logits, with a layer ``features``.
        path: Of the new file.

    Returns:
        The path. The signature: ``images`` ``(B, H, W, C)`` float32 in [-1, 1] to ``class_probs``
        ``(B, K)`` and ``features`` ``(B, F)``.
    """
    features = classifier.get_layer("features").output
    both = keras.Model(classifier.inputs, [*classifier.outputs, features])

    def judge(images):
        class_logits, features = both(images, training=False)
        return {"class_probs": tf.nn.softmax(class_logits), "features": features}

    return _export(both, {_DEFAULT: (judge, [_images(classifier)])}, path)


def _images(network) -> tf.TensorSpec:
    return tf.TensorSpec((BATCH, *network.inputs[0].shape[1:]), tf.float32, name="images")


def _export(
    network: keras.Model,
    signatures: dict[str, tuple[Callable, list[tf.TensorSpec]]],
    path: str | Path,
    quantize: str | None = None,
    examples: Callable | None = None,
) -> Path:
    """Through a SavedModel: a converted bare function would lack the weights, without an error."""
    archive = keras.export.ExportArchive()
    archive.track(network)
    for name, (function, inputs) in signatures.items():
        # None may be called "serve": the converter would then take that one alone.
        archive.add_endpoint(name, function, input_signature=inputs)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*signatures])
        # Only what the plain runtime has.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantize == "int8":
            converter.representative_dataset = examples
        with warnings.catch_warnings():
            # Of the interpreter with which TensorFlow itself runs the examples.
            warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
            content = converter.convert()
    with whole_file(path) as partial:
        partial.write_bytes(content)
    return Path(path)
