"""Arrays out of ``.npz`` files of unknown origin: checked by their header before they are read."""

import contextlib
import io
import math
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory, plain_descriptor

#: Images in one npz file: a small file can claim any number.
MOST = 1_000_000
#: What reading a torn zip file, or one of another program, raises.
_TORN = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # with RecursionError
    # A header that is no header: NumPy reads it as Python would.
    TypeError,
    SyntaxError,
    MemoryError,
    tokenize.TokenError,
)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: Bytes that are read from a file at once. Its table of contents is, and takes 20 times the memory.
_AT_ONCE = 1 << 20


class NpzError(DataError):
    """A file does not hold the array that was asked for; the message names both."""


def read_array(
    path: str | Path, names: Sequence[str], allowed: Callable[[tuple, np.dtype], bool], what: str
) -> np.ndarray:
    """One array. Nothing is unpickled, and nothing is allocated before its header is checked.

    Args:
        path: Of the ``.npz`` file.
        names: What the array may be called; the first that is there is read.
        allowed: (shape, dtype) -> whether it may be read.
        what: Is allowed, in words.

    Returns:
        The array.

    Raises:
        NpzError: If the file is torn, or the array missing or not allowed.
        DataError: If the array is larger than the memory.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, y=np.arange(3))
        >>> read_array(path, ["labels", "y"], lambda shape, dtype: shape == (3,), "three").tolist()
        [0, 1, 2]
    """
    try:
        with open_zip(path) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of a header as Python 2 wrote it.
            held = _held(archive)
            name = next((name for name in names if name in held), None)
            if name is None:
                wanted, held = " or ".join(names), ", ".join(held[:20]) or "nothing"
                raise NpzError(f"{path}: holds {held}; there must be {wanted}.")
            # NumPy writes these two only; others let the file say how much memory they take.
            if archive.getinfo(f"{name}.npy").compress_type not in _COMPRESSIONS:
                raise ValueError("compressed in a way that NumPy does not write")
            with archive.open(f"{name}.npy") as member:
                shape, dtype = _header(member)
            # A side may be negative, and True is an integer.
            if any(type(side) is not int or side < 0 for side in shape):
                raise ValueError(f"the shape {shape}")
            if not allowed(shape, dtype):
                raise NpzError(f"{path}: {name} is {shape} {dtype}; allowed: {what}.")
            check_memory(path, math.prod(shape) * dtype.itemsize)
            with archive.open(f"{name}.npy") as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
                if member.read(1):  # Reading to the end also checks the checksum.
                    raise ValueError(f"{name} is longer than its header says")
                return array
    except (*_TORN, OSError) as error:
        if isinstance(error, OSError) and error.filename:  # Else it is asked for a place before 0.
            raise
        raise _torn(path, error) from error


@contextlib.contextmanager
def open_zip(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """A zip file of unknown origin, with a table of contents of 1 MiB at most.

    Args:
        path: Of the file.

    Yields:
        The open archive.

    Raises:
        zipfile.BadZipFile: If it is none, or its table is longer.
        OSError: If it cannot be read, or is no plain file.
    """
    with (
        _Portions(io.FileIO(plain_descriptor(path))) as file,
        zipfile.ZipFile(file) as archive,
    ):
        yield archive


class _Portions(io.BufferedReader):
    """A file that refuses to be read in large portions, as its table of contents would be."""

    def read(self, size=-1):
        if size is not None and size > _AT_ONCE:
            raise zipfile.BadZipFile(f"a table of contents of {size:,} bytes")
        return super().read(size)


def array_names(path: str | Path) -> list[str]:
    """What the arrays of a file are called.

    Args:
        path: Of the ``.npz`` file.

    Returns:
        The names, in the order of the file.

    Raises:
        NpzError: If the file is torn.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, y=np.arange(3))
        >>> array_names(path)
        ['y']
    """
    try:
        with open_zip(path) as archive:
            return _held(archive)
    except (*_TORN, OSError) as error:
        if isinstance(error, OSError) and error.filename:  # Else it is asked for a place before 0.
            raise
        raise _torn(path, error) from error


def _held(archive):
    return [name.removesuffix(".npy") for name in archive.namelist()]


def _torn(path, error):
    return NpzError(f"{path}: is not an npz file that can be read ({error}).")


def _header(member):
    """Shape and dtype of an array in a file, without its numbers."""
    version = np.lib.format.read_magic(member)
    # Version 2.0 lets a file ask for a header of 4 GB; NumPy writes it for long dtypes only.
    if version != (1, 0):
        raise ValueError(f"version {version} of its format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    return shape, dtype
