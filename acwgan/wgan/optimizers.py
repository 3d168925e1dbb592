"""Every optimizer by name. Keras is imported when one is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

#: Builds an optimizer from its learning rate, above 0.
Builder = Callable[[float], "keras.optimizers.Optimizer"]


def adam(learning_rate: float) -> keras.optimizers.Optimizer:
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


def rmsprop(rho: float, epsilon: float) -> Builder:
    """RMSprop, which Arjovsky et al. 2017 (Algorithm 1) take instead of a momentum method.

    Args:
        rho: Share of the old average of squared gradients that stays.
        epsilon: Constant that is added to the root of the average; see ``rmsprop.RMSprop``.

    Returns:
        The builder of the optimizer.
    """

    def build(learning_rate: float) -> keras.optimizers.Optimizer:
        from acwgan.wgan.rmsprop import RMSprop

        return RMSprop(learning_rate, rho, epsilon)

    return build


def rmsprop_keras3(learning_rate: float) -> keras.optimizers.Optimizer:
    """RMSprop of Keras 3, with the constant inside the root: the one of acwgan 0.1.

    Args:
        learning_rate: Step size, above 0.

    Returns:
        A Keras optimizer.
    """
    import keras

    return keras.optimizers.RMSprop(learning_rate)


#: What an optimizer may do to gradients and weights beside its own step.
_EXTRAS = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


def is_plain(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether an optimizer makes its step alone, without clipping, weight decay or the like.

    Args:
        optimizer: A Keras optimizer.

    Example:
        >>> import keras
        >>> is_plain(keras.optimizers.Adam()), is_plain(keras.optimizers.AdamW())
        (True, False)
    """
    import keras

    base = keras.optimizers.Optimizer
    wraps = any(
        getattr(type(optimizer), name) is not getattr(base, name)
        for name in ("apply", "_backend_update_step")  # Nadam prepares its step in the second.
    )
    return not wraps and not any(getattr(optimizer, name, None) for name in _EXTRAS)


def rate_is_fixed(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether the learning rate of an optimizer is a number, not a Keras schedule.

    Args:
        optimizer: A Keras optimizer.
    """
    import keras

    return isinstance(optimizer.learning_rate, keras.Variable)


#: Name in ``Config.optimizer`` -> builds the optimizer from a learning rate.
OPTIMIZERS: dict[str, Builder] = {
    "adam": adam,
    "rmsprop": rmsprop(rho=0.9, epsilon=1e-7),  # Keras from 2.1.3 and TensorFlow 2.
    "rmsprop-keras2.0": rmsprop(rho=0.9, epsilon=1e-8),  # Keras from 2.0 to 2.1.2.
    "rmsprop-pytorch": rmsprop(rho=0.99, epsilon=1e-8),
    "rmsprop-keras3": rmsprop_keras3,
}
