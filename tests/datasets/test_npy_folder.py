import numpy as np
import pytest

from acwgan.datasets.dataset import training_arrays
from acwgan.datasets.loading import load
from acwgan.errors import DataError


def write(folder, images=(10, 8, 12, 3), labels=None, part="train"):
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    x = random.integers(0, 256, images).astype(np.uint8) if isinstance(images, tuple) else images
    np.save(folder / f"x_{part}.npy", x)
    np.save(folder / f"y_{part}.npy", np.arange(len(x)) % 2 if labels is None else labels)
    return x


def test_images_stay_on_the_disk_and_come_with_labels_and_names(tmp_path):
    train, test = write(tmp_path, (10, 9, 11, 3)), write(tmp_path, (4, 9, 11, 3), part="test")
    (tmp_path / "class_names.txt").write_text("cat\ndog\n")
    data = load(str(tmp_path))
    assert isinstance(data.train_images, np.memmap) and isinstance(data.test_images, np.memmap)
    assert np.array_equal(data.train_images, train) and np.array_equal(data.test_images, test)
    assert data.train_labels.tolist() == [0, 1] * 5 and data.train_labels.dtype == np.int32
    assert data.class_names == ("cat", "dog")
    images, _ = training_arrays(data, include_test=False)
    assert isinstance(images, np.memmap)
    with pytest.raises(DataError, match=r"`include_test` cannot join \.npy files"):
        training_arrays(data, include_test=True)


def test_without_test_images_there_are_none(tmp_path):
    write(tmp_path)
    assert len(load(str(tmp_path)).test_images) == 0


@pytest.mark.parametrize(
    "images, labels, fault",
    [
        ((10, 8, 8), None, r"x_train.npy: must be .*, got \(10, 8, 8\) uint8"),
        ((10, 8, 8, 2), None, r"x_train.npy: must be .* 1 or 3.*, got \(10, 8, 8, 2\)"),
        (np.zeros((10, 8, 8, 1)), None, "x_train.npy: must be .*, got .* float64"),
        (np.zeros((2, 8, 8, 1), np.uint8, "F"), None, "x_train.npy: is not an .npy file that can"),
        (
            (10, 8, 8, 1),
            np.zeros(10),
            r"y_train.npy: must be \(N,\) integers.*, got \(10,\) float64",
        ),
        ((10, 8, 8, 1), np.arange(9) % 2, "y_train.npy: 9 labels for 10 images"),
        ((10, 8, 8, 1), np.full(10, 1), "y_train.npy: no training image has the label 0"),
    ],
)
def test_a_file_that_is_not_allowed_is_named(images, labels, fault, tmp_path):
    write(tmp_path, images, labels)
    with pytest.raises(DataError, match=fault):
        load(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_named(content, tmp_path):
    write(tmp_path)
    (tmp_path / "x_train.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"x_train.npy: is not an .npy file that can be read"):
        load(str(tmp_path))


def test_pickles_are_refused(tmp_path):
    write(tmp_path)
    np.save(tmp_path / "y_train.npy", np.array([object()] * 10), allow_pickle=True)
    with pytest.raises(DataError, match=r"y_train\.npy: is not an \.npy file that can be read"):
        load(str(tmp_path))


def test_a_missing_file_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "y_train.npy").unlink()
    with pytest.raises(DataError, match=r"y_train\.npy: cannot be read"):
        load(str(tmp_path))
