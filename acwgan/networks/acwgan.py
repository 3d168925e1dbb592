"""The generator and critic of the preset ``acwgan``."""

import functools
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
)
from acwgan.networks.layers import ClassConditioning, UpsampleConv2D
from acwgan.networks.levels import Levels, levels_of

#: Width of the generator's first dense layer.
_DENSE = 512
#: Channels of the generator's grids, from that of the image downwards, and of the critic's, for
#: two upsamplings: searched at 28x28 (``bench/recipes.md``). One upsampling has the last of them.
_SMALL = (16, 48, 64), (48, 96, 192)
#: For more upsamplings. Channels double as the grid halves, as in DCGAN, up to a bound. A pixel of
#: the image then costs about as much as at 28x28.
_LARGE = (16, 32, 64, 128, 256), (32, 64, 128, 256)
#: Width of the dense layer before the critic's heads.
_CRITIC_DENSE = 256


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
    levels: Levels | None = None,
    latent_scales: bool = True,
    activation: str = "hard_tanh",
) -> keras.Model:
    """Our generator: class embeddings around 1 on the latent and after each normalization.

    The product on the latent alone does not determine the class of a short z, since all classes
    meet at z = 0; the products further up, each with a shift, do (``bench/recipes.md``). Without
    classes the normalizations have a scale and a shift of their own.

    The product of latent and embedding also scales each channel after each normalization, so that
    the latent has its say at each size of the image (as in BigGAN, Brock et al. 2019).

    Pixels are clipped to [-1, 1]: a tanh only comes near to black and white, and its digits have a
    gray veil that makes them too much alike (``bench/recipes.md``).

    Args, Returns: see ``networks.blocks``; ``levels``, if not None, takes the place of
    ``levels_of(image_shape)``. ``latent_scales`` is False for version 2 of the networks, and
    ``activation`` "tanh" for versions 2 and 3.
    """
    levels = levels or levels_of(image_shape)
    grid_width, *upsampled = _widths(levels, _SMALL[0], _LARGE[0])[::-1]
    glorot = glorot_uniform(seed)
    around_one = seeded(keras.initializers.RandomNormal, seed, mean=1.0, stddev=0.3)

    def normalize(x):
        plain = num_classes is None
        x = batch_normalization(x, momentum=0.9, center=plain, scale=plain)
        if num_classes is not None:
            x = ClassConditioning(num_classes, around_one(), shift=True)(x, labels)
        if latent_scales:
            channels = x.shape[-1]
            scales = layers.Dense(channels, kernel_initializer="zeros", bias_initializer="ones")
            of_all_pixels = layers.Reshape((*[1] * (len(x.shape) - 2), channels))
            x = layers.Multiply()([x, of_all_pixels(scales(latent))])
        return layers.ReLU()(x)

    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, around_one())
        labels, latent = inputs[-1], x
        # No biases before a normalization, which removes them again; the second dense layer keeps
        # its own, one for each pixel of a channel.
        x = normalize(layers.Dense(_DENSE, use_bias=False, kernel_initializer=glorot())(x))
        grid = (*levels.grid, grid_width)
        x = layers.Dense(math.prod(grid), kernel_initializer=glorot())(x)
        x = normalize(layers.Reshape(grid)(x))
        for filters, factor in zip(upsampled, levels.factors, strict=True):
            kernel = glorot()
            x = UpsampleConv2D(filters, 5, factor, use_bias=False, kernel_initializer=kernel)(x)
            x = normalize(x)
        x = convolution(x, image_shape[2], 3, glorot, strides=1)
        return generator_model(inputs, x, image_shape, activation)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
    levels: Levels | None = None,
    dense: int | None = _CRITIC_DENSE,
) -> keras.Model:
    """Our critic: strided convolutions, one more than the generator upsamples, not normalized.

    A dense layer follows them, which sees the whole image before the heads do.

    The penalty is on the gradient of each example alone (Gulrajani et al. 2017, section 4), so
    nothing may connect the examples of a batch.

    Args, Returns: see ``networks.blocks``; ``levels`` as in ``build_generator``. ``dense`` is the
    width of the dense layer; None, no such layer, for version 2 of the networks.
    """
    levels = levels or levels_of(image_shape)
    strides = (*levels.factors[::-1], (2, 2))
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters, stride in zip(_widths(levels, _SMALL[1], _LARGE[1]), strides, strict=True):
            x = leaky_relu(convolution(x, filters, 5, glorot, stride))
        if dense is not None:
            x = layers.Dense(dense, kernel_initializer=glorot())(layers.Flatten()(x))
            x = leaky_relu(x)
        return critic_model(images, x, num_classes, glorot)


#: The builders of versions 2 and 3 of the networks.
build_generator_of_version_3 = functools.partial(build_generator, activation="tanh")
build_generator_of_version_2 = functools.partial(build_generator_of_version_3, latent_scales=False)
build_critic_of_version_2 = functools.partial(build_critic, dense=None)


def _widths(levels: Levels, small: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, ...]:
    """Channels of each grid from the image downwards, one more than there are upsamplings."""
    count = len(levels.factors) + 1
    if count <= len(small):
        return small[-count:]
    return large[:count] + large[-1:] * (count - len(large))
