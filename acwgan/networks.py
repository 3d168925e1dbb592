"""Our generator and critic, all networks by their names, and what can be asked of them.

What every builder takes and returns: ``network_parts``. All are plain functional Keras models.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import layers
from keras.src.backend.common import global_state

from acwgan import published_networks as published
from acwgan.layers import ClassConditioning, UpsampleConv2D
from acwgan.network_parts import (
    batch_normalization,
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
    glorot_uniform,
    leaky_relu,
    precision,
    seeded,
)

#: Where Keras 3.15 keeps the variables whose values are still to be computed; not public.
_PENDING = "uninitialized_variables"
#: Our generator's widths: of the dense layer, of the grid H/4 x W/4, and after each upsampling.
_DENSE, _GRID, _UPSAMPLED = 512, 64, (48, 16)


def acwgan_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """Our generator: class embeddings around 1 on the latent and after each normalisation.

    The product on the latent alone leaves the class of a short z open, since all its classes
    meet at z = 0; the products further up, each with a shift, decide it (``bench/recipes.md``).
    Without classes the normalisations have a scale and a shift of their own.

    Args, Returns: see ``network_parts``.
    """
    height, width, channels = image_shape
    glorot = glorot_uniform(seed)
    around_one = seeded(keras.initializers.RandomNormal, seed, mean=1.0, stddev=0.3)
    plain = num_classes is None

    def normalise(x):
        x = batch_normalization(x, momentum=0.9, center=plain, scale=plain)
        if not plain:
            x = ClassConditioning(num_classes, around_one(), shift=True)(x, labels)
        return layers.ReLU()(x)

    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, around_one())
        labels = inputs[-1]
        # No biases before a normalisation that takes them off again; the second dense layer's
        # stay, one for each pixel of a channel.
        x = normalise(layers.Dense(_DENSE, use_bias=False, kernel_initializer=glorot())(x))
        grid = (height // 4, width // 4, _GRID)
        x = layers.Dense(grid[0] * grid[1] * grid[2], kernel_initializer=glorot())(x)
        x = normalise(layers.Reshape(grid)(x))
        for filters in _UPSAMPLED:
            x = UpsampleConv2D(filters, 5, use_bias=False, kernel_initializer=glorot())(x)
            x = normalise(x)
        x = convolution(x, channels, 3, glorot, strides=1)
        return generator_model(inputs, x, image_shape)


def acwgan_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """Our critic: three strided convolutions, nothing that couples the examples.

    Batch normalisation has no place in it: the penalty is on each example's own gradient
    (Gulrajani et al. 2017, section 4).

    Args, Returns: see ``network_parts``.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters in (48, 96, 192):
            x = leaky_relu(convolution(x, filters, 5, glorot))
        return critic_model(images, x, num_classes, glorot)


class Networks(NamedTuple):
    """The two builders of a recipe."""

    #: (latent_dim, image_shape, num_classes, seed=0, dtype="float32") -> the generator.
    generator: Callable[..., keras.Model]
    #: (image_shape, num_classes, seed=0, dtype="float32") -> the critic.
    critic: Callable[..., keras.Model]


#: Name in ``Config.networks`` -> its builders.
NETWORKS = {
    "acwgan": Networks(acwgan_generator, acwgan_critic),
    "article": Networks(published.article_generator, published.article_critic),
    "wgan": Networks(published.wgan_generator, published.wgan_critic),
    "mlp": Networks(published.mlp_generator, published.mlp_critic),
    "wgan-gp": Networks(published.wgan_gp_generator, published.wgan_gp_critic),
    "dcgan": Networks(published.dcgan_generator, published.dcgan_critic),
    "dcgan-nobn": Networks(published.dcgan_nobn_generator, published.dcgan_critic),
}


def sketch(build: Callable[[], keras.Model]) -> tuple[list[str], int]:
    """What a network would be, before anything is allocated for it.

    Args:
        build: Builds the network.

    Returns:
        The kinds of its layers, and the bytes that its weights take in float32.

    Example:
        >>> sketch(lambda: published.mlp_generator(10**9, (28, 28, 1), None))[1]
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


def of_mixtures(generator):
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
