"""DCGAN, as in the WGAN authors' code."""

import math
from collections.abc import Callable

import keras
from keras import layers

from acwgan.networks.blocks import (
    Initializers,
    batch_normalization,
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
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
    normalize: bool = True,
) -> keras.Model:
    """The generator of the WGAN authors' code, ``DCGAN_G``: 4x4 transposed convolutions.

    The first one, on a 1x1 grid, is a dense layer here: the same function.

    Args, Returns: see ``networks.blocks``; ``normalize`` adds batch normalization.
    760,064 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py
    """
    height, width, halvings = _smallest_grid(image_shape)
    grid = (height, width, 64 * 2**halvings // 2)
    normal, batch_norm = _dcgan_parts(seed)

    def transposed(x, filters):
        return convolution(x, filters, 4, normal, use_bias=False, transposed=True)

    def activate(x):
        return layers.ReLU()(batch_norm(x) if normalize else x)

    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, unit_embedding(seed))
        x = layers.Dense(math.prod(grid), use_bias=False, kernel_initializer=normal())(x)
        x = activate(layers.Reshape(grid)(x))
        for halving in range(1, halvings):
            x = activate(transposed(x, grid[-1] // 2**halving))
        return generator_model(inputs, transposed(x, image_shape[-1]), image_shape)


def build_generator_without_batchnorm(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """``DCGAN_G_nobn``, the authors' option ``--noBN``: no batch normalization, and no biases.

    The option changes the generator only; the critic stays ``DCGAN_D`` with batch normalization.

    Args, Returns: see ``networks.blocks``. 759,296 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py and main.py
    """
    return build_generator(latent_dim, image_shape, num_classes, seed, dtype, normalize=False)


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic of the WGAN authors' code, ``DCGAN_D``: strided 4x4 convolutions, no biases.

    It has batch normalization. The last convolution, over the whole grid, is a dense layer here:
    the same function.

    Args, Returns: see ``networks.blocks``. 138,880 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py
    """
    normal, batch_norm = _dcgan_parts(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for halving in range(_smallest_grid(image_shape)[2]):
            x = convolution(x, 64 * 2**halving, 4, normal, use_bias=False)
            x = leaky_relu(batch_norm(x) if halving else x)
        return critic_model(images, x, num_classes, normal, use_bias=False)


def _dcgan_parts(
    seed: int,
) -> tuple[Initializers, Callable[[keras.KerasTensor], keras.KerasTensor]]:
    """Initial weights N(0, 0.02), as ``weights_init`` in main.py; PyTorch's batch normalization."""
    gamma = seeded(keras.initializers.RandomNormal, seed + 1, mean=1.0, stddev=0.02)

    def batch_norm(x: keras.KerasTensor) -> keras.KerasTensor:
        return batch_normalization(x, momentum=0.9, epsilon=1e-5, gamma_initializer=gamma())

    return seeded(keras.initializers.RandomNormal, seed, stddev=0.02), batch_norm


def _smallest_grid(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """H and W, halved while both are even and above 4, and the number of halvings.

    Sides are first rounded up to multiples of 4, else an odd side would never be halved.
    """
    height, width = (4 * math.ceil(side / 4) for side in image_shape[:2])
    halvings = 0
    while height % 2 == width % 2 == 0 and min(height, width) > 4:
        height, width, halvings = height // 2, width // 2, halvings + 1
    return height, width, halvings
