"""The size of a training before it begins: weights of both networks, and the memory it takes.

The estimate follows from the Keras models, whatever their layers are:

* **weights**: 4 bytes each, six times for the generator (the weights, their gradients, Adam's two
  moments, the average, and a copy while the result is saved), four times for the critic;
* **activations**: the outputs of all layers for one image, in the precision that each layer
  computes in. A critic update keeps those of the critic for 2 B images, and twice those for the
  images under a penalty; a generator update keeps those of both networks for B images. The larger
  of the two counts, times ``_ACTIVATIONS``, a factor that was fitted to measured runs;
* what the process has already (libraries and data), the copy of the data that the graph reads, and
  ``_GRAPH`` for TensorFlow's own graph and buffers.

``bench/memory.py`` measures runs against it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from acwgan.errors import UserError, UserNotice
from acwgan.files.memory import Memory, memory_of_process, resident_bytes
from acwgan.files.untrusted import human_size
from acwgan.networks.calls import without_weights
from acwgan.training.build import builders

if TYPE_CHECKING:
    import keras
    import numpy as np

    from acwgan.config import Config
    from acwgan.networks.users import UserNetworks

#: Memory in an update over the activations that it must keep: their gradients, and work space.
_ACTIVATIONS = 2.0
#: Bytes of TensorFlow's graph, threads and buffers, whatever it computes.
_GRAPH = 250 << 20


class Size(NamedTuple):
    """The size of a network.

    Attributes:
        weights: Number of weights.
        activations: Bytes of the outputs of all layers for one image.
    """

    weights: int
    activations: int


class Footprint(NamedTuple):
    """What a training takes.

    Attributes:
        generator: Size of the generator.
        critic: Size of the critic.
        fixed: Bytes that do not depend on the batch size: libraries, data and weights.
        image: Bytes for each image in a batch.
    """

    generator: Size
    critic: Size
    fixed: int
    image: int

    def memory(self, batch_size: int) -> int:
        """The memory that the process takes at most, in bytes.

        Args:
            batch_size: Images in a batch, on this machine.
        """
        return self.fixed + batch_size * self.image


def footprint(
    config: Config, images: np.ndarray, num_classes: int, networks: UserNetworks | None = None
) -> Footprint:
    """The footprint of a training, without allocating its weights.

    Args:
        config: The run's config.
        images: Training images ``(N, H, W, C)`` uint8.
        num_classes: K; not used by a config without classes.
        networks: Networks of the user's own; those of the config if None.

    Returns:
        The footprint.
    """
    import numpy as np

    # In a thread of its own, since the names that Keras gives to layers count on in each thread.
    with ThreadPoolExecutor(1) as thread:
        builds = builders(config, images.shape[1:], num_classes, networks)
        generator, critic = thread.map(_size, builds)
    weights = 4 * (6 * generator.weights + 4 * critic.weights)
    # Images that stay on the disk are not copied.
    data = 0 if isinstance(images, np.memmap) else images.nbytes
    penalized = 1 / config.gp_every if config.gp_weight else 0
    critic_update = (2 + 2 * penalized) * critic.activations
    generator_update = generator.activations + critic.activations
    image = int(_ACTIVATIONS * max(critic_update, generator_update))
    return Footprint(generator, critic, resident_bytes() + _GRAPH + data + weights, image)


def _size(build: Callable[[], keras.Model]) -> Size:
    network = without_weights(build)
    weights = sum(math.prod(variable.shape) for variable in network.variables)
    return Size(weights, _activations(network))


def _activations(network: keras.Model) -> int:
    """Bytes of the outputs of all layers for one image, also of the layers of models within."""
    import keras
    import tensorflow as tf

    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            total += _activations(layer)
            continue
        try:
            outputs = tf.nest.flatten(layer.output)
        except (AttributeError, ValueError):  # Shared, or in a model that is only called.
            continue
        elements = sum(math.prod(output.shape[1:]) for output in outputs)
        total += elements * tf.as_dtype(layer.compute_dtype or "float32").size
    return total


def check_fits(footprint: Footprint, batch_size: int, memory: Memory | None = None) -> None:
    """Refuse a training that cannot fit into the memory, and warn of one that may not.

    Args:
        footprint: What the training takes.
        batch_size: Images in a batch, on this machine.
        memory: Memory of this process; that of the system if None.

    Raises:
        UserError: If it needs more than there is in all; the message names what fits.
    """
    memory = memory or memory_of_process()
    needed = footprint.memory(batch_size)
    if memory is None:
        return
    if needed > memory.total:
        raise UserError(
            f"the training would take about {human_size(needed)} of memory, and there is "
            f"{human_size(memory.total)}; {_what_fits(footprint, memory.total)}"
        )
    # What the process has already is not free any more.
    if needed - resident_bytes() > memory.free:
        warnings.warn(
            UserNotice(
                f"the training takes about {human_size(needed)} of memory, and "
                f"{human_size(memory.free)} is free now; if it ends without a word, the system "
                f"ended it for want of memory: {_what_fits(footprint, memory.free)}"
            ),
            stacklevel=2,
        )


def _what_fits(footprint: Footprint, limit: int) -> str:
    """What to change so that a training fits."""
    most = (limit - footprint.fixed) // footprint.image
    smaller = "use smaller images"
    if most >= 1:
        fitting = 1 << (most.bit_length() - 1)
        return f"pass `batch_size={fitting}` or less, or {smaller}"
    return f"its weights alone do not fit: {smaller}"
