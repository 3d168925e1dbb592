"""The networks of the preset ``wgan``: a convolutional WGAN.

Reference: https://github.com/mafda/generative_adversarial_networks_101,
src/mnist/05_WGAN_MNIST.ipynb
"""

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
    seeded,
    unit_embedding,
)


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The generator of ``wgan``: a dense layer, three 3x3 transposed convolutions.

    Args, Returns: see ``networks.blocks``. 3,198,977 weights on 28x28x1.
    """
    height, width, channels = image_shape
    grid = (math.ceil(height / 4), math.ceil(width / 4), 512)
    glorot = glorot_uniform(seed)
    # The notebook gives the dense layer alone N(0, 0.02).
    normal = seeded(keras.initializers.RandomNormal, seed + 3, stddev=0.02)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, unit_embedding(seed))
        x = layers.Reshape(grid)(layers.Dense(math.prod(grid), kernel_initializer=normal())(x))
        for filters, strides in [(128, 2), (64, 1)]:
            x = convolution(x, filters, 3, glorot, strides, transposed=True)
            # Differs from the notebook's last version: its ``ReLU(0.2)`` caps the output at 0.2
            # in Keras 2.2; its text and an earlier version have a plain ReLU.
            x = layers.ReLU()(batch_normalization(x, momentum=0.8))
        x = convolution(x, channels, 3, glorot, transposed=True)
        return generator_model(inputs, x, image_shape)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic of ``wgan``: four 3x3 convolutions, three of them strided, three normalized.

    Args, Returns: see ``networks.blocks``. 1,561,601 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        x = leaky_relu(convolution(x, 64, 3, glorot))
        for filters, strides in [(128, 2), (256, 2), (512, 1)]:
            x = convolution(x, filters, 3, glorot, strides)
            x = leaky_relu(batch_normalization(x, momentum=0.8))
        return critic_model(images, x, num_classes, glorot)
