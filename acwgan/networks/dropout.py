"""Dropout that a resumed or distributed training repeats exactly."""

from __future__ import annotations

import contextlib
import contextvars
from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import own_rows

_dropout_key: contextvars.ContextVar[tf.Tensor | None] = contextvars.ContextVar(
    "dropout_key", default=None
)
#: Salt -> draws with it so far in the block.
_draws: contextvars.ContextVar[Counter[int] | None] = contextvars.ContextVar("draws", default=None)


@contextlib.contextmanager
def dropout_key(key: tf.Tensor) -> Iterator[None]:
    """Set the key of the masks of all ``StatelessDropout`` layers that are called in the block.

    Args:
        key: ``(2,)`` int32; each layer folds in its own ``salt``.

    Example:
        >>> layer = StatelessDropout(0.5)
        >>> with dropout_key(tf.constant([1, 2])):
        ...     twice = [layer(tf.ones((1, 8)), training=True) for _ in range(2)]
        >>> bool(tf.reduce_all(twice[0] == twice[1]))
        True
    """
    tokens = _dropout_key.set(key), _draws.set(Counter())
    try:
        yield
    finally:
        _dropout_key.reset(tokens[0])
        _draws.reset(tokens[1])


def draw_key(salt: int) -> tuple[tf.Tensor, int]:
    """The key and the number to fold into it, for the next draw of one source of random numbers.

    Args:
        salt: A different number for each source of a network.

    Returns:
        ``(2,)`` int32 and a number, which differ for each draw in a ``dropout_key`` block. Outside
        of one they are always the same: inference repeats its draws.
    """
    key, draws = _dropout_key.get(), _draws.get()
    if key is None or draws is None:
        return tf.constant([0, 0]), salt
    draws[salt] += 1
    return tf.random.experimental.stateless_fold_in(key, draws[salt]), salt


@keras.saving.register_keras_serializable(package="acwgan")
class StatelessDropout(keras.layers.Layer):
    """Dropout whose mask is a pure function of the key that ``dropout_key`` sets.

    Keras' own ``Dropout`` draws from a counter that no checkpoint saves, and gives every replica
    the same mask: a resumed or distributed run would differ.

    Args:
        rate: Share of values set to zero, in [0, 1), in steps of 1 / 65536; the others are scaled
            by ``1 / (1 - rate)``.
        salt: A different number for each dropout layer of a network.

    Call shapes: any shape with the batch first; returns the same.

    Raises:
        RuntimeError: If called for training outside of a ``dropout_key`` block.

    Example:
        >>> StatelessDropout(0.5)(tf.ones((1, 2))).numpy().tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, rate: float, salt: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = rate
        self.salt = salt

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        key = _dropout_key.get()
        if key is None:
            raise RuntimeError("StatelessDropout is called for training without a dropout_key.")
        key = tf.random.experimental.stateless_fold_in(key, self.salt)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        shape = (inputs.shape[0] * replicas, *inputs.shape[1:])
        keep = own_rows(_random_int16(shape, key)) >= round(self.rate * 2**16) - 2**15
        return inputs * (tf.cast(keep, inputs.dtype) / (1.0 - self.rate))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rate": self.rate, "salt": self.salt}


def _random_int16(shape: tuple[int, ...], key: tf.Tensor) -> tf.Tensor:
    """Uniform int16. Two share one draw of 32 bits, since the draws are what dropout costs."""
    count = int(np.prod(shape))
    draws = tf.random.stateless_uniform(((count + 1) // 2,), key, None, None, tf.int32)
    return tf.reshape(tf.reshape(tf.bitcast(draws, tf.int16), (-1,))[:count], shape)
