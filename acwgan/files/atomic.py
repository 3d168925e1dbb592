"""Files that are whole or absent, also after a power cut."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


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
    make_folder(path.parent)
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


def make_folder(path: str | Path) -> None:
    """Make a folder and its parents, and wait until their names are on the disk.

    Args:
        path: Path of the folder; it may be there already.

    Raises:
        OSError: If it cannot be made.
    """
    path = Path(path)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        flush_to_disk(folder.parent)


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
