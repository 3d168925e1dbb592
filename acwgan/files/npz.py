"""Arrays from untrusted ``.npz`` files. Their headers are checked before the arrays are read."""

import contextlib
import io
import math
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory, open_untrusted

#: Largest number of images in an npz file: a small compressed file can claim any number.
MAX_IMAGES = 1_000_000
#: Errors of NumPy for a damaged ``.npy`` file or a file of another kind.
NPY_ERRORS = (
    ValueError,
    EOFError,
    KeyError,
    OverflowError,
    RecursionError,
    # NumPy parses the header of an array as Python source.
    TypeError,
    SyntaxError,
    MemoryError,
    tokenize.TokenError,
)
#: Errors of the zip and NumPy readers for a damaged file or a file of another kind.
_DAMAGED = (
    *NPY_ERRORS,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: Largest number of bytes in one read. zipfile reads its table of contents in one, and then takes
#: 20 times that memory.
_MAX_READ = 1 << 20


class NpzError(DataError):
    """A file does not hold the array that is asked for. The message names both."""


def read_array(
    path: str | Path,
    names: Sequence[str],
    is_allowed: Callable[[tuple[int, ...], np.dtype], bool],
    allowed: str,
) -> np.ndarray:
    """Read one array. Nothing is unpickled, and its header is checked before memory is allocated.

    Args:
        path: Path of the ``.npz`` file.
        names: Possible names of the array; the first one in the file is read.
        is_allowed: Decides by shape and dtype whether the array is read.
        allowed: What ``is_allowed`` accepts, in words.

    Returns:
        The array.

    Raises:
        NpzError: If the file is damaged, or the array is missing or not allowed.
        DataError: If the array is larger than half of the free memory.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, y=np.arange(3))
        >>> read_array(path, ["labels", "y"], lambda shape, dtype: shape == (3,), "three").tolist()
        [0, 1, 2]
    """
    with _opened_npz(path) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About headers written by Python 2.
        found = _array_names(archive)
        name = next((name for name in names if name in found), None)
        if name is None:
            wanted, held = " or ".join(names), ", ".join(found[:20]) or "nothing"
            raise NpzError(f"{path}: holds {held}; it must hold {wanted}.")
        # The only ones that NumPy writes; with others the file chooses how much memory they take.
        if archive.getinfo(f"{name}.npy").compress_type not in _COMPRESSIONS:
            raise ValueError("compressed in a way that NumPy does not write")
        with archive.open(f"{name}.npy") as member:
            shape, dtype, _ = read_npy_header(member)
        if not is_allowed(shape, dtype):
            raise NpzError(f"{path}: {name} must be {allowed}, got {shape} {dtype}.")
        check_memory(path, math.prod(shape) * dtype.itemsize)
        with archive.open(f"{name}.npy") as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
            if member.read(1):  # Reading to the end also verifies the CRC.
                raise ValueError(f"{name} is longer than its header says")
            return array


def array_names(path: str | Path) -> list[str]:
    """List the arrays of a file.

    Args:
        path: Path of the ``.npz`` file.

    Returns:
        The names of the arrays, in the order of the file.

    Raises:
        NpzError: If the file is damaged.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, y=np.arange(3))
        >>> array_names(path)
        ['y']
    """
    with _opened_npz(path) as archive:
        return _array_names(archive)


@contextlib.contextmanager
def open_zip(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """Open an untrusted zip file whose table of contents is at most 1 MiB.

    Args:
        path: Path of the file.

    Yields:
        The open archive.

    Raises:
        zipfile.BadZipFile: If it is not a zip file, or its table of contents is too long.
        OSError: If the file cannot be read, or is not a regular file.
    """
    with (
        _SmallReads(io.FileIO(open_untrusted(path))) as file,
        zipfile.ZipFile(file) as archive,
    ):
        yield archive


class _SmallReads(io.BufferedReader):
    """A file that refuses reads of more than ``_MAX_READ`` bytes, such as a long table."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _MAX_READ:
            raise zipfile.BadZipFile(f"a table of contents of {size:,} bytes")
        return super().read(size)


@contextlib.contextmanager
def _opened_npz(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """An open ``.npz`` file; what its readers raise for a damaged file becomes an ``NpzError``."""
    try:
        with open_zip(path) as archive:
            yield archive
    except (*_DAMAGED, OSError) as error:
        # An OSError without a file name comes from a damaged table: it points before the start.
        if isinstance(error, OSError) and error.filename:
            raise
        raise NpzError(
            f"{path}: is not an npz file that can be read ({error}); get the file again."
        ) from error


def _array_names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist()]


def read_npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype, bool]:
    """Read the header of an untrusted array in the ``.npy`` format, and no number of it.

    Args:
        file: The file, at its start.

    Returns:
        Shape, dtype, and whether the array is in C order.

    Raises:
        ValueError: If the header is damaged; also any other of ``NPY_ERRORS``.
    """
    version = np.lib.format.read_magic(file)
    # Version 2.0 allows a header of 4 GB. NumPy writes it only for very long dtypes.
    if version != (1, 0):
        raise ValueError(f"version {version} of the npy format")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About headers written by Python 2.
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    # NumPy accepts negative sides, and True as an integer.
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError(f"the shape {shape}")
    # An array with one axis is in both orders.
    return shape, dtype, not fortran or len(shape) < 2
