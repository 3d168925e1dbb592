"""How the average of the generator's weights follows them, by name.

The average after t generator updates is ``share * average + (1 - share) * weights``, with a share
that depends on t alone. Each row of ``AVERAGES`` makes this function from the ``UpdateRules``. To
add one: a function, and a row. TensorFlow is imported when one is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

    from acwgan.wgan.rules import UpdateRules

#: t, a float32 scalar that counts from 1 -> share of the old average that stays, 0 to 1.
Average = Callable[["tf.Tensor"], "tf.Tensor | float"]


def warm_up(rules: UpdateRules) -> Average:
    """A decay that rises to its value: ``min(ema_decay, (1 + t) / (10 + t))``.

    So the initial weights do not linger, as in ``tf.train.ExponentialMovingAverage``.

    Args:
        rules: Rules with ``ema_decay``.

    Returns:
        The average.

    Example:
        >>> import tensorflow as tf
        >>> from acwgan.wgan import UpdateRules
        >>> share = warm_up(UpdateRules(ema_decay=0.75))
        >>> [float(share(tf.constant(t))) for t in (8.0, 40.0)]
        [0.5, 0.75]
    """
    import tensorflow as tf

    return lambda t: tf.minimum(rules.ema_decay or 0.0, (1.0 + t) / (10.0 + t))


def constant(rules: UpdateRules) -> Average:
    """The same decay at every update, ``ema_decay``; the average starts from the initial weights.

    Args:
        rules: Rules with ``ema_decay``.

    Returns:
        The average.

    Example:
        >>> from acwgan.wgan import UpdateRules
        >>> share = constant(UpdateRules(ema_decay=0.75))
        >>> [share(t) for t in (1.0, 2.0, 8.0)]
        [0.75, 0.75, 0.75]
    """
    return lambda t: rules.ema_decay or 0.0


def uniform(rules: UpdateRules) -> Average:
    """The mean of all weights so far, each counted alike: ``1 - 1 / t``.

    Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging".

    Args:
        rules: Not used.

    Returns:
        The average.

    Example:
        >>> [uniform(None)(t) for t in (1.0, 2.0, 4.0)]
        [0.0, 0.5, 0.75]
    """
    return lambda t: 1.0 - 1.0 / t


def power(rules: UpdateRules) -> Average:
    """Weights counted in proportion to ``t^gamma``: ``(1 - 1 / t)^(gamma + 1)``.

    Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", eq. 2.
    It spans the same part of a training of any length; gamma = 6.94 is the paper's 10% (eq. 3),
    16.97 its 5%.

    Args:
        rules: Rules with ``averaging_gamma``.

    Returns:
        The average.

    Example:
        >>> from acwgan.wgan import UpdateRules
        >>> share = power(UpdateRules(averaging_gamma=1.0))
        >>> [share(t) for t in (1.0, 2.0, 4.0)]
        [0.0, 0.25, 0.5625]
    """
    return lambda t: (1.0 - 1.0 / t) ** (rules.averaging_gamma + 1.0)


#: Name in ``Config.averaging`` -> makes the average from the ``UpdateRules``.
AVERAGES: dict[str, Callable[[UpdateRules], Average]] = {
    "warm-up": warm_up,
    "constant": constant,
    "uniform": uniform,
    "power": power,
}
