"""Questions to a generator or critic, and ways to call them with and without classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras import layers

from acwgan.keras_settings import standard_settings


class LayerKind(NamedTuple):
    """The part of a layer's description that tells networks apart."""

    class_name: str
    filters: int | None
    use_bias: bool | None
    activation: str | None
    grid: tuple[int, ...] | None  # that a dense layer is reshaped to

    @classmethod
    def of(cls, class_name: str, config: Mapping[str, Any]) -> LayerKind:
        """The kind of a layer by the name of its class and its Keras config."""
        grid = config.get("target_shape")
        filters, use_bias, activation = map(config.get, ("filters", "use_bias", "activation"))
        return cls(class_name, filters, use_bias, activation, grid and tuple(grid))


def without_weights(build: Callable[[], keras.Model]) -> keras.Model:
    """Build a network without allocating its weights, to look at its layers and shapes.

    Args:
        build: Builds the network.

    Returns:
        The network, which cannot be called.
    """
    with tf.Graph().as_default():  # Its variables get their memory only in a session.
        return build()


def sketch(build: Callable[[], keras.Model]) -> tuple[list[LayerKind], int]:
    """Describe a network without allocating its weights.

    Args:
        build: Builds the network.

    Returns:
        The kinds of its layers, and the bytes that its weights take in float32.

    Example:
        >>> from acwgan.networks.registry import NETWORKS
        >>> sketch(lambda: NETWORKS["mlp"].generator(10**9, (28, 28, 1), None))[1]
        1024005861376
    """
    network = without_weights(build)
    kinds = [LayerKind.of(type(layer).__name__, _config_of(layer)) for layer in network.layers]
    return kinds, 4 * sum(math.prod(variable.shape) for variable in network.variables)


def _config_of(layer: keras.layers.Layer) -> Mapping[str, Any]:
    try:
        return layer.get_config()
    except NotImplementedError:  # A layer of the user's own, whose arguments Keras cannot write.
        return {}


def in_pixels(generator: keras.Model) -> keras.Model:
    """The same generator with pixels for output, by the formula of ``images.pixels.to_uint8``.

    Args:
        generator: [z, labels] -> images, or [z] -> images.

    Returns:
        A ``keras.Model`` with the same inputs and layers, to ``(B, H, W, C)`` uint8.
    """
    ops = keras.ops
    with standard_settings():
        pixels = ops.clip(ops.round((generator.output + 1.0) * 127.5), 0, 255)
        images = ops.cast(pixels, "uint8")
        in_pixels = keras.Model(generator.inputs, images, name=generator.name)
    return with_class_count(in_pixels, class_count(generator))


def with_class_count(generator: keras.Model, num_classes: int | None) -> keras.Model:
    """Let a generator carry its number of classes, which ``class_count`` reads.

    Args:
        generator: The generator; changed in place.
        num_classes: K, or None.

    Returns:
        The generator.
    """
    generator.num_classes = num_classes
    return generator


def class_count(generator: keras.Model) -> int | None:
    """The number of classes K of a generator, or None if it has no classes.

    A generator of the package has a layer that tells it; others carry it as ``num_classes``, which
    ``networks.users`` gives them.
    """
    counts = [layer.num_classes for layer in generator.layers if layer.name == "conditioning"]
    return counts[0] if counts else getattr(generator, "num_classes", None)


def with_mixtures(generator: keras.Model) -> keras.Model:
    """The same generator for mixtures of classes, such as half a 3 and half an 8.

    ``ClassConditioning`` gives the weighted mean of its rows. A generator that takes labels in any
    other way has no mixtures: it draws the class with the largest weight.

    Args:
        generator: [z, labels] -> images; its weights are copied or shared.

    Returns:
        A ``keras.Model``: [z, class_weights ``(B, K)``] -> images; a one-hot row is a class.
    """
    latent_dim, num_classes = generator.inputs[0].shape[1], class_count(generator)
    with standard_settings():
        inputs = [keras.Input((latent_dim,), name="z"), keras.Input((num_classes,), name="labels")]
        if any(layer.name == "conditioning" for layer in generator.layers):
            mixing = keras.models.clone_model(generator, input_tensors=inputs)
            mixing.set_weights(generator.get_weights())
        else:
            labels = _LargestWeight()(inputs[1])
            mixing = keras.Model(inputs, generator([inputs[0], labels]), name=generator.name)
    return with_class_count(mixing, num_classes)


class _LargestWeight(layers.Layer):
    """``(B, K)`` to the ``(B,)`` int32 class with the largest weight."""

    def call(self, class_weights: tf.Tensor) -> tf.Tensor:
        # Not keras.ops.argmax, whose operation for -0.0 the LiteRT runtime lacks.
        return tf.argmax(class_weights, axis=1, output_type=tf.int32)


def generate(
    generator: keras.Model, z: tf.Tensor, labels: tf.Tensor | None, training: bool = False
) -> tf.Tensor:
    """Draw images; the generator gets the labels only if it has classes.

    Its inputs are in the order [z, labels], unless the first is named "labels".

    Args:
        generator: [z, labels] -> images, or [z] -> images.
        z: ``(B, latent_dim)`` float32.
        labels: ``(B,)`` int32; not used without classes, and may then be None.
        training: Use the statistics of the batch in batch normalization, not the moving ones.

    Returns:
        ``(B, H, W, C)`` float32 in [-1, 1].
    """
    inputs = [z, labels][: len(generator.inputs)]
    if len(inputs) == 2 and generator.inputs[0].name == "labels":
        inputs.reverse()
    # A list, a dict or a single tensor, as the network was made. A Sequential has no ``input``.
    structure = getattr(generator, "input", generator.inputs[0])
    return generator(tf.nest.pack_sequence_as(structure, inputs), training=training)


def scores_of(
    outputs: list[tf.Tensor], class_in_score: bool, labels: tf.Tensor | None = None
) -> tf.Tensor:
    """The scores of images, alone or as ones of their classes: ``score(x) + class_logits(x)[y]``.

    With the class it is a critic of images *and* labels: a projection (Miyato and Koyama 2018,
    "cGANs with projection discriminator", eq. 3) whose class vectors are those of the classifier.

    Args:
        outputs: What ``rate`` returns: ``[scores, class_logits]``; ``[scores]`` stay as they are.
        class_in_score: Whether the class is part of the score; see ``UpdateRules``.
        labels: ``(B,)`` int32. None for the class that the critic reads, of the largest logit.

    Returns:
        ``(B,)`` float32.

    Example:
        >>> outputs = [tf.constant([1.0]), tf.constant([[0.5, 2.0]])]
        >>> labels = tf.constant([0])
        >>> float(scores_of(outputs, True, labels)[0]), float(scores_of(outputs, False)[0])
        (1.5, 1.0)
    """
    scores, *class_logits = outputs
    if not class_logits or not class_in_score:
        return scores
    if labels is None:
        return scores + tf.reduce_max(class_logits[0], axis=1)
    return scores + tf.gather(class_logits[0], labels, axis=1, batch_dims=1)


def rate(critic: keras.Model, images: tf.Tensor, training: bool = False) -> list[tf.Tensor]:
    """Rate images with a critic.

    Args:
        critic: images -> [scores, class_logits], or -> [scores]; scores ``(B,)`` or ``(B, 1)``.
        images: ``(B, H, W, C)`` float32 in [-1, 1].
        training: Use dropout and batch normalization as in training.

    Returns:
        [scores ``(B,)``, class_logits ``(B, K)``], or [scores] without classes.
    """
    # Always a list: a Keras call returns a single output without its list.
    scores, *class_logits = tf.nest.flatten(critic(images, training=training))
    return [scores[:, 0] if scores.shape.rank == 2 else scores, *class_logits]


def normalizes_batches(critic: keras.Model) -> bool:
    """Whether a critic has batch normalization, through which the examples of a batch interact.

    Real and fake images then pass it in batches of their own, and a penalty on the gradient of
    one example is not defined (Gulrajani et al. 2017, section 4).
    """
    return any(isinstance(layer, layers.BatchNormalization) for layer in all_layers(critic))


def all_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """All layers of a network, also those within layers and within models.

    Args:
        network: The network, which is the first of them.
    """
    return list(network._flatten_layers())
