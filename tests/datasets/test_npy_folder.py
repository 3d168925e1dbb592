import os

import numpy as np
import pytest

from acwgan.datasets.dataset import training_arrays
from acwgan.datasets.loading import load
from acwgan.datasets.npy_folder import read_npy_folder
from acwgan.datasets.options import ReadOptions
from acwgan.errors import DataError
from acwgan.files import untrusted


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
    with pytest.raises(DataError, match=r"`include_test` cannot join images that stay on the disk"):
        training_arrays(data, include_test=True)


def test_without_test_images_there_are_none(tmp_path):
    write(tmp_path)
    assert len(load(str(tmp_path)).test_images) == 0


@pytest.mark.parametrize(
    "images, labels, fault",
    [
        ((10, 8, 8, 2), None, r"x_train.npy: must be .* 1 or 3.*, got \(10, 8, 8, 2\)"),
        (np.full((10, 8, 8, 1), 0.3), None, "x_train.npy: holds float64 from 0.3 to 0.3, which"),
        (np.zeros((2, 8, 8, 1), np.uint8, "F"), None, "x_train.npy: is not an .npy file that can"),
        ((10, 8, 8, 1), np.full(10, 0.5), "y_train.npy: holds the label 0.5"),
        ((10, 8, 8, 1), np.arange(9) % 2, "y_train.npy: 9 labels for 10 images"),
        ((10, 8, 8, 1), np.full(10, -1), "y_train.npy: holds the label -1"),
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


@pytest.mark.parametrize("name", ["x_train", "y_train"])
def test_a_pipe_and_a_device_are_not_waited_for(name, tmp_path):
    write(tmp_path)
    path = tmp_path / f"{name}.npy"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError if name == "y_train" else OSError, match="is not a regular file"):
        load(tmp_path) if name == "y_train" else read_npy_folder(tmp_path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(OSError, match="is not a regular file"):
        read_npy_folder(tmp_path)


def test_images_alone_have_no_classes_and_stay_on_the_disk(tmp_path):
    images = write(tmp_path)
    data = load(tmp_path / "x_train.npy")
    assert isinstance(data.train_images, np.memmap) and np.array_equal(data.train_images, images)
    assert data.class_names == () and data.train_labels.tolist() == [0] * 10


def test_what_the_networks_cannot_read_is_converted_into_memory(tmp_path, monkeypatch):
    images = write(tmp_path, (10, 7, 8))
    data = load(tmp_path)
    assert np.array_equal(data.train_images[..., 0], images)
    write(tmp_path, images / 255, np.arange(10) + 1)
    data = load(tmp_path)
    assert np.array_equal(data.train_images[..., 0], images)
    assert data.class_names == (*"123456789", "10") and len(data.notes) == 2
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  1 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    with pytest.raises(DataError, match=r"x_train\.npy: .*half of the free memory"):
        load(tmp_path)


def test_channels_first_and_transposed_images_stay_on_the_disk(tmp_path):
    images = write(tmp_path, (10, 3, 8, 12))
    for transpose, axes in ((False, (0, 2, 3, 1)), (True, (0, 3, 2, 1))):
        found = load(tmp_path, ReadOptions(transpose=transpose)).train_images
        assert isinstance(found, np.memmap) and np.array_equal(found, images.transpose(axes))
