"""The networks of the preset ``wgan`` in acwgan 0.1, for the runs that were trained with them."""

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
) -> keras.Model:
    """The generator: twice as wide as that of ``wgan``.

    Args, Returns: see ``networks.blocks``. 4,011,521 weights on 28x28x1.
    """
    height, width, channels = image_shape
    grid = (math.ceil(height / 4), math.ceil(width / 4), 512)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, unit_embedding(seed))
        x = layers.Reshape(grid)(layers.Dense(math.prod(grid), kernel_initializer=glorot())(x))
        for filters, strides in [(256, 2), (128, 1)]:
            x = convolution(x, filters, 3, glorot, strides, transposed=True)
            x = layers.ReLU()(batch_normalization(x))
        x = convolution(x, channels, 3, glorot, transposed=True)
        return generator_model(inputs, x, image_shape)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic: that of ``wgan`` without batch normalization.

    Args, Returns: see ``networks.blocks``. 1,558,017 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters, strides in [(64, 2), (128, 2), (256, 2), (512, 1)]:
            x = leaky_relu(convolution(x, filters, 3, glorot, strides))
        return critic_model(images, x, num_classes, glorot)
