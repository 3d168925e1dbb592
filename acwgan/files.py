"""Files that are whole or not there, also after a power cut; files of unknown origin."""

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Where Linux says how much memory is free.
_MEMINFO = Path("/proc/meminfo")
#: Bytes of a text that a person or this package has written.
_TEXT = 1 << 20


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Write under another name and rename at the end, so that no reader sees half a file.

    Args:
        path: Of the file; its folder is made.

    Yields:
        The path to write to; it ends as ``path`` does.

    Raises:
        OSError: With the name of the file, if it cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "new" / "a.txt"
        >>> with whole_file(path) as partial:
        ...     _ = partial.write_text("whole")
        >>> path.read_text()
        'whole'
    """
    path = Path(path)
    # Else a device as /dev/null would be replaced.
    if path.is_dir() or path.is_block_device() or path.is_char_device() or path.is_fifo():
        raise OSError(errno.EEXIST, "is there and is no file; give another name", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    partial.unlink(missing_ok=True)  # In a folder of somebody else's it may lead elsewhere.
    try:
        yield partial
        flush_to_disk(partial)
        partial.replace(path)
        flush_to_disk(path.parent)
    except OSError as error:
        error.filename = str(path)  # The name that the caller knows.
        raise
    finally:
        partial.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk.

    Args:
        path: Of the file or folder.

    Raises:
        OSError: If it cannot be written; the disk may be full.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
