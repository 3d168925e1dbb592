"""The loop over critic and generator updates, in one compiled graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import mean_of_replicas
from acwgan.wgan.batches import Batches
from acwgan.wgan.model import WGAN

#: Metrics by name, scalars.
Metrics = dict[str, tf.Tensor]


def compiled_loop(
    model: WGAN, images: np.ndarray, labels: np.ndarray, *, xla: bool = False, **draws: Any
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Metrics]:
    """The loop over generator and critic updates as one compiled function.

    The loops stand outside of ``strategy.run``, so that the same function serves any number of
    devices: those of the strategy in whose scope the loop is made. Images are drawn and converted
    inside the graph, from uint8.

    Args:
        model: A ``WGAN``.
        images: ``(N, H, W, C)`` uint8 in 0..255.
        labels: ``(N,)`` int32.
        xla: Compile each update with XLA.
        **draws: The other arguments of ``batches.Batches``: ``seed``, ``batch_size``,
            ``latent_dim``, ``num_classes`` and, with defaults, ``labels_of_data``, ``latent``,
            ``image_order``, ``balance`` and ``version``.

    Returns:
        ``run(plan, generator_step, critic_step)``: for each row ``(c, g)`` of ``plan`` c critic
        updates and then g generator updates, counting on from the two steps. It returns the
        metrics of the last update of each kind, name -> scalar, NaN where there was none. It
        stops after the first update with a metric that is not finite.
    """
    strategy = tf.distribute.get_strategy()  # Not in ``run``, which is called outside of the scope.
    batches = Batches(images, labels, augmented=model.augmentation is not None, **draws)
    update_critic, update_generator = model.update_critic, model.update_generator
    if xla:
        update_critic, update_generator = (
            tf.function(update, jit_compile=True, autograph=False)
            for update in (update_critic, update_generator)
        )

    def critic_step(step: tf.Tensor) -> Metrics:
        return _on_all_replicas(strategy, lambda: update_critic(**batches.for_critic(step)))

    def generator_step(step: tf.Tensor) -> Metrics:
        return _on_all_replicas(strategy, lambda: update_generator(**batches.for_generator(step)))

    scalar = tf.TensorSpec([], tf.int32)

    # Without AutoGraph: it takes as long as the tracing itself, and fails on Python 3.13.
    @tf.function(
        input_signature=[tf.TensorSpec([None, 2], tf.int32), scalar, scalar], autograph=False
    )
    def run(plan, generator_steps, critic_steps):
        def one_row(row, critic, generator):
            model.set_learning_rates(generator[0])
            critic = _repeat(plan[row, 0], critic_step, *critic)
            count = tf.where(_finite(critic[1]), plan[row, 1], 0)
            generator = _repeat(count, generator_step, *generator)
            return row + 1, critic, generator

        def unfinished(row, critic, generator):
            return (row < tf.shape(plan)[0]) & _finite(critic[1]) & _finite(generator[1])

        with strategy.scope():
            start = [
                (steps, dict.fromkeys(names, tf.constant(0.0)))
                for steps, names in [
                    (critic_steps, model.critic_metrics),
                    (generator_steps, model.generator_metrics),
                ]
            ]
            _, *end = tf.while_loop(unfinished, one_row, (0, *start))
        return {
            name: tf.where(after > before, value, float("nan"))
            for (before, _), (after, metrics) in zip(start, end, strict=True)
            for name, value in metrics.items()
        }

    return run


def _on_all_replicas(strategy: tf.distribute.Strategy, update: Callable[[], Metrics]) -> Metrics:
    """One update on all replicas, and its metrics over the global batch."""

    def on_one() -> Metrics:
        metrics = update()
        return dict(zip(metrics, mean_of_replicas([*metrics.values()]), strict=True))

    return tf.nest.map_structure(
        lambda value: strategy.experimental_local_results(value)[0], strategy.run(on_one)
    )


def _repeat(
    count: tf.Tensor, update: Callable[[tf.Tensor], Metrics], step: tf.Tensor, metrics: Metrics
) -> tuple[tf.Tensor, Metrics]:
    """Make ``count`` updates from ``step`` on; return the next step and the last metrics."""
    end = step + count
    return tf.while_loop(
        lambda step, metrics: (step < end) & _finite(metrics),
        lambda step, _: (step + 1, update(step)),
        (step, metrics),
    )


def _finite(metrics: Metrics) -> tf.Tensor:
    return tf.math.is_finite(tf.add_n(list(metrics.values())))
