import re
import zipfile

import numpy as np
import pytest
from colours import NAMES, coloured, data_file

from acwgan.datasets.dataset import Dataset
from acwgan.datasets.loading import load
from acwgan.datasets.named import load_mnist
from acwgan.errors import UserError
from acwgan.evaluation.generated_images import (
    check_names,
    check_samples,
    compared_rows,
    load_samples,
)

X_MUST_BE = "x must be (N, 28, 28) uint8, N from 1 to 1,000,000"
Y_MUST_BE = "y must be (N,) integers, N at most 1,000,000"


@pytest.mark.parametrize(
    "arrays, line",
    [
        ({"a": np.zeros(3)}, "holds a; it must hold x or x_train"),
        ({"x": np.zeros((2, 28, 28, 4), "u1")}, f"{X_MUST_BE}, got (2, 28, 28, 4) uint8"),
        (
            {"x": np.zeros((2, 28, 27), "u1"), "y": np.zeros(2, int)},
            f"{X_MUST_BE}, got (2, 28, 27) uint8",
        ),
        (
            {"x": np.zeros((2, 28, 28)), "y": np.zeros(2, int)},
            "its images must be uint8, or unmistakably from 0 to 255, from 0 to 1 or from -1 to 1; "
            "got float64 from 0 to 0",
        ),
        (
            {"x": np.zeros((2, 28, 28), "u1"), "y": np.zeros((2, 1))},
            f"{Y_MUST_BE}, got (2, 1) float64",
        ),
        ({"x": np.array([{}, 1]), "y": np.zeros(2, int)}, f"{X_MUST_BE}, got (2,) object"),
    ],
)
def test_other_arrays_are_refused(arrays, line, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(UserError, match=re.escape(f"a.npz: {line}")):
        load_samples(tmp_path / "a.npz")


def test_a_torn_file_and_one_that_claims_too_much_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros((2, 28, 28), "u1"), y=np.zeros(2, int))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=re.escape("a.npz: is not an npz file that can be read")):
        load_samples(path)
    header = {"descr": "|u1", "fortran_order": False, "shape": (1_000_001, 28, 28)}
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("x", "y"):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array_header_1_0(member, header)
    with pytest.raises(UserError, match=re.escape("N from 1 to 1,000,000")):
        load_samples(path)


def test_both_layouts_of_generate_and_of_keras_are_read(tmp_path):
    mnist = load_mnist()
    images, labels = mnist.test_images[:30, ..., 0], mnist.test_labels[:30]
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    np.savez(tmp_path / "b.npz", x_train=images[..., None], y_train=labels)
    for name in ("a.npz", "b.npz"):
        got_images, got_labels = load_samples(tmp_path / name)
        assert np.array_equal(got_images, images) and np.array_equal(got_labels, labels)


def test_images_in_color_and_without_labels_are_read(tmp_path):
    images = coloured(np.array([0, 1, 2, 0]), 0)
    np.savez(tmp_path / "a.npz", x=images)
    got, labels = load_samples(tmp_path / "a.npz", (8, 8, 3))
    assert np.array_equal(got, images) and labels is None
    with pytest.raises(UserError, match=re.escape("must be (N, 8, 8) uint8, got (4, 8, 8, 3)")):
        load_samples(tmp_path / "a.npz", (8, 8, 1))


def test_a_file_that_names_other_classes_than_the_data_is_refused(tmp_path):
    data = load(str(data_file()))
    for names, fits in [(NAMES, True), (NAMES[::-1], False), (("cat", "dog", "owl"), False)]:
        np.savez(tmp_path / "a.npz", x=np.zeros((1, 8, 8, 3), "u1"), class_names=np.array(names))
        if fits:
            check_names(tmp_path / "a.npz", data)
            continue
        with pytest.raises(UserError, match=f"holds the classes {names[0]}.* as `dataset`"):
            check_names(tmp_path / "a.npz", data)


@pytest.mark.parametrize(
    "count, labels, line",
    [
        (449, None, "at least 450 images for the Fréchet distance, got 449"),
        (
            449,
            np.repeat([0, 1, 2], [150, 180, 119]),
            f"at least 120 images of class {NAMES[2]} (450 of all classes) for the Fréchet "
            "distance, got 119",
        ),
        (450, np.repeat([0, 1, 3], 150), "labels must be from 0 to 2, got 3"),
    ],
)
def test_as_many_as_training_images_are_needed(count, labels, line):
    with pytest.raises(UserError, match=re.escape(line)):
        check_samples(np.zeros((count, 8, 8, 3), np.uint8), labels, load(str(data_file())))


def test_as_many_as_training_images_are_enough():
    data = load(str(data_file()))
    images, labels = np.zeros((500, 8, 8, 3), np.uint8), np.repeat([2, 1, 0], [130, 190, 180])
    check_samples(images, labels, data)
    check_samples(images[:450], None, data)
    assert np.bincount(labels[compared_rows(labels, data, 10_000)]).tolist() == [150, 180, 120]
    assert np.array_equal(compared_rows(None, data, 10_000), np.arange(450))
    assert len(compared_rows(labels, data, 30)) == len(compared_rows(None, data, 30)) == 30


@pytest.mark.parametrize(
    "train, test, what",
    [
        (99, 100, "training images to compare with, got 99"),
        (100, 0, "test images to compare with, got 0"),
    ],
)
def test_data_with_too_few_images_is_refused(train, test, what):
    images, labels = np.zeros((100, 8, 8, 3), np.uint8), np.zeros(100, np.int32)
    data = Dataset(images[:train], labels[:train], images[:test], labels[:test], ("a",))
    with pytest.raises(UserError, match=f"data must have at least 100 {what}"):
        check_samples(images, labels, data)
