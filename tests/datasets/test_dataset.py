import numpy as np
import pytest

from acwgan.datasets.dataset import Dataset, hold_out
from acwgan.datasets.named import load_mnist
from acwgan.errors import ParameterError


def data(labels):
    """A data set whose images say their place."""
    labels = np.array(labels, np.int32)
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None, None]
    return Dataset(images, labels, images[:0], labels[:0], ("a", "b"))


def test_every_image_is_in_one_of_the_two_splits_with_its_label():
    whole = data([0, 1, 0, 0, 1, 0, 0, 1, 1, 0])
    kept = hold_out(whole, 0.5)
    for images, labels in (kept[:2], kept[2:4]):
        assert np.array_equal(labels, whole.train_labels[images.ravel()])
    places = np.concatenate([kept.train_images, kept.test_images]).ravel()
    assert sorted(places.tolist()) == list(range(10))
    assert np.bincount(kept.test_labels).tolist() == [3, 2]


def test_the_choice_is_the_same_every_time_and_another_with_another_seed():
    mnist = load_mnist()
    one, again, other = (hold_out(mnist, 5000, seed).test_images for seed in (0, 0, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert np.array_equal(hold_out(mnist, 5000 / 60_000).test_images, one)


def test_nothing_held_out_is_the_data_set_itself():
    whole = data([0, 1])
    assert hold_out(whole, 0) is whole


def test_a_class_keeps_an_image_to_train_on():
    assert sorted(hold_out(data([0, 0, 0, 1]), 0.7).train_labels.tolist()) == [0, 1]


@pytest.mark.parametrize("amount", [1e-9, 4, 5])
def test_too_much_or_nothing_is_refused(amount):
    with pytest.raises(ParameterError, match="`hold_out` must leave images to train on"):
        hold_out(data([0, 0, 1, 1]), amount)
