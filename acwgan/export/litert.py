"""Networks as LiteRT files, which ``generation.litert`` runs without TensorFlow."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from acwgan.export.converting import converting
from acwgan.export.free_batch import free_batch
from acwgan.export.signature import generator_inputs, write_bytes
from acwgan.generation.litert import MIXTURES
from acwgan.generation.sampling import Latents
from acwgan.networks.calls import class_count, generate, rate, scores_of, with_mixtures
from acwgan.runs.model_info import ModelInfo, with_appended_info
from acwgan.wgan.latents import LATENTS

#: Rows that a file computes at a time: enough for a short number's digits at once, and few enough
#: that the activations stay in the processor's cache.
BATCH = 20
#: TensorFlow's name for the signature that is used if none is named.
_DEFAULT = "serving_default"
#: Batches of example inputs from which ``int8`` takes the range of each activation.
_EXAMPLE_BATCHES = 25


class _Signature(NamedTuple):
    """A function of a LiteRT file."""

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: list[tf.TensorSpec]


def export_generator(
    generator: keras.Model,
    path: str | Path,
    latent: str = "normal",
    quantize: str | None = None,
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export a generator as a LiteRT file.

    The default signature takes ``z`` ``(B, latent_dim)`` float32 (``z_uniform`` if the distribution
    is uniform) and, with classes, ``labels`` ``(B,)`` int32. With classes there is a second
    signature, ``mixtures``, which takes ``class_weights`` ``(B, K)`` float32 instead of labels and
    shares the weights. Both return ``images`` ``(B, H, W, C)``, float32 in [-1, 1] or uint8.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.
        path: Path of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.
        quantize: One of ``formats.QUANTIZATIONS``; None for float32.
        info: What the file says of the generator.

    Returns:
        The path.
    """
    z, *labels = (
        tf.TensorSpec((BATCH, *spec.shape[1:]), spec.dtype, name=spec.name)
        for spec in generator_inputs(generator, latent)
    )
    latents = Latents(0, z.shape[1], latent=latent)
    if not labels:
        signatures = {_DEFAULT: _Signature(lambda z: {"images": generate(generator, z, None)}, [z])}
        content = _converted(generator, signatures, quantize, _examples(z.name, latents, None))
        return write_bytes(with_appended_info(content, info), path)

    mixing = with_mixtures(generator)
    num_classes = class_count(generator)

    def draw_mixtures(z, class_weights):
        return {"images": generate(mixing, z, class_weights)}

    def draw_classes(z, labels):
        # Not tf.one_hot: quantized to int8, LiteRT's operation gives other numbers.
        return draw_mixtures(z, tf.gather(tf.eye(num_classes), labels))

    class_weights = tf.TensorSpec((BATCH, num_classes), tf.float32, name="class_weights")
    signatures = {
        _DEFAULT: _Signature(draw_classes, [z, *labels]),
        MIXTURES: _Signature(draw_mixtures, [z, class_weights]),
    }
    examples = _examples(z.name, latents, num_classes)
    content = _converted(mixing, signatures, quantize, examples)
    return write_bytes(with_appended_info(content, info), path)


def _examples(z_name: str, latents: Latents, num_classes: int | None) -> Callable[[], Iterator]:
    """Typical inputs of each signature, from which ``int8`` takes the ranges of activations."""

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


def export_critic(
    critic: keras.Model,
    path: str | Path,
    *,
    info: ModelInfo | None = None,
    class_in_score: bool = False,
) -> Path:
    """Export a critic as a LiteRT file.

    The file takes ``images`` ``(B, H, W, C)`` float32 in [-1, 1]. It returns ``scores`` ``(B,)``
    and, with classes, ``class_probs`` ``(B, K)``.

    Args:
        critic: images -> [scores, class_logits], or -> [scores].
        path: Path of the new file.
        info: What the file says of the critic.
        class_in_score: Whether it scores images as ones of the class that it reads; see
            ``networks.calls.scores_of``.

    Returns:
        The path.
    """

    def rate_images(images):
        _, *class_logits = outputs = rate(critic, images)
        results = {"scores": scores_of(outputs, class_in_score)}
        if class_logits:
            results["class_probs"] = tf.nn.softmax(class_logits[0])
        return results

    content = _converted(critic, {_DEFAULT: _Signature(rate_images, [_images(critic)])})
    return write_bytes(with_appended_info(content, info), path)


def export_classifier(
    classifier: keras.Model, path: str | Path, *, info: ModelInfo | None = None
) -> Path:
    """Export a classifier as a LiteRT file, which ``evaluation.Judge`` reads.

    The file takes ``images`` ``(B, H, W, C)`` float32 in [-1, 1]. It returns ``class_probs``
    ``(B, K)`` and ``features`` ``(B, F)``.

    Args:
        classifier: images -> class logits, with a layer ``features``, as from
            ``evaluation.build_classifier``.
        path: Path of the new file.
        info: What the file says of the classifier.

    Returns:
        The path.
    """
    features = classifier.get_layer("features").output
    both = keras.Model(classifier.inputs, [*classifier.outputs, features])

    def judge_images(images):
        class_logits, features = both(images, training=False)
        return {"class_probs": tf.nn.softmax(class_logits), "features": features}

    content = _converted(both, {_DEFAULT: _Signature(judge_images, [_images(classifier)])})
    return write_bytes(with_appended_info(content, info), path)


def export_encoder(
    encoder: keras.Model,
    path: str | Path,
    latent: str = "normal",
    *,
    info: ModelInfo | None = None,
) -> Path:
    """Export an encoder as a LiteRT file.

    The file takes ``images`` ``(B, H, W, C)`` float32 in [-1, 1] and, with classes, ``labels``
    ``(B,)`` int32. It returns the latent under the name that the generator's file has for it, ``z``
    or ``z_uniform``, ``(B, latent_dim)`` float32.

    Args:
        encoder: [images, class_weights] -> z, or [images] -> z, as from ``build_encoder``.
        path: Path of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.
        info: What the file says of the encoder.

    Returns:
        The path.
    """
    inputs = [_images(encoder)]
    inputs += [tf.TensorSpec((BATCH,), tf.int32, name="labels") for _ in encoder.inputs[1:]]

    def encode(images, *labels):
        # Not tf.one_hot: the converter makes a lookup of it and the product that follows, which
        # untrusted files may not have.
        class_weights = [tf.gather(tf.eye(encoder.inputs[1].shape[1]), each) for each in labels]
        return {LATENTS[latent].input_name: encoder([images, *class_weights], training=False)}

    content = _converted(encoder, {_DEFAULT: _Signature(encode, inputs)})
    return write_bytes(with_appended_info(content, info), path)


def _images(network: keras.Model) -> tf.TensorSpec:
    return tf.TensorSpec((BATCH, *network.inputs[0].shape[1:]), tf.float32, name="images")


def _converted(
    network: keras.Model,
    signatures: dict[str, _Signature],
    quantize: str | None = None,
    examples: Callable[[], Iterator] | None = None,
) -> bytes:
    """Convert a SavedModel: a bare function is converted without weights and without an error."""
    archive = keras.export.ExportArchive()
    archive.track(network)
    for name, signature in signatures.items():
        # None may be called "serve": the converter would then take that one alone.
        archive.add_endpoint(name, signature.function, input_signature=signature.inputs)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*signatures])
        # Only operations of the plain runtime.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantize == "int8":
            converter.representative_dataset = examples
        with warnings.catch_warnings():
            # From the interpreter in which TensorFlow itself runs the examples.
            warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
            with converting("LiteRT", others="keras and savedmodel"):
                content = converter.convert()
    return free_batch(content, BATCH)
