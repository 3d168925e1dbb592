"""Sums in the order in which the code writes them, so that a training can be repeated."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

#: TensorFlow 2.21's rewriting of arithmetic makes one sum of several additions, whose order differs
#: from one tracing of the same function to the next: where a tensor is used more than twice, its
#: gradient would not be repeatable. A step takes the same time without it.
_REWRITING = "arithmetic_optimization"


@contextlib.contextmanager
def fixed_order_of_sums() -> Iterator[None]:
    """Compute sums as they are written in the block; it holds for the whole process.

    Example:
        >>> with fixed_order_of_sums():
        ...     tf.config.optimizer.get_experimental_options()["arithmetic_optimization"]
        False
    """
    before = tf.config.optimizer.get_experimental_options().get(_REWRITING, True)
    tf.config.optimizer.set_experimental_options({_REWRITING: False})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({_REWRITING: before})
