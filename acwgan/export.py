"""Networks as LiteRT files, which run without TensorFlow (see ``litert``)."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from acwgan.files import whole_file
from acwgan.networks import of_mixtures

#: Rows that a file computes at a time: a short number's digits at once, and small enough that the
#: activations stay in the processor's cache.
BATCH = 20


def export_generator(generator: keras.Model, path: str | Path) -> Path:
    """A generator as a LiteRT file.

    Args:
        generator: [z, labels] -> images.
        path: Of the new file.

    Returns:
        The path. The signature: ``z`` ``(B, latent_dim)`` and ``class_weights`` ``(B, K)``, both
        float32, to ``images`` ``(B, H, W, C)`` float32 in [-1, 1].
    """
    mixing = of_mixtures(generator)
    latent_dim, num_classes = (tensor.shape[1] for tensor in mixing.inputs)

    def images(z, class_weights):
        return {"images": mixing([z, class_weights], training=False)}

    return _export(mixing, images, {"z": (latent_dim,), "class_weights": (num_classes,)}, path)


def export_critic(critic: keras.Model, path: str | Path) -> Path:
    """A critic as a LiteRT file.

    Args:
        critic: images -> [scores, class_logits].
        path: Of the new file.

    Returns:
        The path. The signature: ``images`` ``(B, H, W, C)`` float32 in [-1, 1] to ``scores``
        ``(B,)`` and ``class_probs`` ``(B, K)``.
    """

    def rate(images):
        scores, class_logits = critic(images, training=False)
        return {"scores": scores, "class_probs": tf.nn.softmax(class_logits)}

    return _export(critic, rate, {"images": critic.inputs[0].shape[1:]}, path)


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

    return _export(both, judge, {"images": classifier.inputs[0].shape[1:]}, path)


def _export(model, function: Callable, shapes: dict[str, tuple], path) -> Path:
    """Through a SavedModel: a converted bare function would lack the weights, without an error."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        function,
        input_signature=[
            tf.TensorSpec((BATCH, *shape), tf.float32, name=name) for name, shape in shapes.items()
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        # Only what the plain runtime has.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        content = converter.convert()
    with whole_file(path) as partial:
        partial.write_bytes(content)
    return Path(path)
