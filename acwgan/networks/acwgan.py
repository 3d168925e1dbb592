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

#: Widths of the generator: the dense layer, the grid H/4 x W/4, after each upsampling.
_DENSE, _GRID, _UPSAMPLED = 512, 64, (48, 16)


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Our generator: class embeddings around 1 on the latent and after each normalization.

    The product on the latent alone does not determine the class of a short z, since all classes
    meet at z = 0; the products further up, each with a shift, do (``bench/recipes.md``). Without
    classes the normalizations have a scale and a shift of their own.

    Args, Returns: see ``networks.blocks``.
    """
    height, width, channels = image_shape
    glorot = glorot_uniform(seed)
    around_one = seeded(keras.initializers.RandomNormal, seed, mean=1.0, stddev=0.3)

    def normalize(x):
        plain = num_classes is None
        x = batch_normalization(x, momentum=0.9, center=plain, scale=plain)
        if num_classes is not None:
            x = ClassConditioning(num_classes, around_one(), shift=True)(x, labels)
        return layers.ReLU()(x)

    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, around_one())
        labels = inputs[-1]
        # No biases before a normalization, which removes them again; the second dense layer keeps
        # its own, one for each pixel of a channel.
        x = normalize(layers.Dense(_DENSE, use_bias=False, kernel_initializer=glorot())(x))
        grid = (height // 4, width // 4, _GRID)
        x = layers.Dense(grid[0] * grid[1] * grid[2], kernel_initializer=glorot())(x)
        x = normalize(layers.Reshape(grid)(x))
        for filters in _UPSAMPLED:
            x = UpsampleConv2D(filters, 5, use_bias=False, kernel_initializer=glorot())(x)
            x = normalize(x)
        x = convolution(x, channels, 3, glorot, strides=1)
        return generator_model(inputs, x, image_shape)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Our critic: three strided convolutions, no batch normalization.

    The penalty is on the gradient of each example alone (Gulrajani et al. 2017, section 4), so
    nothing may connect the examples of a batch.

    Args, Returns: see ``networks.blocks``.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters in (48, 96, 192):
            x = leaky_relu(convolution(x, filters, 5, glorot))
        return critic_model(images, x, num_classes, glorot)
