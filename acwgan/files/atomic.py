"""Files and folders that are whole or absent, also after a power cut."""

import contextlib
import errno
import os
import shutil
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
    make_folder(path.parent)
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


@contextlib.contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Write a folder under another name and rename it at the end.

    An existing folder is replaced only when the new one is complete.

    Args:
        path: Path of the folder. Its parent folder is created.

    Yields:
        The path to write to, which does not exist yet.

    Raises:
        OSError: If ``path`` is a file or a link, or the folder cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "new"
        >>> with whole_folder(path) as partial:
        ...     partial.mkdir()
        ...     _ = (partial / "a.txt").write_text("whole")
        >>> [file.name for file in path.iterdir()]
        ['a.txt']
    """
    path = Path(path)
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise OSError(errno.EEXIST, "exists and is not a folder; choose another name", str(path))
    make_folder(path.parent)
    partial, replaced = (path.with_name(f".{word}-{path.name}") for word in ("partial", "replaced"))
    _remove(partial)
    try:
        yield partial
        for file in [*partial.rglob("*"), partial]:
            flush_to_disk(file)
        _remove(replaced)
        if path.exists():
            path.rename(replaced)  # A folder with files in it cannot be replaced in one step.
        partial.rename(path)
        flush_to_disk(path.parent)
        _remove(replaced)
    except OSError as error:
        error.filename = str(path)  # The name that the caller knows.
        raise
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder with all its contents, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_folder(path: str | Path) -> None:
    """Make a folder and its parents, and wait until their names are on the disk.

    Args:
        path: Path of the folder, which may exist already.

    Raises:
        OSError: If it cannot be made.
    """
    path = Path(path)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        flush_to_disk(folder.parent)


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, is on the disk.

    Args:
        path: Path of the file or folder.

    Raises:
        OSError: If it cannot be written, for example because the disk is full.
    """
    windows = os.name == "nt"
    if windows and path.is_dir():  # It opens no folders.
        return
    # Windows flushes only what is opened for writing.
    descriptor = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
