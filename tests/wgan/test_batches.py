import mmap

import numpy as np
import pytest
import tensorflow as tf

from acwgan.datasets.npy_folder import map_array
from acwgan.wgan import random_streams
from acwgan.wgan.batches import Batches, _advisor, _pages
from acwgan.wgan.random_streams import Stream, key

IMAGES = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1).repeat(4, axis=1).repeat(4, axis=2)
LABELS = np.arange(40, dtype=np.int32) % 4


def batches(**options):
    settings = {"seed": 5, "batch_size": 8, "latent_dim": 3, "num_classes": 4}
    return Batches(IMAGES, LABELS, **settings | options)


def test_a_critic_batch_has_the_images_that_the_order_says_with_their_labels():
    for order in ("epochs", "batches"):
        drawn = batches(image_order=order).for_critic(tf.constant(7))
        rows = random_streams.image_indices(5, 7, 8, 40, order).numpy()
        images = (IMAGES[rows].astype(np.float32) / 127.5) - 1
        np.testing.assert_allclose(drawn["real_images"], images, atol=1e-6)
        assert drawn["labels"].numpy().tolist() == LABELS[rows].tolist()


def test_labels_of_the_data_are_those_of_the_real_batch():
    drawn = batches(labels_of_data=True).for_critic(tf.constant(0))
    assert np.array_equal(drawn["labels"], drawn["fake_labels"])


def test_balanced_batches_have_all_classes_alike_on_both_sides():
    labels = np.repeat(np.int32([0, 1, 2, 3]), [34, 3, 2, 1])
    drawn = Batches(
        IMAGES,
        labels,
        seed=5,
        batch_size=8000,
        latent_dim=3,
        num_classes=4,
        balance=True,
        labels_of_data=True,
    )
    critic, generator = drawn.for_critic(tf.constant(2)), drawn.for_generator(tf.constant(2))
    for found in (critic["labels"], critic["fake_labels"], generator["labels"]):
        assert np.abs(np.bincount(found) / 8000 - 0.25).max() < 0.02
    shown = np.rint((critic["real_images"][:, 0, 0, 0].numpy() + 1) * 127.5).astype(int)
    assert np.array_equal(labels[shown], critic["labels"])
    expected = 0.25 / np.repeat([34, 3, 2, 1], [34, 3, 2, 1])
    assert np.abs(np.bincount(shown) / 8000 - expected).max() < 0.02


def test_labels_are_else_drawn_from_all_classes_alike():
    drawn = batches(num_classes=10).for_critic(tf.constant(0))
    expected = random_streams.labels(key(5, Stream.CRITIC_LABELS, 0), 8, tf.range(10))
    assert np.array_equal(drawn["fake_labels"], expected)


@pytest.mark.parametrize("version, shared", [(1, True), (2, False)])
def test_in_version_1_the_penalty_shares_the_masks_of_the_main_pass(version, shared):
    drawn = batches(version=version).for_critic(tf.constant(3))
    assert ("penalty_key" in drawn) == shared
    if shared:
        assert np.array_equal(drawn["penalty_key"], drawn["key"])


def test_the_generator_draws_latents_and_labels_of_its_own():
    critic = batches().for_critic(tf.constant(3))
    generator = batches().for_generator(tf.constant(3))
    assert generator.keys() == {"z", "labels", "key"}
    assert not np.array_equal(critic["z"], generator["z"])
    assert not np.array_equal(critic["key"], generator["key"])


def test_uniform_latents_are_drawn_by_name():
    z = batches(latent="uniform", batch_size=1000).for_generator(tf.constant(0))["z"].numpy()
    assert -1 <= z.min() < -0.9 and 0.9 < z.max() < 1


def test_the_pages_that_are_asked_for_are_those_of_the_images(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.integers(0, 256, (40, 30, 31, 3), np.uint8))
    images = map_array(tmp_path / "x.npy")
    rows = np.array([0, 39, 7, 7, 20], np.int32)
    found = _pages(images, images.base, rows)
    for row, (begin, length) in zip(rows, found, strict=True):
        assert begin % mmap.PAGESIZE == 0 and length < images[0].nbytes + mmap.PAGESIZE
        assert images.base[begin : begin + length].endswith(images[row].tobytes())
    _advisor(images)(rows)
    _advisor(images[3:])(rows)  # A view: nothing is asked for.
