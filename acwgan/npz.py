"""Arrays out of ``.npz`` files of unknown origin: checked by their header before they are read."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from acwgan.errors import UserError

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
    RuntimeError,
)


class NpzError(UserError):
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
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, y=np.arange(3))
        >>> read_array(path, ["labels", "y"], lambda shape, dtype: shape == (3,), "three").tolist()
        [0, 1, 2]
    """
    try:
        with zipfile.ZipFile(path) as archive:
            held = [name.removesuffix(".npy") for name in archive.namelist()]
            name = next((name for name in names if name in held), None)
            if name is None:
                wanted, held = " or ".join(names), ", ".join(held) or "nothing"
                raise NpzError(f"{path}: holds {held}; there must be {wanted}.")
            with archive.open(f"{name}.npy") as member:
                shape, dtype = _header(member)
            if not allowed(shape, dtype):
                raise NpzError(f"{path}: {name} is {shape} {dtype}; allowed: {what}.")
            with archive.open(f"{name}.npy") as member:
                return np.lib.format.read_array(member, allow_pickle=False)
    except _TORN as error:
        raise NpzError(f"{path}: is not an npz file that can be read ({error}).") from error


def _header(member):
    """Shape and dtype of an array in a file, without its numbers."""
    version = np.lib.format.read_magic(member)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"version {version} of its format")
    shape, _, dtype = readers[version](member)
    return shape, dtype
