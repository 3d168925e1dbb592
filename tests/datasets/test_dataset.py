import numpy as np
import pytest

from acwgan.datasets.dataset import Dataset, checked_names, padded_as_in_0_1
from acwgan.datasets.held_out import hold_out
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError, ParameterError, UserNotice
from acwgan.files import untrusted


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


@pytest.mark.parametrize(("side", "before", "after"), [(25, 1, 2), (26, 1, 1), (27, 0, 1)])
@pytest.mark.parametrize("axis", [1, 2])
def test_acwgan_0_1_padded_with_black_to_multiples_of_4(side, before, after, axis):
    images = np.ones((2, 28, 28, 1), np.uint8).take(range(side), axis)
    margins = [(0, 0)] * 4
    margins[axis] = (before, after)
    whole = data([0, 1])._replace(train_images=images, test_images=images[:1])
    with pytest.warns(UserNotice, match=r"^images are \d+x\d+; padded with black to 28x28, as"):
        padded = padded_as_in_0_1(whole)
    assert np.array_equal(padded.train_images, np.pad(images, margins))
    assert np.array_equal(padded.test_images, np.pad(images, margins)[:1])


def test_what_needs_no_padding_is_the_data_set_itself():
    whole = data([0, 1])._replace(train_images=np.zeros((2, 8, 12, 1), np.uint8))
    assert padded_as_in_0_1(whole) is whole


@pytest.mark.filterwarnings("ignore:images are 1x1024")
def test_padding_that_does_not_fit_into_memory_is_refused(tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  4 kB\n")  # Enough for the images, not when padded to 4x1024.
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    images = np.zeros((1, 1, 1024, 1), np.uint8)
    with pytest.raises(DataError, match=r"the padded images: .*half of the free memory"):
        padded_as_in_0_1(data([0])._replace(train_images=images, test_images=images[:0]))
