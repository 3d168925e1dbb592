"""IDX, the file format of MNIST and its relatives: one array of bytes behind a short header.

Format (LeCun, Cortes and Burges): two zero bytes, the type (0x08 for unsigned bytes), the number
of dimensions, each dimension as a big-endian 32-bit integer, then the numbers.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Part
from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory, plain_descriptor, read_text

_UNSIGNED_BYTES = 0x08
_CHUNK = 1 << 20
_IMAGES = "(N, H, W) or (N, H, W, 1 or 3)"


def read_idx(path: str | Path, dimensions: Sequence[int], what: str) -> np.ndarray:
    """One array. No more than the header says and one byte is unpacked.

    Args:
        path: Of the file; one that ends in ``.gz`` is unpacked.
        dimensions: How many the array may have.
        what: Is allowed, in words.

    Returns:
        The array, uint8, each dimension at least 1.

    Raises:
        DataError: If the file is torn, another kind of file, longer than its header says, or
            larger than the memory.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path, [1], "(N,)").tolist()
        [7, 8, 9]
    """
    path = Path(path)
    try:
        with (
            open(plain_descriptor(path), "rb") as plain,
            gzip.GzipFile(fileobj=plain) if path.suffix == ".gz" else plain as file,
        ):
            shape = _header(file, path, dimensions, what)
            check_memory(path, math.prod(shape))
            array = np.empty(math.prod(shape), np.uint8)
            _fill(file, memoryview(array), path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: is not a gzip file that is whole ({error}).") from error
    return array.reshape(shape)


def _header(file, path, dimensions, what):
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{path}: is not an IDX file: it begins with 0x{magic.hex()}, not 0x0000.")
    if magic[2] != _UNSIGNED_BYTES:
        raise DataError(
            f"{path}: holds numbers of type 0x{magic[2]:02x}; allowed: 0x08, unsigned bytes."
        )
    count = magic[3]
    if count not in dimensions:
        raise DataError(f"{path}: has {count} dimensions (magic 0x{magic.hex()}); allowed: {what}.")
    sizes = file.read(4 * count)
    if len(sizes) < 4 * count:
        raise DataError(f"{path}: ends within its header; get the file again.")
    shape = struct.unpack(f">{count}I", sizes)
    if 0 in shape:
        raise DataError(f"{path}: is {shape}; each dimension must be at least 1.")
    return shape


def _fill(file, numbers, path):
    filled = 0
    while filled < len(numbers):
        got = file.readinto(numbers[filled : filled + _CHUNK])
        if not got:
            raise DataError(
                f"{path}: ends after {filled:,} of {len(numbers):,} bytes; get the file again."
            )
        filled += got
    if file.read(1):
        raise DataError(f"{path}: goes on after the {len(numbers):,} bytes that its header says.")


def holds_idx(folder: str | Path) -> bool:
    """Whether a folder is one of IDX files.

    Args:
        folder: Its path.

    Returns:
        True if it holds training images or labels under their usual names.
    """
    names = _names("train", "images") + _names("train", "labels")
    return any((Path(folder) / name).is_file() for name in names)


def read_pair(folder: str | Path, part: str) -> Part | None:
    """The images and labels of one part of a folder.

    Args:
        folder: Holds files named as MNIST's, ``train-images-idx3-ubyte.gz`` and so on; also
            unpacked, also with a dot for the second hyphen.
        part: ``"train"`` or ``"t10k"``.

    Returns:
        The images and labels, uint8; None if neither file is there.

    Raises:
        DataError: If only one of the two files is there, or one is not what it should be.
        OSError: If a file cannot be read.
    """
    folder = Path(folder)
    paths = [_find(folder, _names(part, kind)) for kind in ("images", "labels")]
    if paths == [None, None]:
        return None
    for path, kind in zip(paths, ("images", "labels"), strict=True):
        if path is None:
            raise DataError(f"{folder / _names(part, kind)[0]}: missing; its partner is there.")
    images = read_idx(paths[0], (3, 4), f"images {_IMAGES}")
    if images.ndim == 3:
        images = images[..., None]
    if images.shape[3] not in (1, 3):
        raise DataError(f"{paths[0]}: is {images.shape}; allowed: images {_IMAGES}.")
    return Part(images, read_idx(paths[1], (1,), "labels (N,)"), str(paths[1]))


def read_names(folder: str | Path) -> list[str] | None:
    """The names of the classes, from ``class_names.txt``.

    Args:
        folder: Holds the file, one name a line.

    Returns:
        The names; None without the file.

    Raises:
        DataError: If it is not a text.
        OSError: If it cannot be read.
    """
    path = Path(folder) / "class_names.txt"
    if not path.is_file():
        return None
    try:
        return read_text(path).splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not a text in UTF-8.") from error


def _names(part, kind):
    """How the file of a part may be called; the first one is MNIST's own name."""
    dimensions = (3, 4) if kind == "images" else (1,)
    return [
        f"{part}-{kind}{joint}idx{number}-ubyte{ending}"
        for number in dimensions
        for joint in "-."
        for ending in (".gz", "")
    ]


def _find(folder, names):
    return next((folder / name for name in names if (folder / name).is_file()), None)
