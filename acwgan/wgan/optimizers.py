"""Every optimizer by name. Keras is imported when one is built."""

from collections.abc import Callable
from typing import Any


def adam(learning_rate: float) -> Any:
    """Adam with low momentum, since the critic's loss moves under the generator.

    ``beta_1 = 0.5``, ``beta_2 = 0.9``, as in Keras' WGAN-GP example; Gulrajani et al. 2017,
    Algorithm 1, take ``beta_1 = 0``.

    Args:
        learning_rate: Step size, above 0.

    Returns:
        A Keras optimizer.
    """
    import keras

    return keras.optimizers.Adam(learning_rate, beta_1=0.5, beta_2=0.9)


def rmsprop(learning_rate: float) -> Any:
    """RMSprop, which Arjovsky et al. 2017 (Algorithm 1) take instead of a momentum method.

    Args:
        learning_rate: Step size, above 0.

    Returns:
        A Keras optimizer.
    """
    import keras

    return keras.optimizers.RMSprop(learning_rate)


#: Name in ``Config.optimizer`` -> builds the optimizer from a learning rate.
OPTIMIZERS: dict[str, Callable[[float], Any]] = {"adam": adam, "rmsprop": rmsprop}
