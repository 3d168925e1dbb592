"""Arrays out of ``.npz`` files of unknown origin: checked by their header before they are read."""

import math
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from acwgan.parts import DataError, Part, check_memory

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
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


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
        with zipfile.ZipFile(path) as archive:
            held = _held(archive)
            name = next((name for name in names if name in held), None)
            if name is None:
                wanted, held = " or ".join(names), ", ".join(held) or "nothing"
                raise NpzError(f"{path}: holds {held}; there must be {wanted}.")
            # NumPy writes these two only; others let the file say how much memory they take.
            if archive.getinfo(f"{name}.npy").compress_type not in _COMPRESSIONS:
                raise ValueError("compressed in a way that NumPy does not write")
            with archive.open(f"{name}.npy") as member:
                shape, dtype = _header(member)
            if not allowed(shape, dtype):
                raise NpzError(f"{path}: {name} is {shape} {dtype}; allowed: {what}.")
            check_memory(path, math.prod(shape) * dtype.itemsize)
            with archive.open(f"{name}.npy") as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
                if member.read(1):  # Reading to the end also checks the checksum.
                    raise ValueError(f"{name} is longer than its header says")
                return array
    except _TORN as error:
        raise _torn(path, error) from error


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
        with zipfile.ZipFile(path) as archive:
            return _held(archive)
    except _TORN as error:
        raise _torn(path, error) from error


def read_keras_npz(path: str | Path) -> tuple[Part, Part | None, list[str] | None]:
    """A data set in the layout of Keras' ``mnist.npz``.

    Args:
        path: Of the ``.npz`` file: ``x_train`` ``(N, H, W)`` or ``(N, H, W, 1 or 3)`` uint8 and
            ``y_train`` ``(N,)`` or ``(N, 1)`` integers; perhaps ``x_test`` and ``y_test`` alike;
            perhaps ``class_names`` ``(K,)``, text.

    Returns:
        The training data, the test data or None, the names of the classes or None.

    Raises:
        NpzError: If the file is torn, or an array missing or not allowed.
        DataError: If an array is larger than the memory.
        OSError: If the file cannot be read.
    """
    held = array_names(path)
    train = _read_part(path, "train")
    test = _read_part(path, "test") if {"x_test", "y_test"} & set(held) else None
    if "class_names" not in held:
        return train, test, None
    names = read_array(path, ["class_names"], _is_names, "(K,) of text, a unicode array")
    return train, test, names.tolist()


def _read_part(path, part):
    images = read_array(
        path, [f"x_{part}"], _is_images, "(N, H, W) or (N, H, W, 1 or 3) uint8, N at least 1"
    )
    labels = read_array(path, [f"y_{part}"], _is_labels, "(N,) or (N, 1) integers, N at least 1")
    if images.ndim == 3:
        images = images[..., None]
    return Part(images, labels.reshape(-1), f"{path}: y_{part}")


def _is_images(shape, dtype):
    sides = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))
    return sides and min(shape) > 0 and dtype == np.uint8


def _is_labels(shape, dtype):
    return shape != () and shape[0] > 0 and shape[1:] in ((), (1,)) and dtype.kind in "iu"


def _is_names(shape, dtype):
    return len(shape) == 1 and dtype.kind == "U"


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
