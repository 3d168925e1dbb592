"""Untrusted files: read with a limit of their size, and checked before memory is allocated."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

from acwgan.errors import DataError
from acwgan.files.memory import memory_of_process

#: Where Linux tells how much memory is free.
_MEMINFO = Path("/proc/meminfo")
#: Largest size of a text file in bytes, unless the caller sets another one.
_MAX_TEXT_BYTES = 1 << 20


def memory_limit() -> int | None:
    """Bytes that data may take: half of the free memory, because training makes a second copy.

    Only Linux tells how much memory is free, and how much a container may have; on other systems it
    is half of the whole memory.

    Returns:
        The limit in bytes; None if the system does not tell.
    """
    memory = memory_of_process(meminfo=_MEMINFO)
    return None if memory is None else memory.free // 2


def check_memory(path: str | Path, size: int) -> None:
    """Refuse data that would take more than half of the free memory, before it is allocated.

    Args:
        path: Path of the data, for the message.
        size: Bytes that the header of the data asks for.

    Raises:
        DataError: If ``size`` is above ``memory_limit()``.

    Example:
        >>> check_memory("a.npz", 784)
    """
    limit = memory_limit()
    if limit is not None and size > limit:
        raise DataError(
            f"{path}: its header asks for {human_size(size)} of memory; at most "
            f"{human_size(limit)} is allowed, half of the free memory."
        )


def human_size(size: int) -> str:
    """A number of bytes in MiB or GiB.

    Example:
        >>> human_size(3 << 20), human_size(5 << 30)
        ('3.0 MiB', '5.0 GiB')
    """
    return f"{size / 2**30:,.1f} GiB" if size >= 2**29 else f"{size / 2**20:,.1f} MiB"


def open_untrusted(path: str | Path) -> int:
    """Open an untrusted file for reading.

    Args:
        path: Path of the file.

    Returns:
        A file descriptor for ``open`` or ``io.FileIO``.

    Raises:
        OSError: If the file cannot be read, or is not a regular file: reading a pipe would wait.
    """
    # Windows has neither pipes among files nor O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is not a regular file", str(path))


def read_untrusted(path: str | Path, max_bytes: int) -> bytes:
    """Read an untrusted file.

    Args:
        path: Path of the file.
        max_bytes: Largest size that is allowed.

    Returns:
        The content.

    Raises:
        OSError: If the file cannot be read, is not a regular file, or is too large.
    """
    with open(open_untrusted(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise OSError(errno.EFBIG, f"is larger than {human_size(max_bytes)}", str(path))
        return file.read(size)


def read_text(path: str | Path, max_bytes: int = _MAX_TEXT_BYTES) -> str:
    """Read an untrusted text file in UTF-8.

    Args:
        path: Path of the file.
        max_bytes: Largest size that is allowed.

    Returns:
        The text without a byte order mark, each line ending in a single newline character.

    Raises:
        OSError: As ``read_untrusted``.
        ValueError: If the content is not UTF-8.
    """
    return read_untrusted(path, max_bytes).decode("utf-8-sig").replace("\r\n", "\n")


def parse_json_object(text: str) -> dict[str, Any]:
    """Parse untrusted JSON.

    Args:
        text: A JSON object.

    Returns:
        The object as a dictionary.

    Raises:
        ValueError: If the text is not JSON, or not an object, or nested too deeply.

    Example:
        >>> parse_json_object('{"steps": 100}')
        {'steps': 100}
    """
    try:
        values = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values
