"""Files that are whole or not there, also after a power cut; files of unknown origin."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

from acwgan.errors import DataError

#: Where Linux says how much memory is free.
_MEMINFO = Path("/proc/meminfo")
#: Bytes of a text that a person or this package has written.
_TEXT = 1 << 20


def memory_limit() -> int | None:
    """Bytes that data may take: half of the free memory.

    Half, since the training holds a second copy, as a TensorFlow tensor. Only Linux says how much
    is free; elsewhere it is half of all memory.

    Returns:
        The number; None where the system says nothing.
    """
    try:
        lines = dict(line.split(":") for line in _MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024 // 2
    except (OSError, ValueError, KeyError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError):
        return None


def plain_descriptor(path: str | Path) -> int:
    """Open a file of unknown origin to read it.

    Args:
        path: Of the file.

    Returns:
        Its descriptor, for ``open`` or ``io.FileIO``.

    Raises:
        OSError: If it cannot be read, or is no plain file: a pipe would be waited for.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is not a plain file", str(path))


def read_plain(path: str | Path, most: int) -> bytes:
    """The content of a file of unknown origin.

    Args:
        path: Of the file.
        most: Bytes that it may have.

    Returns:
        The content.

    Raises:
        OSError: As ``plain_descriptor``, or if it is larger.
    """
    with open(plain_descriptor(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"is larger than {most / 2**20:,.0f} MiB", str(path))
        return file.read(size)


def read_text(path: str | Path, most: int = _TEXT) -> str:
    """A text of unknown origin.

    Args:
        path: Of the file.
        most: Bytes that it may have.

    Returns:
        The text; a mark of UTF-8 at its beginning is left out.

    Raises:
        OSError: As ``read_plain``.
        ValueError: If it is not in UTF-8.
    """
    return read_plain(path, most).decode("utf-8-sig").replace("\r\n", "\n")


def parsed(text: str) -> dict[str, Any]:
    """A JSON object of unknown origin.

    Args:
        text: The JSON.

    Returns:
        The object.

    Raises:
        ValueError: If it is none.

    Example:
        >>> parsed('{"steps": 100}')
        {'steps': 100}
    """
    try:
        values = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values


def check_memory(path: str | Path, size: int) -> None:
    """Refuse data before it is allocated: it may take half of the free memory.

    Args:
        path: Of the data, for the message.
        size: Bytes that its header asks for.

    Raises:
        DataError: If that is too much.

    Example:
        >>> check_memory("a.npz", 784)
    """
    limit = memory_limit()
    if limit is not None and size > limit:
        raise DataError(
            f"{path}: its header asks for {_human(size)} of memory; at most {_human(limit)} are "
            "allowed, half of what is free here."
        )


def _human(size):
    return f"{size / 2**30:,.1f} GiB" if size >= 2**29 else f"{size / 2**20:,.1f} MiB"
