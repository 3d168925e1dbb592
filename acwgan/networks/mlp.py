"""The networks of the preset ``wgan-mlp``: a dense generator, a convolutional critic."""

import math

import keras
from keras import layers

from acwgan.networks.blocks import (
    batch_normalization,
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
    glorot_uniform,
    leaky_relu,
    precision,
    unit_embedding,
)


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
    last_bias: bool = False,
) -> keras.Model:
    """The generator of ``wgan-mlp``: dense layers only, none with a bias.

    Args, Returns: see ``networks.blocks``; ``last_bias`` gives the last layer a bias.
    1,490,944 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, unit_embedding(seed))
        for units in (256, 512, 1024):
            x = layers.Dense(units, use_bias=False, kernel_initializer=glorot())(x)
            x = leaky_relu(batch_normalization(x))
        pixels = math.prod(image_shape)
        x = layers.Dense(pixels, use_bias=last_bias, kernel_initializer=glorot())(x)
        return generator_model(inputs, layers.Reshape(image_shape)(x), image_shape)


def build_generator_with_last_bias(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The generator of acwgan 0.1, for the runs that were trained with it.

    Args, Returns: see ``networks.blocks``. 1,491,728 weights on 28x28x1.
    """
    return build_generator(latent_dim, image_shape, num_classes, seed, dtype, last_bias=True)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic of ``wgan-mlp``: two strided 5x5 convolutions.

    Args, Returns: see ``networks.blocks``. 212,865 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters in (64, 128):
            x = leaky_relu(convolution(x, filters, 5, glorot))
        return critic_model(images, x, num_classes, glorot)
