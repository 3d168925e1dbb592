"""The networks of the preset ``acwgan`` in acwgan 0.1, for the runs that were trained with them.

They have two upsamplings and three strides at every size. For sides of 20 to 32 pixels they are
those of version 2.
"""

import keras

from acwgan.networks import acwgan
from acwgan.networks.levels import Levels


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The generator, from a grid of H/4 x W/4.

    Args, Returns: see ``networks.blocks``; H and W divisible by 4.
    """
    sizes = (latent_dim, image_shape, num_classes)
    return acwgan.build_generator_of_version_2(*sizes, seed, dtype, _levels(image_shape))


def build_critic(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """The critic, with three strides.

    Args, Returns: see ``networks.blocks``.
    """
    levels = _levels(image_shape)
    return acwgan.build_critic_of_version_2(image_shape, num_classes, seed, dtype, levels)


def _levels(image_shape: tuple[int, int, int]) -> Levels:
    return Levels((image_shape[0] // 4, image_shape[1] // 4), ((2, 2), (2, 2)))
