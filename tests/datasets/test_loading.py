import gzip
import hashlib
import io
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from acwgan.datasets import named
from acwgan.datasets.dataset import training_arrays
from acwgan.datasets.loading import load
from acwgan.datasets.named import load_mnist
from acwgan.datasets.registry import DATASETS
from acwgan.errors import DataError
from acwgan.files.bundled import MNIST

FASHION = (
    *("t-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle-boot"),
)


@pytest.fixture(scope="module")
def digits():
    """Thirty real images (30, 28, 28) and labels (30,), each digit among the first twenty."""
    data = load_mnist()
    assert set(data.train_labels[:20]) == set(range(10))
    return data.train_images[:30, :, :, 0], data.train_labels[:30]


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """Keras' folder, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras"


def write_idx(folder, part, images, labels):
    folder.mkdir(parents=True, exist_ok=True)
    for kind, array in (("images", images), ("labels", labels)):
        array = np.asarray(array, np.uint8)
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        path = folder / f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte.gz"
        path.write_bytes(gzip.compress(header + array.tobytes()))


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
    data = load("mnist")
    images, labels = training_arrays(data, include_test=False)
    everything, all_labels = training_arrays(data, include_test=True)
    assert (len(images), len(everything)) == (60_000, 70_000) == (len(labels), len(all_labels))
    assert np.array_equal(everything[60_000:], data.test_images)


def test_without_a_test_split_there_are_no_test_images(tmp_path, digits):
    images, labels = digits
    write_idx(tmp_path, "train", images, labels)
    data = load(tmp_path)
    assert data.test_images.shape == (0, 28, 28, 1) and data.test_images.dtype == np.uint8
    assert data.test_labels.shape == (0,) and data.test_labels.dtype == np.int32
    assert training_arrays(data, include_test=True)[0] is data.train_images


def test_a_damaged_file_is_named(tmp_path):
    content = bytearray(MNIST.read_bytes())
    content[1_000_000] ^= 1
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mnist\.npz: is damaged, its SHA-256 is"):
        load_mnist(path)


def test_the_pixels_and_labels_are_those_of_mnist():
    # As in the file of Keras, whatever compression the package's own has.
    data = load_mnist()
    found = [
        hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()[:12]
        for array in (data.train_images, data.train_labels, data.test_images, data.test_labels)
    ]
    assert found == ["d62f38aed6a0", "ba2e26c82ab7", "6d87418db22c", "52aa149c856c"]


def test_a_python_without_lzma_is_named(monkeypatch):
    monkeypatch.setattr(zipfile, "lzma", None)
    monkeypatch.setattr(named, "_mnist_in_use", {})
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be unpacked .*lzma.*; use a Python"):
        load_mnist()


def test_a_pickle_is_never_opened(tmp_path, monkeypatch):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=np.array([{"a": 1}], dtype=object))
    monkeypatch.setattr(named, "_MNIST_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(named, "_mnist_in_use", {})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_mnist(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be read .No such file"):
        load_mnist(tmp_path / "mnist.npz")


def test_a_folder_of_idx_files(tmp_path, digits):
    images, labels = digits
    write_idx(tmp_path, "train", images[:20], labels[:20])
    write_idx(tmp_path, "t10k", images[20:], labels[20:])
    data = load(str(tmp_path))
    assert np.array_equal(data.train_images, images[:20, ..., None])
    assert np.array_equal(data.test_images, images[20:, ..., None])
    assert np.array_equal(data.test_labels, labels[20:])
    assert data.train_labels.dtype == np.int32 == data.test_labels.dtype
    assert data.class_names == tuple("0123456789") and data.notes == ()
    names = "zero one two three four five six seven eight nine"
    (tmp_path / "class_names.txt").write_text(names.replace(" ", "\n"))
    assert load(tmp_path).class_names == tuple(names.split())


def test_fashion_mnist_is_recognized_by_its_labels(tmp_path, digits, monkeypatch):
    images, labels = digits
    known = hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest()
    monkeypatch.setattr(named, "_FASHION_LABELS_SHA256", known)
    write_idx(tmp_path, "train", images, labels)
    assert load(tmp_path).class_names == FASHION
    (tmp_path / "class_names.txt").write_text("\n".join("abcdefghij"))
    assert load(tmp_path).class_names == tuple("abcdefghij")
    (tmp_path / "class_names.txt").unlink()
    write_idx(tmp_path, "train", images, labels[::-1])
    assert load(tmp_path).class_names == tuple("0123456789")


def test_fashion_mnist_is_read_from_the_downloads_of_keras(keras_home, digits, monkeypatch):
    images, labels = digits
    folder = keras_home / "datasets" / "fashion-mnist"
    with pytest.raises(DataError) as missing:
        load("fashion_mnist")
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        assert str(folder / f"{name}-ubyte.gz") in str(missing.value)
    assert "pass the folder that holds them as `dataset=FOLDER`" in str(missing.value)
    write_idx(folder, "train", images, labels)
    with pytest.raises(
        DataError, match=r": \S*t10k-images-idx3-ubyte\.gz, \S*t10k-labels\S* must exist"
    ):
        load("fashion_mnist")
    write_idx(folder, "t10k", images[:3], labels[:3])
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte\.gz: .* not those of Fashion"):
        load("fashion_mnist")
    known = hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest()
    monkeypatch.setattr(named, "_FASHION_LABELS_SHA256", known)
    data = load("fashion_mnist")
    assert data.class_names == FASHION and len(data.test_labels) == 3


def test_kmnist_is_read_from_the_same_folder(keras_home, digits):
    folder = keras_home / "datasets" / "kmnist"
    with pytest.raises(DataError, match="datasets/kmnist/train-images-idx3-ubyte"):
        load("kmnist")
    write_idx(folder, "train", *digits)
    write_idx(folder, "t10k", *digits)
    data = load("kmnist")
    assert data.class_names == ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    for part in ("train", "t10k"):
        write_idx(folder, part, digits[0][:2], [0, 1])
    with pytest.raises(DataError, match=r"train-labels.*: holds 2 of the 10 classes of kmnist"):
        load("kmnist")


def test_the_folder_of_keras_is_in_the_home_folder_by_default(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DataError, match=rf"{tmp_path}/\.keras/datasets/kmnist/train-images"):
        load("kmnist")


def write_cifar10(keras_home, batches):
    path = keras_home / "datasets" / "cifar-10-batches-py-target_archive"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, batch in batches.items():
            content = pickle.dumps(batch)
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_cifar10_is_read_from_the_downloads_of_keras(keras_home, monkeypatch):
    with pytest.raises(DataError, match="datasets/cifar-10-batches-py-target_archive is missing"):
        load("cifar10")
    images = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), np.uint8)
    rows = images.transpose(0, 3, 1, 2).reshape(12, 3072)
    batches = {
        f"data_batch_{number}": {
            b"data": rows[2 * number - 2 : 2 * number],
            b"labels": [2 * number - 2, 2 * number - 1],
        }
        for number in (3, 1, 2, 5, 4)  # As in a tar file, in any order.
    }
    batches["test_batch"] = {b"data": rows[10:], b"labels": [7, 7]}
    path = write_cifar10(keras_home, {"batches.meta": {b"label_names": []}} | batches)
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(named, "_CIFAR10_SHA256", known)
    data = load("cifar10")
    assert np.array_equal(data.train_images, images[:10])
    assert np.array_equal(data.test_images, images[10:])
    assert data.train_labels.tolist() == list(range(10)) and data.test_labels.tolist() == [7, 7]
    assert data.class_names[3] == "cat" and len(data.class_names) == 10
    assert data.train_images.flags.c_contiguous


class Attack:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_the_pickles_of_another_archive_are_never_opened(keras_home, tmp_path):
    write_cifar10(keras_home, {"data_batch_1": Attack(tmp_path / "attacked")})
    with pytest.raises(
        DataError, match="cifar-10-batches-py-target_archive: is damaged, its SHA-256 is"
    ):
        load("cifar10")
    assert not (tmp_path / "attacked").exists()


def test_an_npz_file_in_the_layout_of_keras(tmp_path, digits):
    images, labels = digits
    path = tmp_path / "a.npz"
    names = np.array(list("abcdefghij"))
    np.savez(path, x_train=np.asfortranarray(images), y_train=labels[:, None], class_names=names)
    data = load(path)
    assert np.array_equal(data.train_images[..., 0], images)
    assert data.train_images.flags.c_contiguous
    assert data.train_labels.tolist() == labels.tolist() and data.class_names == tuple(names)


def test_a_folder_of_class_folders(tmp_path, digits):
    for part, name, number in [("train", "a", 0), ("train", "b c", 1), ("test", "b c", 2)]:
        (tmp_path / part / name).mkdir(parents=True)
        Image.fromarray(digits[0][number]).save(tmp_path / part / name / "x.png")
    (tmp_path / "test" / "a").mkdir()
    Image.fromarray(digits[0][3]).save(tmp_path / "test" / "a" / "x.png")
    data = load(tmp_path)
    assert data.class_names == ("a", "b c") and data.test_labels.tolist() == [0, 1]
    assert np.array_equal(data.test_images[..., 0], digits[0][[3, 2]])


@pytest.mark.parametrize("side", [25, 26, 27])
def test_images_of_any_size_come_as_they_are(tmp_path, side, digits):
    images = digits[0][:10, :, :side]
    for turned in (images, images.swapaxes(1, 2)):
        parts = {"x_train": turned, "x_test": turned[:2]}
        np.savez(tmp_path / "a.npz", **parts, y_train=range(10), y_test=[0, 1])
        data = load(tmp_path / "a.npz")
        assert np.array_equal(data.train_images[..., 0], turned)
        assert np.array_equal(data.test_images[..., 0], turned[:2])
        assert data.train_images.flags.c_contiguous and data.notes == ()


LABELS = [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"y_train": [0, 1, 2, -1]}, "y_train: holds the label -1; if it marks images without"),
        ({"y_train": [0, 1, 2, 0.5]}, r"y_train: holds the label 0\.5; labels must be whole"),
        ({"y_train": [0, 1, 2]}, "y_train: 3 labels for 4 images"),
        ({"y_test": [0, 1, 2, 3]}, "y_test: holds the label 3, which no training image"),
        ({"y_test": [0, 1]}, "y_test: 2 labels for 4 images"),
        ({"x_test": np.zeros((4, 8, 4), np.uint8)}, r"y_test: the test images are \(8, 4, 1\)"),
        ({"class_names": ["a", "b"]}, "class_names: 2 names for the 3 classes"),
        ({"class_names": ["a", "b", "a"]}, "class_names: 'a' cannot name a class"),
        ({"class_names": ["a", "b", " "]}, "class_names: '' cannot name a class"),
        ({"class_names": ["a", "b", "c\u202ed"]}, r"class_names: 'c.u202ed' cannot name a class"),
        ({"class_names": ["a", "b", "\x1b[2J"]}, r"class_names: '.x1b\[2J' cannot name a class"),
    ],
)
def test_labels_and_names_that_do_not_fit_are_named(tmp_path, changed, fault):
    images = np.zeros((4, 8, 8), np.uint8)
    arrays = {"x_train": images, "y_train": LABELS, "x_test": images, "y_test": LABELS}
    np.savez(tmp_path / "a.npz", **arrays)
    assert load(tmp_path / "a.npz").class_names == ("0", "1", "2")
    np.savez(tmp_path / "a.npz", **arrays | changed)
    with pytest.raises(DataError, match=rf"a\.npz: {fault}"):
        load(tmp_path / "a.npz")


def test_the_file_of_wrong_labels_or_names_is_named(tmp_path, digits):
    write_idx(tmp_path, "train", digits[0], digits[1][1:])
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte\.gz: 29 labels for 30 images"):
        load(tmp_path)
    write_idx(tmp_path, "train", *digits)
    (tmp_path / "class_names.txt").write_text("")
    with pytest.raises(DataError, match=r"class_names\.txt: 0 names for the 10 classes"):
        load(tmp_path)


def test_a_path_that_is_not_a_data_set_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="mnits: does not exist; give one of mnist, fashion_mn"):
        load("mnits")
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.zip: is of no kind that can be read"):
        load("a.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: holds no picture"):
        load("empty")
    (tmp_path / "loop.npz").symlink_to("loop.npz")
    with pytest.raises(DataError, match=r"loop\.npz"):
        load("loop.npz")


def test_a_file_that_cannot_be_read_is_named(tmp_path, digits, monkeypatch):
    write_idx(tmp_path, "train", *digits)

    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)  # A superuser may read any file.
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: cannot be read .Permission"):
        load(tmp_path)


def test_a_name_wins_over_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    assert len(load("mnist").train_images) == 60_000
    with pytest.raises(DataError, match="mnist: holds no picture"):
        load("./mnist")
    assert tuple(DATASETS) == ("mnist", "fashion_mnist", "kmnist", "cifar10")


def test_mnist_is_unpacked_once_while_somebody_holds_it():
    one, two = load_mnist(), load_mnist()
    assert np.shares_memory(one.train_images, two.train_images)
    with pytest.raises(ValueError, match="read-only"):
        one.train_images[0] = 0
