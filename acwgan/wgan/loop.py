"""The loop over critic and generator updates, in one compiled graph."""

import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import mean_of_replicas, own_rows
from acwgan.images.pixels import to_float
from acwgan.wgan import random_streams
from acwgan.wgan.random_streams import Stream, key


def compiled_loop(
    model,
    images,
    labels,
    *,
    seed,
    batch_size,
    latent_dim,
    num_classes,
    labels_of_data=False,
    latent="normal",
    xla=False,
):
    """The loop over generator and critic updates as one compiled function.

    The loops stand outside of ``strategy.run``, so that the same function serves any number of
    devices. Images are drawn and converted inside the graph, from uint8.

    Args:
        model: A ``WGAN``.
        images: ``(N, H, W, C)`` uint8 in 0..255; a ``np.memmap`` stays on the disk, and of it
            this process reads its own rows of each batch alone.
        labels: ``(N,)`` int32.
        seed: Every draw follows from it.
        batch_size: B, the global batch.
        latent_dim: Length of z.
        num_classes: K; without classes not used.
        labels_of_data: Fakes are of the classes of the images, not of each class alike.
        latent: Of z, a name in ``draws.LATENTS``.
        xla: Compile each update with XLA.

    Returns:
        ``run(plan, generator_step, critic_step)``: for each row ``(c, g)`` of ``plan`` c critic
        updates and then g generator updates, counting on from the two steps. It returns the
        metrics of the last update of each kind, name -> scalar, NaN where there was none. An
        update with a metric that is not finite is the last one: nothing comes after it.
    """
    num_images, labels = len(images), tf.constant(labels)
    read = _reader(images)
    strategy = tf.distribute.get_strategy()
    classes = labels if labels_of_data else tf.range(num_classes)

    update_critic, update_generator = model.update_critic, model.update_generator
    if xla:
        update_critic, update_generator = (
            tf.function(update, jit_compile=True, autograph=False)
            for update in (update_critic, update_generator)
        )

    def critic_step(step):
        index = own_rows(random_streams.image_indices(seed, step, batch_size, num_images))
        z = random_streams.latents(key(seed, Stream.CRITIC_Z, step), batch_size, latent_dim, latent)
        real_labels = fake_labels = tf.gather(labels, index)
        if not labels_of_data:
            labels_key = key(seed, Stream.CRITIC_LABELS, step)
            fake_labels = own_rows(random_streams.labels(labels_key, batch_size, classes))
        alpha = random_streams.mixing_weights(key(seed, Stream.PENALTY, step), batch_size)
        return update_critic(
            to_float(tf.cast(read(index), tf.float32)),
            real_labels,
            own_rows(z),
            fake_labels,
            own_rows(alpha),
            key(seed, Stream.CRITIC_DROPOUT, step),
        )

    def generator_step(step):
        z = random_streams.latents(
            key(seed, Stream.GENERATOR_Z, step), batch_size, latent_dim, latent
        )
        labels_key = key(seed, Stream.GENERATOR_LABELS, step)
        fake_labels = random_streams.labels(labels_key, batch_size, classes)
        return update_generator(
            own_rows(z), own_rows(fake_labels), key(seed, Stream.GENERATOR_DROPOUT, step)
        )

    def on_all(update, step):
        """One update on all replicas, and its metrics of the global batch."""

        def on_one():
            metrics = update(step)
            return dict(zip(metrics, mean_of_replicas([*metrics.values()]), strict=True))

        return tf.nest.map_structure(
            lambda value: strategy.experimental_local_results(value)[0], strategy.run(on_one)
        )

    def repeat(count, update, step, metrics):
        """``count`` updates, counting on from ``step``: the next step and the last metrics."""
        end = step + count
        return tf.while_loop(
            lambda step, metrics: (step < end) & finite(metrics),
            lambda step, _: (step + 1, on_all(update, step)),
            (step, metrics),
        )

    def finite(metrics):
        return tf.math.is_finite(tf.add_n(list(metrics.values())))

    scalar = tf.TensorSpec([], tf.int32)

    # Without AutoGraph: it takes as long as the tracing itself, and fails on Python 3.13.
    @tf.function(
        input_signature=[tf.TensorSpec([None, 2], tf.int32), scalar, scalar], autograph=False
    )
    def run(plan, generator_steps, critic_steps):
        def one_row(row, critic, generator):
            model.set_learning_rates(generator[0])
            critic = repeat(plan[row, 0], critic_step, *critic)
            generators = tf.where(finite(critic[1]), plan[row, 1], 0)
            generator = repeat(generators, generator_step, *generator)
            return row + 1, critic, generator

        def go_on(row, critic, generator):
            return (row < tf.shape(plan)[0]) & finite(critic[1]) & finite(generator[1])

        with strategy.scope():
            start = [
                (steps, dict.fromkeys(names, tf.constant(0.0)))
                for steps, names in [
                    (critic_steps, model.critic_metrics),
                    (generator_steps, model.generator_metrics),
                ]
            ]
            _, *end = tf.while_loop(go_on, one_row, (0, *start))
        nan = float("nan")
        return {
            name: tf.where(after > before, value, nan)
            for (before, _), (after, metrics) in zip(start, end, strict=True)
            for name, value in metrics.items()
        }

    return run


def _reader(images):
    """What reads the images of some indices, inside the graph."""
    if not isinstance(images, np.memmap):
        constant = tf.constant(images)
        return lambda index: tf.gather(constant, index)

    def read(index):
        rows = tf.numpy_function(lambda index: images[index], [index], tf.uint8, stateful=False)
        return tf.ensure_shape(rows, (index.shape[0], *images.shape[1:]))

    return read
