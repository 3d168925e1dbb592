"""The generator and critic of the preset ``acwgan``."""

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
)
from acwgan.networks.layers import ClassConditioning, UpsampleConv2D

#: Our generator's widths: of the dense layer, of the grid H/4 x W/4, and after each upsampling.
_DENSE, _GRID, _UPSAMPLED = 512, 64, (48, 16)


def build_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
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


def build_critic(image_shape, num_classes, seed=0, dtype="float32"):
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
