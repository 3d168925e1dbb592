"""Our generator and critic, all networks by their names, and what can be asked of them.

What every builder takes and returns: ``network_parts``. All are plain functional Keras models.
"""

import math
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers
from keras.src.backend.common import global_state

#: Where Keras 3.15 keeps the variables whose values are still to be computed; not public.
_PENDING = "uninitialized_variables"


def sketch(build: Callable[[], keras.Model]) -> tuple[list[str], int]:
    """What a network would be, before anything is allocated for it.

    Args:
        build: Builds the network.

    Returns:
        The kinds of its layers, and the bytes that its weights take in float32.

    Example:
        >>> from acwgan.networks.registry import NETWORKS
        >>> sketch(lambda: NETWORKS["mlp"].generator(10**9, (28, 28, 1), None))[1]
        1024005864512
    """
    pending = list(global_state.get_global_attribute(_PENDING, []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            network = build()
    finally:  # Else the next such scope, of Keras' own, would allocate them after all.
        global_state.set_global_attribute(_PENDING, pending)
    kinds = [type(layer).__name__ for layer in network.layers]
    return kinds, 4 * sum(math.prod(variable.shape) for variable in network.variables)


def in_pixels(generator: keras.Model) -> keras.Model:
    """The same generator with pixels for output, by the formula of ``images.to_uint8``.

    Args:
        generator: [z, labels] -> images, or [z] -> images.

    Returns:
        A ``keras.Model`` with the same inputs and layers, to ``(B, H, W, C)`` uint8.
    """
    ops = keras.ops
    pixels = ops.clip(ops.round((generator.output + 1.0) * 127.5), 0, 255)
    return keras.Model(generator.inputs, ops.cast(pixels, "uint8"), name=generator.name)


def class_count(generator) -> int | None:
    """K of a generator of this module; None if it knows no classes."""
    counts = [layer.num_classes for layer in generator.layers if layer.name == "conditioning"]
    return counts[0] if counts else None


def with_mixtures(generator):
    """The same generator for mixtures of classes: what lies between a 3 and an 8.

    Args:
        generator: One of this module's, with classes, with the weights it has.

    Returns:
        A ``keras.Model``: [z, class_weights ``(B, K)``] -> images; a one-hot row is a class.
    """
    latent_dim, num_classes = generator.inputs[0].shape[1], class_count(generator)
    inputs = [keras.Input((latent_dim,), name="z"), keras.Input((num_classes,), name="labels")]
    mixing = keras.models.clone_model(generator, input_tensors=inputs)
    mixing.set_weights(generator.get_weights())
    return mixing


def generate(generator, z, labels, training=False):
    """Images, with or without labels, as the generator takes them.

    Args:
        generator: One of this module's.
        z: ``(B, latent_dim)`` float32.
        labels: ``(B,)`` int32; unused if the generator knows no classes, and may then be None.
        training: Whether batch normalisation uses the batch's own statistics.

    Returns:
        ``(B, H, W, C)`` float32 in [-1, 1].
    """
    return generator([z, labels][: len(generator.inputs)], training=training)


def rate(critic, images, training=False):
    """What a critic says, always as a list: Keras calls return a single output without its list.

    Args:
        critic: One of this module's.
        images: ``(B, H, W, C)`` float32 in [-1, 1].
        training: Whether dropout and batch normalisation are as in training.

    Returns:
        [scores ``(B,)``, class_logits ``(B, K)``], or [scores] of a critic without classes.
    """
    return tf.nest.flatten(critic(images, training=training))


def normalises_batches(critic) -> bool:
    """Whether a critic has a batch normalisation, through which examples see each other.

    Real and fake images then go through it in batches of their own, and no penalty on the
    gradient of one example is well defined.
    """
    return any(isinstance(layer, layers.BatchNormalization) for layer in critic.layers)
