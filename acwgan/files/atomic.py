"""Files that are whole or absent, also after a power cut."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Write a file under a temporary name and rename it at the end: no reader sees half of it.

    Args:
        path: Path of the new file. Its folder is created, an older file is replaced.

    Yields:
        The temporary path to write to, with the same suffix as ``path``.

    Raises:
        OSError: If the file cannot be written; the error names ``path``.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "new" / "a.txt"
        >>> with whole_file(path) as partial:
        ...     _ = partial.write_text("whole")
        >>> path.read_text()
        'whole'
    """
    path = Path(path)
    # Renaming would replace a device such as /dev/null.
    if path.is_dir() or path.is_block_device() or path.is_char_device() or path.is_fifo():
        raise OSError(errno.EEXIST, "exists and is not a file; give another name", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    partial.unlink(missing_ok=True)  # In an untrusted folder it may be a link to another file.
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
    """Wait until a file, or the list of names in a folder, is on the disk.

    Args:
        path: Path of the file or folder.

    Raises:
        OSError: If it cannot be written, for example because the disk is full.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
