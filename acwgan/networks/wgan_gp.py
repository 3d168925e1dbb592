"""The networks of Keras' WGAN-GP example."""

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
    margins,
    precision,
    unit_embedding,
)
from acwgan.networks.dropout import StatelessDropout


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The generator of Keras' WGAN-GP example: from a grid of H/8 x W/8, the margin cut off.

    The upsampling is Keras' own: for 3x3 kernels ``UpsampleConv2D`` saves no multiplication.

    Args, Returns: see ``networks.blocks``. 910,660 weights on 28x28x1 with its z of 128.

    Reference: https://keras.io/examples/generative/wgan_gp/
    """
    height, width, channels = image_shape
    grid = (math.ceil(height / 8), math.ceil(width / 8), 256)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, unit_embedding(seed))
        x = layers.Dense(math.prod(grid), use_bias=False, kernel_initializer=glorot())(x)
        # Before the reshaping: each output of the dense layer is normalized, not each channel.
        x = layers.Reshape(grid)(leaky_relu(batch_normalization(x)))
        for filters in (128, 64):
            x = convolution(layers.UpSampling2D()(x), filters, 3, glorot, strides=1, use_bias=False)
            x = leaky_relu(batch_normalization(x))
        x = convolution(layers.UpSampling2D()(x), channels, 3, glorot, strides=1, use_bias=False)
        x = batch_normalization(x)
        cropping = layers.Cropping2D(margins((8 * grid[0], 8 * grid[1]), image_shape))
        return generator_model(inputs, cropping(x), image_shape)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic of Keras' WGAN-GP example: four strided 5x5 convolutions, dropout.

    The image is padded to the next multiple of 16, so that each stride halves it evenly.

    Args, Returns: see ``networks.blocks``. 4,305,409 weights on 28x28x1.

    Reference: https://keras.io/examples/generative/wgan_gp/
    """
    height, width, _ = image_shape
    padded = (height + -height % 16, width + -width % 16)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        images = keras.Input(image_shape, name="images")
        x = layers.ZeroPadding2D(margins(padded, image_shape))(images)
        for salt, (filters, rate) in enumerate([(64, 0), (128, 0.3), (256, 0.3), (512, 0.2)]):
            x = leaky_relu(convolution(x, filters, 5, glorot))
            if rate:
                x = StatelessDropout(rate, salt)(x)
        return critic_model(images, x, num_classes, glorot)
