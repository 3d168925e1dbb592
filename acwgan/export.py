"""Networks as LiteRT files, which run without TensorFlow (see ``litert``)."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from acwgan.files import whole_file
from acwgan.networks import class_count, of_mixtures, rate

#: Rows that a file computes at a time: a short number's digits at once, and small enough that the
#: activations stay in the processor's cache.
BATCH = 20


def export_generator(generator: keras.Model, path: str | Path, latent: str = "normal") -> Path:
    """A generator as a LiteRT file.

    Args:
        generator: [z, labels] -> images, or [z] -> images.
        path: Of the new file.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Returns:
        The path. The signature: ``z`` ``(B, latent_dim)`` (``z_uniform`` where it is uniform) and,
        with classes, ``class_weights`` ``(B, K)``, all float32, to ``images`` ``(B, H, W, C)``
        float32 in [-1, 1].
    """
    z_name = "z_uniform" if latent == "uniform" else "z"
    names = [z_name, "class_weights"]
    if class_count(generator) is not None:
        generator = of_mixtures(generator)
    shapes = [tensor.shape[1:] for tensor in generator.inputs]

    def images(*inputs):
        return {"images": generator(list(inputs), training=False)}

    return _export(generator, images, dict(zip(names, shapes, strict=False)), path)


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

    return _export(critic, rated, {"images": critic.inputs[0].shape[1:]}, path)


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
