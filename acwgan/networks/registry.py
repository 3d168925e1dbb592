"""Every architecture by name.

To add one: a file in this folder with ``build_generator`` and ``build_critic`` (see ``blocks`` for
what they take and return), and a row in ``NETWORKS``. Nothing is imported before it is built.
"""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple


class Architecture(NamedTuple):
    """A generator and a critic that belong together.

    Attributes:
        module: Name of the file in ``acwgan.networks`` with the two builders.
        build_generator: Name of the generator's builder in it.
        critic_normalizes: Whether the critic has batch normalization, through which the examples
            of a batch see each other. It then has no place for a gradient penalty, which is on
            each example's own gradient (Gulrajani et al. 2017, section 4).
    """

    module: str
    build_generator: str = "build_generator"
    critic_normalizes: bool = False

    @property
    def generator(self) -> Callable[..., Any]:
        """``(latent_dim, image_shape, num_classes, seed=0, dtype="float32")`` -> a Keras model."""
        return getattr(self._imported(), self.build_generator)

    @property
    def critic(self) -> Callable[..., Any]:
        """``(image_shape, num_classes, seed=0, dtype="float32")`` -> a Keras model."""
        return self._imported().build_critic

    def _imported(self) -> ModuleType:
        return importlib.import_module(f"acwgan.networks.{self.module}")


#: Name in ``Config.networks`` -> its architecture.
NETWORKS = {
    "acwgan": Architecture("acwgan"),
    "article": Architecture("article"),
    "wgan": Architecture("wgan"),
    "mlp": Architecture("mlp"),
    "wgan-gp": Architecture("wgan_gp"),
    "dcgan": Architecture("dcgan", critic_normalizes=True),
    "dcgan-nobn": Architecture("dcgan", "build_generator_without_batchnorm", True),
}
