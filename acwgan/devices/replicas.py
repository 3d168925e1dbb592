"""Splits batches among replicas and averages over them, inside ``strategy.run``.

With a single replica these functions return their argument.
"""

import tensorflow as tf


def own_rows(batch: tf.Tensor) -> tf.Tensor:
    """The rows of a global batch that belong to this replica.

    Args:
        batch: ``(B, ...)``, the same on every replica; B is a multiple of the number of replicas.

    Returns:
        ``(B / replicas, ...)``.

    Example:
        >>> own_rows(tf.range(4)).numpy().tolist()
        [0, 1, 2, 3]
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return batch
    rows = batch.shape[0] // context.num_replicas_in_sync
    parts = tf.reshape(batch, (context.num_replicas_in_sync, rows, *batch.shape[1:]))
    return parts[context.replica_id_in_sync_group]


def mean_of_replicas(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Average gradients or losses over all replicas.

    All replicas have the same number of rows, so this is the mean over the global batch. The
    tensors travel as one vector in a single all-reduce.

    Args:
        tensors: Float32 tensors of any shapes.

    Returns:
        The means, the same on every replica, with the shapes of ``tensors``.

    Example:
        >>> mean_of_replicas([tf.constant(3.0)])[0].numpy().item()
        3.0
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tensors
    vector = tf.concat([tf.reshape(tensor, (-1,)) for tensor in tensors], axis=0)
    vector = context.all_reduce(tf.distribute.ReduceOp.MEAN, vector)
    parts = tf.split(vector, [tensor.shape.num_elements() for tensor in tensors])
    return [tf.reshape(part, t.shape) for part, t in zip(parts, tensors, strict=True)]


def only_on_first_replica(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """The same tensors on the first replica, and zeros on the others.

    Args:
        tensors: Float32 tensors of any shapes, the same on every replica.

    Example:
        >>> only_on_first_replica([tf.constant(3.0)])[0].numpy().item()
        3.0
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tensors
    first = tf.cast(tf.equal(context.replica_id_in_sync_group, 0), tf.float32)
    return [first * tensor for tensor in tensors]
