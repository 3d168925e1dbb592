import numpy as np
import pytest

from acwgan.datasets.dataset import Dataset, checked_names, hold_out
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError, ParameterError


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


@pytest.mark.parametrize(
    "name",
    [
        "a, b",
        ",",
        "$x^2$",
        "100%",
        "a_b",
        "R&D",
        "<b>",
        "\"q'",
        "a/b",
        "猫",
        "👩\u200d🔬",
        "שלום",
        300 * "x",
    ],
)
def test_names_may_have_any_characters_that_can_be_printed(name):
    assert checked_names([name, "other"], 2, "here") == (name, "other")


def test_names_are_as_a_keyboard_types_them():
    """MacOS decomposes names of folders; Chinese and Japanese have a blank of their own."""
    names = ["scho\u0308n", "東京\u3000都", " red\u00a0bag "]
    assert checked_names(names, 3, "here") == ("schön", "東京 都", "red bag")
    with pytest.raises(DataError, match="'schön' cannot name a class"):
        checked_names(["scho\u0308n", "schön"], 2, "here")


@pytest.mark.parametrize(
    "name", ["a\nb", "\x1b[2J", "a\tb", "\u200d", "a\u202eb", "\udcff", "\ue000", ""]
)
def test_names_without_printable_characters_are_refused(name):
    with pytest.raises(DataError, match="cannot name a class"):
        checked_names([name], 1, "here")
