"""Reads IDX, the file format of MNIST: one array of bytes after a short header.

Format (LeCun, Cortes and Burges): two zero bytes, the type (0x08 for unsigned bytes), the number
of dimensions, each dimension as a big-endian 32-bit integer, then the numbers.
"""

import gzip
import io
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory, open_untrusted, read_text

_UNSIGNED_BYTES = 0x08
_CHUNK = 1 << 20
_File = io.BufferedReader | gzip.GzipFile
_IMAGES = "images (N, H, W), (N, H, W, 1 or 3) or (N, 1 or 3, H, W)"


def read_idx(path: str | Path, dimensions: Sequence[int], allowed: str) -> np.ndarray:
    """Read one array. At most one byte more than the header announces is decompressed.

    Args:
        path: Path of the file; a file ending in ``.gz`` is decompressed.
        dimensions: Numbers of dimensions that the array may have.
        allowed: What ``dimensions`` means, in words.

    Returns:
        The array, uint8, no axis empty.

    Raises:
        DataError: If the file is damaged, not an IDX file, longer than its header announces, or
            larger than half of the free memory.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path, [1], "labels (N,)").tolist()
        [7, 8, 9]
    """
    path = Path(path)
    try:
        with (
            open(open_untrusted(path), "rb") as plain,
            gzip.GzipFile(fileobj=plain) if path.suffix == ".gz" else plain as file,
        ):
            shape = _read_header(file, path, dimensions, allowed)
            check_memory(path, math.prod(shape))
            array = np.empty(math.prod(shape), np.uint8)
            _fill(file, array.data, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: is not a whole gzip file ({error}); get the file again."
        ) from error
    return array.reshape(shape)


def _read_header(
    file: _File, path: Path, dimensions: Sequence[int], allowed: str
) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{path}: is not an IDX file; it begins with 0x{magic.hex()}, not 0x0000.")
    if magic[2] != _UNSIGNED_BYTES:
        raise DataError(
            f"{path}: holds numbers of type 0x{magic[2]:02x}; they must be unsigned bytes, 0x08."
        )
    count = magic[3]
    if count not in dimensions:
        raise DataError(
            f"{path}: must hold {allowed}, got {count} dimensions (magic 0x{magic.hex()})."
        )
    sizes = file.read(4 * count)
    if len(sizes) < 4 * count:
        raise DataError(f"{path}: ends within its header; get the file again.")
    shape = struct.unpack(f">{count}I", sizes)
    if 0 in shape:
        raise DataError(f"{path}: is {shape}; each dimension must be 1 or more.")
    return shape


def _fill(file: _File, numbers: memoryview, path: Path) -> None:
    filled = 0
    while filled < len(numbers):
        got = file.readinto(numbers[filled : filled + _CHUNK])
        if not got:
            raise DataError(
                f"{path}: ends after {filled:,} of {len(numbers):,} bytes; get the file again."
            )
        filled += got
    if file.read(1):
        raise DataError(
            f"{path}: is longer than the {len(numbers):,} bytes in its header; get the file again."
        )


def holds_idx(folder: str | Path) -> bool:
    """Whether a folder holds training images or labels in IDX files with one of the usual names."""
    folder = Path(folder)
    return any(_find(folder, _names("train", kind)) for kind in ("images", "labels"))


def read_idx_folder(folder: str | Path) -> RawDataset:
    """Read a folder of IDX files.

    Args:
        folder: Folder with the files of ``read_pair``, and optionally ``class_names.txt``.

    Returns:
        The splits and the class names.

    Raises:
        DataError: If a file is missing, damaged or not allowed.
        OSError: If a file cannot be read.
    """
    folder = Path(folder)
    train = read_pair(folder, "train")
    if train is None:
        raise DataError(f"{folder / _names('train', 'images')[0]}: is missing; put it there.")
    test = read_pair(folder, "t10k") or read_pair(folder, "test")
    return RawDataset(train, test, read_names(folder))


def read_pair(folder: str | Path, prefix: str) -> Split | None:
    """Read the images and labels of one split.

    Args:
        folder: Folder with files named like those of MNIST, ``train-images-idx3-ubyte.gz`` and so
            on; also decompressed, with a dot for the second hyphen, or with something before the
            name, as EMNIST's ``emnist-letters-train-images-idx3-ubyte.gz``.
        prefix: ``"train"``, ``"t10k"`` or ``"test"``.

    Returns:
        The images and labels, uint8, not yet checked; None if neither file is there.

    Raises:
        DataError: If only one of the two files is there, one is damaged or not allowed, or the
            folder holds several data sets.
        OSError: If a file cannot be read.
    """
    folder = Path(folder)
    images_path, labels_path = (
        _find(folder, _names(prefix, kind)) for kind in ("images", "labels")
    )
    if images_path is None and labels_path is None:
        return None
    if images_path is None or labels_path is None:
        kind, other = ("labels", images_path) if images_path else ("images", labels_path)
        missing = folder / _names(prefix, kind)[0]
        raise DataError(f"{missing}: is missing; put it beside {other.name if other else ''}.")
    images = read_idx(images_path, (3, 4), _IMAGES)
    labels = read_idx(labels_path, (1,), "labels (N,)")
    return Split(images, labels, str(labels_path), str(images_path))


def read_names(folder: str | Path) -> list[str] | None:
    """Read the class names from ``class_names.txt``.

    Args:
        folder: Folder of the file, which has one name per line.

    Returns:
        The names; None if there is no such file.

    Raises:
        DataError: If the file is not UTF-8.
        OSError: If the file cannot be read.
    """
    path = Path(folder) / "class_names.txt"
    if not path.is_file():
        return None
    try:
        return read_text(path).splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not a text in UTF-8; save it in UTF-8.") from error


def _names(prefix: str, kind: str) -> list[str]:
    """The usual names of a file; the first one is that of MNIST."""
    dimensions = (3, 4) if kind == "images" else (1,)
    return [
        f"{prefix}-{kind}{joint}idx{number}-ubyte{ending}"
        for number in dimensions
        for joint in "-."
        for ending in (".gz", "")
    ]


def _find(folder: Path, names: list[str]) -> Path | None:
    """The first file of one of the names, also with a prefix, as ``emnist-letters-``."""
    for name in [*names, *(f"*-{name}" for name in names)]:
        found = sorted(path for path in folder.glob(name) if path.is_file())
        if len(found) > 1:
            raise DataError(
                f"{folder}: holds {found[0].name} and {found[1].name}; put the files of one data "
                "set into a folder of their own."
            )
        if found:
            return found[0]
    return None
