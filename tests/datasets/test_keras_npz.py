import numpy as np
import pytest

from acwgan.datasets.loading import load
from acwgan.datasets.named import load_mnist
from acwgan.datasets.options import ReadOptions
from acwgan.errors import DataError


@pytest.fixture(scope="module")
def digits():
    """Thirty real digits (30, 28, 28) and their labels, each digit among the first twenty."""
    data = load_mnist()
    return data.train_images[:30, :, :, 0], data.train_labels[:30]


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),  # Keras
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),  # MedMNIST
        ("train_images", "train_labels", "val_images", "val_labels"),
    ],
)
def test_the_usual_names_of_two_splits(names, digits, tmp_path):
    x, y = digits
    arrays = dict(zip(names, (x[:20], y[:20, None], x[20:], y[20:, None]), strict=True))
    np.savez(tmp_path / "a.npz", **arrays)
    data = load(tmp_path / "a.npz")
    assert np.array_equal(data.train_images[..., 0], x[:20])
    assert np.array_equal(data.train_labels, y[:20])
    assert np.array_equal(data.test_images[..., 0], x[20:])
    assert np.array_equal(data.test_labels, y[20:])


@pytest.mark.parametrize("names", ["x y", "X y", "images labels", "data labels", "data target"])
def test_the_usual_names_of_one_split(names, digits, tmp_path):
    np.savez(tmp_path / "a.npz", **dict(zip(names.split(), digits, strict=True)))
    data = load(tmp_path / "a.npz")
    assert np.array_equal(data.train_images[..., 0], digits[0])
    assert np.array_equal(data.train_labels, digits[1]) and len(data.test_images) == 0


def test_arrays_without_names_are_images_and_labels(digits, tmp_path):
    np.savez(tmp_path / "a.npz", *digits)
    assert np.array_equal(load(tmp_path / "a.npz").train_labels, digits[1])
    np.savez(tmp_path / "a.npz", *digits[::-1])
    with pytest.raises(DataError, match=r"a\.npz: arr_0 must be numbers, .*, got \(30,\) int"):
        load(tmp_path / "a.npz")


def test_a_test_split_comes_before_a_validation_split(digits, tmp_path):
    x, y = digits
    splits = {"train": slice(0, 20), "val": slice(20, 25), "test": slice(25, 30)}
    arrays = {f"{name}_images": x[rows] for name, rows in splits.items()}
    arrays |= {f"{name}_labels": y[rows] for name, rows in splits.items()}
    np.savez(tmp_path / "a.npz", **arrays)
    data = load(tmp_path / "a.npz")
    assert np.array_equal(data.test_labels, y[25:])
    assert data.notes == ("the validation images (val_images) are not used",)


@pytest.mark.parametrize("name", ["x_train", "images", "arr_0", "whatever"])
def test_images_alone_have_no_classes(name, digits, tmp_path):
    np.savez(tmp_path / "a.npz", **{name: digits[0] / 255})
    data = load(tmp_path / "a.npz")
    assert np.array_equal(data.train_images[..., 0], digits[0])
    assert data.class_names == () and data.train_labels.tolist() == [0] * 30


def test_half_of_the_labels_is_no_data_without_classes(digits, tmp_path):
    np.savez(tmp_path / "a.npz", x_train=digits[0], x_test=digits[0], y_test=digits[1])
    with pytest.raises(DataError, match=r"a\.npz: holds .*; it must hold y_train"):
        load(tmp_path / "a.npz")


def test_text_labels_name_the_classes(digits, tmp_path):
    names = np.array(["even", "odd"])
    np.savez(tmp_path / "a.npz", x=digits[0], y=names[digits[1] % 2])
    data = load(tmp_path / "a.npz")
    assert data.class_names == ("even", "odd") and np.array_equal(data.train_labels, digits[1] % 2)
    assert data.notes == ("labels are text; read as the classes even, odd",)
    np.savez(tmp_path / "a.npz", x=digits[0], y=names[digits[1] % 2].astype(object))
    with pytest.raises(DataError, match=r"y must be .*; text as y\.astype\(str\), got .* object"):
        load(tmp_path / "a.npz")


def test_images_are_transposed_as_emnist_needs(digits, tmp_path):
    x, y = digits
    np.savez(tmp_path / "a.npz", x_train=x.swapaxes(1, 2), y_train=y, x_test=x, y_test=y)
    data = load(tmp_path / "a.npz", ReadOptions(transpose=True))
    assert np.array_equal(data.train_images[..., 0], x) and data.train_images.flags.c_contiguous
    assert np.array_equal(data.test_images[..., 0], x.swapaxes(1, 2))
