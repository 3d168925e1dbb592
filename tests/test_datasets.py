import hashlib

import numpy as np
import pytest

from acwgan import datasets
from acwgan.datasets import DataError, load_mnist, training_arrays


def test_mnist_is_the_real_one():
    data = load_mnist()
    assert data.train_images.shape == (60_000, 28, 28, 1) and data.train_images.dtype == np.uint8
    assert data.test_images.shape == (10_000, 28, 28, 1)
    # The counts that LeCun's page gives for its classes.
    assert np.bincount(data.train_labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(data.test_labels)[1] == 1135
    assert round(float(data.train_images.mean()) / 255, 4) == 0.1307
    assert data.class_names == tuple("0123456789")


def test_only_the_article_trains_on_the_test_digits():
    images, labels = training_arrays("mnist", include_test=False)
    everything, all_labels = training_arrays("mnist", include_test=True)
    assert (len(images), len(everything)) == (60_000, 70_000) == (len(labels), len(all_labels))
    assert np.array_equal(everything[60_000:], load_mnist().test_images)


def test_a_damaged_file_is_named(tmp_path):
    content = bytearray(datasets._MNIST.read_bytes())
    content[1_000_000] ^= 1
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mnist\.npz: damaged, its SHA-256 is"):
        load_mnist(path)


def test_a_pickle_is_never_opened(tmp_path, monkeypatch):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=np.array([{"a": 1}], dtype=object))
    monkeypatch.setattr(datasets, "_MNIST_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_mnist(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be read .No such file"):
        load_mnist(tmp_path / "mnist.npz")
