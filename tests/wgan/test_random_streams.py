import numpy as np
import tensorflow as tf

from acwgan.wgan import random_streams
from acwgan.wgan.random_streams import Stream, key


def indices(seed, steps, batch_size, num_images):
    batches = [random_streams.image_indices(seed, step, batch_size, num_images) for step in steps]
    return np.concatenate(batches).tolist()


def test_every_image_comes_once_an_epoch_also_where_batches_straddle_epochs():
    drawn = indices(seed=3, steps=range(7), batch_size=5, num_images=7)
    epochs = [drawn[i : i + 7] for i in range(0, 35, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1  # In a new order.


def test_seeds_draw_in_different_orders():
    assert indices(0, range(2), 50, 100) != indices(1, range(2), 50, 100)


def test_a_draw_depends_on_seed_stream_and_step_and_on_nothing_else():
    def draw(*of):
        return random_streams.latents(key(*of), 2, 3).numpy().tolist()

    assert draw(1, Stream.CRITIC_Z, 2) == draw(1, Stream.CRITIC_Z, 2)
    others = [(2, Stream.CRITIC_Z, 2), (1, Stream.GENERATOR_Z, 2), (1, Stream.CRITIC_Z, 3)]
    assert len({str(draw(*of)) for of in [(1, Stream.CRITIC_Z, 2), *others]}) == 4


def test_draws_have_the_distributions_they_claim():
    seed = key(0, Stream.CRITIC_Z, 0)
    z = random_streams.latents(seed, 4000, 10).numpy()
    assert abs(z.mean()) < 0.02 and abs(z.std() - 1) < 0.02
    labels = random_streams.labels(seed, 10_000, tf.range(10)).numpy()
    assert labels.dtype == np.int32 and labels.min() == 0 and labels.max() == 9
    assert np.bincount(labels).min() > 850
    alpha = random_streams.mixing_weights(seed, 10_000).numpy()
    assert alpha.min() >= 0 and alpha.max() <= 1 and abs(alpha.mean() - 0.5) < 0.02


def test_the_graph_draws_what_eager_draws():
    graph = tf.function(lambda step: random_streams.image_indices(0, step, 8, 100))
    assert np.array_equal(graph(tf.constant(5)), random_streams.image_indices(0, 5, 8, 100))
