"""Loads the data sets that have a name (see ``registry``). Nothing is downloaded.

MNIST comes with the package; of the others, the files that Keras has downloaded are read.
"""

import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Dataset, Part, checked_dataset
from acwgan.datasets.idx import read_pair
from acwgan.errors import DataError
from acwgan.files.bundled import MNIST

_MNIST_SHA256 = "150767cbe69c5b8a20ea38aacda23f9032d735e75e0478fad3ed9adf1880334f"
#: Of the 60,000 bytes of Fashion-MNIST's training labels, without the header of their file.
_FASHION_LABELS_SHA256 = "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7"
#: Of cifar-10-python.tar.gz, as in ``keras.datasets.cifar10``.
_CIFAR10_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
#: Names of the classes, in the order of the labels.
FASHION_NAMES = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot"
_KMNIST_NAMES = "o ki su tsu na ha ma ya re wo"
_CIFAR10_NAMES = "airplane automobile bird cat deer dog frog horse ship truck"


def load_mnist(path: str | Path = MNIST) -> Dataset:
    """The handwritten digits of LeCun, Cortes and Burges.

    Args:
        path: Of ``mnist.npz``; the file's SHA-256 must be that of the one in the package.

    Returns:
        60,000 training and 10,000 test images ``(N, 28, 28, 1)``.

    Raises:
        DataError: If the file is missing or its content is not the expected one.

    Example:
        >>> load_mnist().train_images.shape
        (60000, 28, 28, 1)
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); reinstall acwgan.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != _MNIST_SHA256:
        raise DataError(
            f"{path}: damaged, its SHA-256 is {found[:12]}… and not {_MNIST_SHA256[:12]}…; "
            "reinstall acwgan."
        )
    with np.load(path, allow_pickle=False) as arrays:
        return Dataset(
            arrays["x_train"][..., None],
            arrays["y_train"].astype(np.int32),
            arrays["x_test"][..., None],
            arrays["y_test"].astype(np.int32),
            tuple("0123456789"),
        )


def load_fashion_mnist() -> Dataset:
    """Load Fashion-MNIST (Xiao et al. 2017) from where Keras keeps its downloads."""
    return _load_cached_idx("fashion_mnist", FASHION_NAMES)


def load_kmnist() -> Dataset:
    """Load Kuzushiji-MNIST (Clanuwat et al. 2018), put beside Keras' downloads by hand."""
    return _load_cached_idx("kmnist", _KMNIST_NAMES)


def _keras_datasets():
    """Where Keras keeps what it has downloaded."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def _load_cached_idx(name, class_names):
    folder = _keras_datasets() / name.replace("_", "-")
    parts = {part: read_pair(folder, part) for part in ("train", "t10k")}
    missing = [
        str(folder / f"{part}-{kind}-ubyte.gz")
        for part, read in parts.items()
        for kind in ("images-idx3", "labels-idx1")
        if read is None
    ]
    if missing:
        raise DataError(
            f"{name}: put the data's files at {', '.join(missing)}; or give a folder that holds "
            "them as --dataset FOLDER."
        )
    if name == "fashion_mnist" and not is_fashion(parts["train"]):
        # MNIST's files have the same names.
        raise DataError(f"{parts['train'].where}: the labels are not those of Fashion-MNIST.")
    return checked_dataset(*parts.values(), class_names.split(), folder)


def is_fashion(train: Part) -> bool:
    """Whether these are Fashion-MNIST's training labels, whatever the files are called."""
    return hashlib.sha256(train.labels).hexdigest() == _FASHION_LABELS_SHA256


def load_cifar10() -> Dataset:
    """Load CIFAR-10 (Krizhevsky 2009), as ``keras.datasets.cifar10`` has downloaded it.

    The archive holds pickles. These are opened only if the SHA-256 of the whole archive is the one
    that Keras checks, so that every byte is known; no list of harmless pickles is needed then.
    """
    path = _keras_datasets() / "cifar-10-batches-py-target_archive"
    if not path.is_file():
        raise DataError(
            f"cifar10: {path} is missing; put cifar-10-python.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html there under this name."
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != _CIFAR10_SHA256:
        raise DataError(
            f"{path}: its SHA-256 is {found[:12]}… and not {_CIFAR10_SHA256[:12]}…, that of "
            "cifar-10-python.tar.gz; get the file again."
        )
    batches = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if "_batch" in member.name:
                batch = pickle.load(archive.extractfile(member), encoding="bytes")
                batches[Path(member.name).name] = batch
    train = [batches[f"data_batch_{number}"] for number in range(1, 6)]
    parts = _part_of_batches(train), _part_of_batches([batches["test_batch"]])
    return checked_dataset(*parts, _CIFAR10_NAMES.split(), path)


def _part_of_batches(batches):
    """Rows of 3 x 32 x 32 bytes, colour by colour."""
    rows = np.concatenate([batch[b"data"] for batch in batches])
    images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Part(images, np.concatenate([batch[b"labels"] for batch in batches]), "cifar10")
