"""Every architecture by name.

To add one: a file in this folder with ``build_generator`` and ``build_critic`` (see ``blocks`` for
what they take and return), and a row in ``NETWORKS``. Nothing is imported before it is built.
``networks.register`` adds networks of the user's own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras


class Architecture(NamedTuple):
    """A generator and a critic that belong together.

    Attributes:
        module: Name of the file in ``acwgan.networks`` with the two builders.
        build_generator: Name of the generator's builder in it.
        build_critic: Name of the critic's.
        critic_normalizes: Whether the critic has batch normalization, through which the examples
            of a batch interact. No gradient penalty is then defined, since it is on the gradient
            of one example (Gulrajani et al. 2017, section 4).
    """

    module: str
    build_generator: str = "build_generator"
    build_critic: str = "build_critic"
    critic_normalizes: bool = False

    @property
    def generator(self) -> Callable[..., keras.Model]:
        """``(latent_dim, image_shape, num_classes, seed=0, dtype="float32")`` -> a Keras model."""
        return getattr(self._imported(), self.build_generator)

    @property
    def critic(self) -> Callable[..., keras.Model]:
        """``(image_shape, num_classes, seed=0, dtype="float32")`` -> a Keras model."""
        return getattr(self._imported(), self.build_critic)

    def _imported(self) -> ModuleType:
        return importlib.import_module(f"acwgan.networks.{self.module}")


#: ``Config.networks`` of a run with networks of the user's own; ``networks.json`` tells which.
HANDED_IN = "(handed in)"
#: Newest version of the networks. Version 3 of ``acwgan`` ended in a tanh; version 2 had neither
#: the latent in every normalization nor the critic's dense layer. Version 1 is that of acwgan 0.1:
#: ``acwgan`` did not grow with the image, and images were padded to multiples of 4.
NEWEST_NETWORKS = 4
#: Name in ``Config.networks`` -> its architecture.
NETWORKS: dict[str, Any] = {
    "acwgan": Architecture("acwgan"),
    "article": Architecture("article"),
    "wgan": Architecture("wgan", critic_normalizes=True),
    "mlp": Architecture("mlp"),
    "wgan-gp": Architecture("wgan_gp"),
    "dcgan": Architecture("dcgan", critic_normalizes=True),
    "dcgan-nobn": Architecture(
        "dcgan", "build_generator_without_batchnorm", critic_normalizes=True
    ),
    # For runs that called them "acwgan".
    "acwgan-3": Architecture("acwgan", "build_generator_of_version_3"),
    "acwgan-2": Architecture("acwgan", "build_generator_of_version_2", "build_critic_of_version_2"),
    # For runs of acwgan 0.1, which called them "acwgan", "wgan" and "mlp".
    "acwgan-0.1": Architecture("acwgan_0_1"),
    "wgan-0.1": Architecture("wgan_0_1"),
    "mlp-0.1": Architecture("mlp", "build_generator_with_last_bias"),
}


def networks_fault(name: object) -> str | None:
    """What is wrong with ``Config.networks``, or None.

    Args:
        name: A name in ``NETWORKS``, also one that ``register`` added, ``package.module:name``, or
            ``HANDED_IN``.
    """
    if isinstance(name, str):
        module, _, names = name.partition(":")
        if name in list(NETWORKS) or name == HANDED_IN or (module and names):
            return None
    return f"must be one of {', '.join(NETWORKS)}, or package.module:name, got {name!r}"


def architecture(name: str, version: int) -> Architecture:
    """The networks of a config.

    Args:
        name: A name in ``NETWORKS``.
        version: Version of the networks, 1 to ``NEWEST_NETWORKS``.

    Example:
        >>> architecture("acwgan", version=1).module
        'acwgan_0_1'
    """
    if name == "acwgan":
        name = {1: "acwgan-0.1", 2: "acwgan-2", 3: "acwgan-3"}.get(version, name)
    return NETWORKS[name]
