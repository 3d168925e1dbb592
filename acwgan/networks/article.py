"""The networks of the Keras article.

Reference: https://myurasov.github.io/2017/09/24/wasserstein-gan-keras.html
"""

import math

import keras
from keras import layers

from acwgan.networks.blocks import (
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
    glorot_uniform,
    leaky_relu,
    precision,
    seeded,
)
from acwgan.networks.dropout import StatelessDropout
from acwgan.networks.layers import UpsampleConv2D


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The Keras article's generator: two dense layers, two 5x5 convolutions after upsampling.

    Args, Returns: see ``networks.blocks``. 8,172,521 weights on 28x28x1.
    """
    height, width, channels = image_shape
    grid = (math.ceil(height / 4), math.ceil(width / 4), 128)
    glorot = glorot_uniform(seed)
    # All three convolutions; the embedding and the dense layers have Keras' default.
    normal = seeded(keras.initializers.RandomNormal, seed + 3, stddev=0.02)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, glorot())
        for units in (1024, math.prod(grid)):
            x = leaky_relu(layers.Dense(units, kernel_initializer=glorot())(x), 0.3)
        x = layers.Reshape(grid)(x)
        for filters in (256, 128):
            x = UpsampleConv2D(filters, 5, negative_slope=0.3, kernel_initializer=normal())(x)
        x = convolution(x, channels, 2, normal, strides=1)
        return generator_model(inputs, x, image_shape)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The article's critic: four convolutions, pooling, dropout.

    The pooling comes before the activation in all blocks. The two commute, since LeakyReLU never
    falls, and the activation then has a quarter of the work.

    Args, Returns: see ``networks.blocks``. 525,835 weights on 28x28x1.
    """
    normal = seeded(keras.initializers.RandomNormal, seed, stddev=0.02)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for salt, (filters, pool) in enumerate([(32, 2), (64, 1), (128, 2), (256, 1)]):
            x = convolution(x, filters, 3, normal, strides=1)
            if pool > 1:
                # "same": the last row of an odd height counts too.
                x = layers.MaxPooling2D(pool, padding="same")(x)
            x = StatelessDropout(0.3, salt)(leaky_relu(x, 0.3))
        return critic_model(images, x, num_classes, glorot_uniform(seed + 1))
