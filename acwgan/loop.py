"""The loop over critic and generator updates, in one compiled graph."""

import tensorflow as tf

from acwgan import draws
from acwgan.draws import Stream, key, own_rows
from acwgan.images import to_float


def compiled_loop(model, images, labels, *, seed, batch_size, latent_dim, num_classes, xla=False):
    """The loop over generator and critic updates as one compiled function.

    The loops stand outside of ``strategy.run``, so that the same function serves any number of
    devices. Images are drawn and converted inside the graph, from uint8.

    Args:
        model: A ``ConditionalWGAN``.
        images: ``(N, H, W, C)`` uint8 in 0..255.
        labels: ``(N,)`` int32.
        seed: Every draw follows from it.
        batch_size: B, the global batch.
        latent_dim: Length of z.
        num_classes: K.
        xla: Compile each update with XLA.

    Returns:
        ``run(plan, generator_step, critic_step)``: for each row ``(c, g)`` of ``plan`` c critic
        updates and then g generator updates, counting on from the two steps. It returns the
        metrics of the last update of each kind, name -> scalar, NaN where there was none.
    """
    images, labels = tf.constant(images), tf.constant(labels)
    strategy = tf.distribute.get_strategy()

    update_critic, update_generator = model.update_critic, model.update_generator
    if xla:
        update_critic, update_generator = (
            tf.function(update, jit_compile=True, autograph=False)
            for update in (update_critic, update_generator)
        )

    # There is no Python loop or condition on tensors to convert in a step; that halves the tracing.
    @tf.autograph.experimental.do_not_convert
    def critic_step(step):
        index = own_rows(draws.image_indices(seed, step, batch_size, len(images)))
        z = draws.latents(key(seed, Stream.CRITIC_Z, step), batch_size, latent_dim)
        fake_labels = draws.labels(key(seed, Stream.CRITIC_LABELS, step), batch_size, num_classes)
        alpha = draws.mixing_weights(key(seed, Stream.PENALTY, step), batch_size)
        return update_critic(
            to_float(tf.cast(tf.gather(images, index), tf.float32)),
            tf.gather(labels, index),
            own_rows(z),
            own_rows(fake_labels),
            own_rows(alpha),
            key(seed, Stream.CRITIC_DROPOUT, step),
        )

    @tf.autograph.experimental.do_not_convert
    def generator_step(step):
        z = draws.latents(key(seed, Stream.GENERATOR_Z, step), batch_size, latent_dim)
        labels_key = key(seed, Stream.GENERATOR_LABELS, step)
        fake_labels = draws.labels(labels_key, batch_size, num_classes)
        return update_generator(
            own_rows(z), own_rows(fake_labels), key(seed, Stream.GENERATOR_DROPOUT, step)
        )

    scalar = tf.TensorSpec([], tf.int32)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.int32), scalar, scalar])
    def run(plan, step, critic_steps):
        nan = tf.constant(float("nan"))
        critic_metrics = dict.fromkeys(model.CRITIC_METRICS, nan)
        generator_metrics = dict.fromkeys(model.GENERATOR_METRICS, nan)
        for row in tf.range(tf.shape(plan)[0]):
            for _ in tf.range(plan[row, 0]):
                critic_metrics = strategy.run(critic_step, (critic_steps,))
                critic_steps += 1
            for _ in tf.range(plan[row, 1]):
                generator_metrics = strategy.run(generator_step, (step,))
                step += 1
        return critic_metrics | generator_metrics

    return run
