"""Loads the data sets that have a name (see ``registry.py``). Nothing is downloaded.

MNIST comes with the package; the others are read from the folder of Keras' downloads.
"""

import hashlib
import io
import pickle
import tarfile
import weakref
from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Dataset, RawDataset, Split, checked_dataset
from acwgan.datasets.idx import read_pair
from acwgan.errors import DataError
from acwgan.files.bundled import MNIST
from acwgan.files.untrusted import read_untrusted
from acwgan.keras_settings import keras_folder

_MNIST_SHA256 = "76e87217f905986de0f98ada2d069c8702b03a684a03a600fa97359782941016"
#: Of the training labels of Fashion-MNIST, 60,000 bytes without the header of the file.
_FASHION_LABELS_SHA256 = "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7"
#: Of cifar-10-python.tar.gz, the value in ``keras.datasets.cifar10``.
_CIFAR10_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
#: Largest size of a file of a named data set, above that of CIFAR-10.
_MAX_BYTES = 1 << 30
#: Class names in the order of the labels.
FASHION_NAMES = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot"
_KMNIST_NAMES = "o ki su tsu na ha ma ya re wo"
_CIFAR10_NAMES = "airplane automobile bird cat deer dog frog horse ship truck"


def load_mnist(path: str | Path = MNIST) -> Dataset:
    """Load MNIST, the handwritten digits of LeCun, Cortes and Burges.

    Args:
        path: Path of ``mnist.npz``. The file must have the SHA-256 of the one in the package.

    Returns:
        60,000 training and 10,000 test images ``(N, 28, 28, 1)``, read-only.

    Raises:
        DataError: If the file is missing or damaged, or Python was built without ``lzma``.

    Example:
        >>> load_mnist().train_images.shape
        (60000, 28, 28, 1)
    """
    try:
        content = read_untrusted(path, _MAX_BYTES)
    except OSError as error:
        advice = "reinstall acwgan (acwgan-digits has no MNIST)"
        raise DataError(f"{path}: cannot be read ({error.strerror}); {advice}.") from error
    _check_sha256(path, content, _MNIST_SHA256, "reinstall acwgan")
    try:
        x_train, y_train, x_test, y_test = _mnist_arrays(content)
    except RuntimeError as error:  # From zipfile.
        raise DataError(
            f"{path}: cannot be unpacked ({error}); use a Python that was built with lzma."
        ) from error
    return Dataset(x_train[..., None], y_train, x_test[..., None], y_test, tuple("0123456789"))


#: The arrays of MNIST that somebody holds. To unpack them takes most of a second.
_mnist_in_use: weakref.WeakValueDictionary[str, np.ndarray] = weakref.WeakValueDictionary()


def _mnist_arrays(content: bytes) -> list[np.ndarray]:
    """Images and labels of both splits, read-only: whoever loads MNIST again gets the same."""
    names = ("x_train", "y_train", "x_test", "y_test")
    held = [array for name in names if (array := _mnist_in_use.get(name)) is not None]
    if len(held) < len(names):
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            held = [file[name].astype(np.int32 if name[0] == "y" else np.uint8) for name in names]
        for name, array in zip(names, held, strict=True):
            array.flags.writeable = False
            _mnist_in_use[name] = array
    return held


def load_fashion_mnist() -> Dataset:
    """Load Fashion-MNIST (Xiao et al. 2017) from the folder of Keras' downloads."""
    return _load_cached_idx("fashion_mnist", FASHION_NAMES)


def load_kmnist() -> Dataset:
    """Load Kuzushiji-MNIST (Clanuwat et al. 2018) from the folder of Keras' downloads.

    Keras does not download it; its files must be put there by hand.
    """
    return _load_cached_idx("kmnist", _KMNIST_NAMES)


def _load_cached_idx(name: str, class_names: str) -> Dataset:
    folder = keras_folder() / "datasets" / name.replace("_", "-")
    train, test = read_pair(folder, "train"), read_pair(folder, "t10k")
    if train is None or test is None:
        missing = [
            str(folder / f"{prefix}-{kind}-ubyte.gz")
            for prefix, split in (("train", train), ("t10k", test))
            for kind in ("images-idx3", "labels-idx1")
            if split is None
        ]
        raise DataError(
            f"{name}: {', '.join(missing)} must exist; put the files there, or pass the folder "
            "that holds them as `dataset=FOLDER`."
        )
    if name == "fashion_mnist" and not is_fashion(train):
        # The files of MNIST have the same names.
        raise DataError(
            f"{train.source}: the labels are not those of Fashion-MNIST; get the files again."
        )
    names = class_names.split()
    data = checked_dataset(RawDataset(train, test, names), folder)
    if len(data.class_names) != len(names):
        raise DataError(
            f"{train.source}: holds {len(data.class_names)} of the {len(names)} classes of {name}; "
            "get the files again."
        )
    return data


def is_fashion(train: Split) -> bool:
    """Whether the labels are the training labels of Fashion-MNIST, whose files name no classes."""
    return hashlib.sha256(train.labels.data).hexdigest() == _FASHION_LABELS_SHA256


def load_cifar10() -> Dataset:
    """Load CIFAR-10 (Krizhevsky 2009) from the folder of Keras' downloads.

    The archive holds pickles, which can run any code. They are only opened if the archive has the
    SHA-256 that Keras checks, so that every byte of it is known.
    """
    path = keras_folder() / "datasets" / "cifar-10-batches-py-target_archive"
    if not path.is_file():
        raise DataError(
            f"cifar10: {path} is missing; download cifar-10-python.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html and save it under this name."
        )
    content = read_untrusted(path, _MAX_BYTES)
    _check_sha256(path, content, _CIFAR10_SHA256, "get cifar-10-python.tar.gz again")
    batches = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if "_batch" in member.name:
                file = archive.extractfile(member)
                assert file
                batches[Path(member.name).name] = pickle.load(file, encoding="bytes")
    train = [batches[f"data_batch_{number}"] for number in range(1, 6)]
    raw = RawDataset(_join(train), _join([batches["test_batch"]]), _CIFAR10_NAMES.split())
    return checked_dataset(raw, path)


def _join(batches: list[dict]) -> Split:
    """The split of batches with rows of 3 x 32 x 32 bytes, color by color."""
    rows = np.concatenate([batch[b"data"] for batch in batches])
    images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Split(images, np.concatenate([batch[b"labels"] for batch in batches]), "cifar10")


def _check_sha256(path: str | Path, content: bytes, expected: str, remedy: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise DataError(
            f"{path}: is damaged, its SHA-256 is {found[:12]}… and not {expected[:12]}…; {remedy}."
        )
