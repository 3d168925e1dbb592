"""What the replicas of one model do together, inside ``strategy.run`` of ``tf.distribute``.

On one device there is one replica, and all of this changes nothing.
"""

import tensorflow as tf


def own_rows(batch: tf.Tensor) -> tf.Tensor:
    """The rows of this replica of a batch that was drawn globally (all rows on a single device).

    Args:
        batch: ``(B, ...)``, the same on every replica; B a multiple of their number.

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
    """The means over all replicas, the same on each: of gradients or losses of equal batches.

    The mean over the global batch is the mean over replicas of their means, since all have as
    many rows. They go over the network as one vector, in one all-reduce.

    Args:
        tensors: Float32, any shapes.

    Returns:
        As many of the same shapes.

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
