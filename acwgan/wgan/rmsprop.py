"""RMSprop with the constant outside the square root, as PyTorch, TensorFlow and Keras 2 have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


class RMSprop(keras.optimizers.Optimizer):
    """RMSprop: ``v = rho * v + (1 - rho) * g^2``, then ``w = w - rate * g / (sqrt(v) + epsilon)``.

    Tieleman and Hinton 2012, lecture 6.5. Not ``keras.optimizers.RMSprop``: Keras 3 divides by
    ``sqrt(v + epsilon)``, which is never below 3.2e-4 with its epsilon of 1e-7. The gradients of
    a clipped critic are far smaller, and its generator would hardly move.

    Args:
        learning_rate: Step size, above 0.
        rho: Share of the old average ``v`` that stays, 0 to 1; PyTorch's alpha.
        epsilon: Small constant that keeps the division defined.

    Example:
        >>> optimizer, weight = RMSprop(0.1), keras.Variable([1.0])
        >>> optimizer.build([weight])
        >>> optimizer.update_step(tf.constant([1e-4]), weight, optimizer.learning_rate)
        >>> [round(float(number), 3) for number in weight]  # 1 - 0.1 / sqrt(0.1)
        [0.685]
    """

    def __init__(
        self, learning_rate: float, rho: float = 0.9, epsilon: float = 1e-7, **options: Any
    ):
        super().__init__(learning_rate=learning_rate, **options)
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Create the averages of the squared gradients, zeros at first."""
        if self.built:
            return
        super().build(variables)
        # As a list, so that tf.train.Checkpoint saves them.
        self.velocities = self.add_optimizer_variables(variables, "velocity")
        velocity_of = dict(zip(map(id, variables), self.velocities, strict=True))
        self._velocity = lambda variable: velocity_of[id(variable)]

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: Any
    ) -> None:
        """One step of one variable."""
        velocity = self._velocity(variable)
        gradient = tf.cast(gradient, variable.dtype)
        mean_square = self.rho * velocity.value + (1.0 - self.rho) * tf.square(gradient)
        self.assign(velocity, mean_square)
        rate = tf.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * gradient / (tf.sqrt(mean_square) + self.epsilon))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rho": self.rho, "epsilon": self.epsilon}
