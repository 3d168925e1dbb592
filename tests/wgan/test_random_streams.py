import itertools

import numpy as np
import pytest
import tensorflow as tf

from acwgan.wgan import random_streams
from acwgan.wgan.image_orders import SHUFFLE_ROUNDS
from acwgan.wgan.random_streams import Stream, image_indices, key

#: Seeds and numbers of images for the statistics.
SEEDS, SIZES = (0, 1, 2**31 - 1), (10_000, 50_000, 60_000, 70_000)


def indices(seed, steps, batch_size, num_images, **options):
    batches = [image_indices(seed, step, batch_size, num_images, **options) for step in steps]
    return np.concatenate(batches).tolist()


def test_every_image_comes_once_an_epoch_also_where_batches_straddle_epochs():
    drawn = indices(seed=3, steps=range(7), batch_size=5, num_images=7)
    epochs = [drawn[i : i + 7] for i in range(0, 35, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1  # In a new order.


def test_seeds_draw_in_different_orders():
    assert indices(0, range(2), 50, 100) != indices(1, range(2), 50, 100)


def sigmas(one, other):
    """The correlation of two orders, in standard deviations of that of independent ones."""
    return abs(np.corrcoef(one, other)[0, 1]) * len(one) ** 0.5


def epoch(number, seed, num_images, version):
    return image_indices(seed, number, num_images, num_images, version=version).numpy()


def worst_correlation(version):
    """Of successive epochs, of neighbouring seeds and with the order of the files."""
    found = []
    for num_images in SIZES:
        for seed in SEEDS:
            orders = [epoch(number, seed, num_images, version) for number in (0, 1, 2, 9, 10)]
            found += map(sigmas, orders, orders[1:])
            other = epoch(0, max(seed - 1, 0) or 3, num_images, version)
            found += [sigmas(orders[0], other), sigmas(orders[0], np.arange(num_images))]
    return max(found)


def test_orders_of_epochs_and_seeds_do_not_correlate():
    """Of 72 independent pairs none is beyond 4.5 standard deviations but in 1 of 2,000 cases."""
    assert worst_correlation(version=2) < 4.5


def test_the_correlation_test_sees_too_few_rounds():
    assert SHUFFLE_ROUNDS == {1: 4, 2: 8}
    assert worst_correlation(version=1) > 100


def met_again(seed, num_images, version, batch_size=64):
    """How often pairs of one batch meet again in the next epoch, in multiples of chance."""
    one, other = (epoch(number, seed, num_images, version) for number in (0, 1))
    batch_of = np.empty(num_images, int)
    batch_of[other] = np.arange(num_images) // batch_size
    whole = one[: num_images // batch_size * batch_size].reshape(-1, batch_size)
    counts = [np.unique(batch_of[batch], return_counts=True)[1] for batch in whole]
    counts = np.concatenate(counts)
    by_chance = len(whole) * batch_size * (batch_size - 1) / 2 * (batch_size - 1) / num_images
    return (counts * (counts - 1) / 2).sum() / by_chance


@pytest.mark.parametrize("num_images", SIZES)
def test_the_images_of_a_batch_meet_again_as_often_as_by_chance(num_images):
    # One standard deviation is 1 / sqrt(1,984 pairs), 2.2%.
    for seed in SEEDS:
        assert met_again(seed, num_images, version=2) == pytest.approx(1, abs=0.1)


def test_the_test_of_batches_sees_too_few_rounds():
    assert max(met_again(seed, 60_000, version=1) for seed in SEEDS) > 2


@pytest.mark.parametrize("num_images", [1_000, 60_000, 70_000])
def test_batches_that_are_drawn_anew_are_without_replacement_and_uniform(num_images):
    steps, size = tf.range(600), 100
    draw = tf.function(lambda step: image_indices(1, step, size, num_images, "batches"))
    batches = np.stack([draw(step) for step in steps])
    assert all(len(set(batch)) == size for batch in batches)
    # Of independent draws the counts have the variance of a binomial distribution, the
    # indices of successive batches no correlation, and each batch the images of no other.
    counts = np.bincount(batches.ravel(), minlength=num_images)
    assert counts.var() / counts.mean() == pytest.approx(1 - size / num_images, abs=0.15)
    assert sigmas(batches[:-1].ravel(), batches[1:].ravel()) < 4
    again = [len(np.intersect1d(*pair)) for pair in itertools.pairwise(batches)]
    expected = size * size / num_images
    assert np.mean(again) == pytest.approx(expected, abs=4 * (expected / len(again)) ** 0.5)


def test_a_batch_of_more_images_than_there_are_has_them_all_and_some_twice():
    drawn = image_indices(0, 5, 10, 4, "batches").numpy()
    assert sorted(np.bincount(drawn)) == [2, 2, 3, 3]


def test_the_two_orders_begin_alike_and_then_differ():
    one, other = (indices(0, range(3), 5, 20, order=order) for order in ("epochs", "batches"))
    assert one[:5] == other[:5] and one[5:] != other[5:]


def test_version_1_draws_as_acwgan_0_1_did():
    written = [8090, 18888, 39847, 14868, 27457, 181, 35745, 54862]
    assert indices(3, [0, 700], 4, 60_000, version=1) == written


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
    graph = tf.function(lambda step: image_indices(0, step, 8, 100))
    assert np.array_equal(graph(tf.constant(5)), image_indices(0, 5, 8, 100))
