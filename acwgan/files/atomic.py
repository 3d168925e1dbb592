"""Files and folders that are whole or absent, also after a power cut.

What is being written has a name of its own, ``.partial-NAME-0.SUFFIX`` with the first free number,
made exclusively: any number of processes may write the same path, and the last whole file stays. A
writer locks its partial file, so that the next writer of the same path knows one that a killed
process left, and removes it. On Windows, which renames nothing that is open, there is no such lock:
what was left is not known as such, and stays.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from acwgan.files.file_lock import HAS_FLOCK, lock_file


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Write a file under a temporary name and rename it at the end: no reader sees half of it.

    Args:
        path: Path of the new file. Its folder is created, an older file is replaced.

    Yields:
        The path of an empty file to write to, with the same suffix as ``path``.

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
    with _errors_named(path), _partial(path, _new_file) as partial:
        yield partial
        flush_to_disk(partial)
        partial.replace(path)
        flush_to_disk(path.parent)


@contextlib.contextmanager
def whole_folder(path: str | Path, is_own: Callable[[Path], bool]) -> Iterator[Path]:
    """Write a folder under another name and rename it at the end.

    An existing folder is replaced only when the new one is complete, and only if it is one of the
    same kind, or empty.

    Args:
        path: Path of the folder. Its parent folder is created.
        is_own: Whether a folder holds nothing but what is written here.

    Yields:
        The path of an empty folder to write to.

    Raises:
        OSError: If ``path`` is a file or a link, or holds other things, or the folder cannot be
            written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "new"
        >>> with whole_folder(path, is_own=lambda folder: True) as partial:
        ...     _ = (partial / "a.txt").write_text("whole")
        >>> [file.name for file in path.iterdir()]
        ['a.txt']
    """
    path = Path(path)
    _check_replaceable(path, is_own)
    make_folder(path.parent)
    with _errors_named(path), _partial(path, _new_folder) as partial:
        yield partial
        for file in [*partial.rglob("*"), partial]:
            flush_to_disk(file)
        _replace_folder(partial, path, is_own)
        flush_to_disk(path.parent)


def _check_replaceable(path: Path, is_own: Callable[[Path], bool]) -> None:
    while True:
        try:
            found = path.lstat()
        except FileNotFoundError:
            return
        fault = _replaceable_fault(path, found, is_own)
        if fault is None:
            return
        # Else another process replaced the folder while it was looked at.
        if _has_name(found, path):
            raise OSError(errno.EEXIST, fault, str(path))


def _replaceable_fault(
    path: Path, found: os.stat_result, is_own: Callable[[Path], bool]
) -> str | None:
    if not stat.S_ISDIR(found.st_mode):
        return "exists and is not a folder; choose another name"
    with contextlib.suppress(FileNotFoundError):  # Another process may be replacing it.
        if any(path.iterdir()) and not is_own(path):
            return "holds other things, which would be lost; choose another name"
    return None


def _replace_folder(new: Path, path: Path, is_own: Callable[[Path], bool]) -> None:
    """Give a folder its name; a folder with files in it cannot be replaced in one step."""
    while True:
        _check_replaceable(path, is_own)
        with _partial(path, _new_folder) as replaced, _moved(path, replaced):
            try:
                new.rename(path)
                return
            except OSError as error:  # Another process has just given the name to its own.
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise


@contextlib.contextmanager
def _moved(path: Path, to: Path) -> Iterator[None]:
    """Give a folder, if it exists, the name of an empty one; it is removed at the end."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(FileNotFoundError):
            if HAS_FLOCK:
                descriptor = _open_locked(path)
                stack.callback(os.close, descriptor)
                stack.callback(_remove_own, descriptor, to)
            else:  # Windows renames a folder to no name that exists, even an empty one.
                to.rmdir()
                stack.callback(_remove, to)
            path.rename(to)
        yield


def _open_locked(path: Path) -> int:
    """The descriptor of a folder, locked, so that no other process moves it or takes it away.

    Who has just given the folder its name holds the lock a little longer, and waits for nobody.
    """
    while True:
        descriptor = os.open(path, os.O_RDONLY)
        if _lock(descriptor) and _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)
        time.sleep(0.001)


def is_partial(name: str, of: str) -> bool:
    """Whether a name is that of a partial file.

    Args:
        name: Name of a file, without folders.
        of: Name of the whole file.

    Example:
        >>> is_partial(".partial-data.json-0.json", of="data.json")
        True
    """
    # Version 0.1 had one partial name for all writers.
    pattern = rf"\.partial-{re.escape(of)}(-\d+{re.escape(Path(of).suffix)})?"
    return re.fullmatch(pattern, name) is not None


@contextlib.contextmanager
def _partial(path: Path, make: Callable[[Path], int]) -> Iterator[Path]:
    """A new partial file or folder, locked, and removed at the end if it still has this name."""
    names = (path.with_name(f".partial-{path.name}-{n}{path.suffix}") for n in count())
    for partial in names:
        made = _made(partial, make)
        if made is not None:
            descriptor = made
            break
    for left in names:
        if not left.is_symlink() and not left.exists():
            break
        _remove_left(left)
    try:
        yield partial
    finally:
        try:
            if HAS_FLOCK:
                _remove_own(descriptor, partial)
            else:
                _remove(partial)
        finally:
            os.close(descriptor)


def _made(partial: Path, make: Callable[[Path], int]) -> int | None:
    """The descriptor of a new partial file, locked; None if the name is another process's."""
    while True:
        try:
            descriptor = make(partial)
        except FileExistsError:
            if not _remove_left(partial):
                return None
            continue
        # Before it was locked, another process may have taken it for one that was left.
        if not HAS_FLOCK or (_lock(descriptor) and _is_at(descriptor, partial)):
            return descriptor
        os.close(descriptor)


def _new_file(path: Path) -> int:
    # O_EXCL follows no link.
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    if HAS_FLOCK:
        return descriptor
    os.close(descriptor)
    return os.open(os.devnull, os.O_RDONLY)


def _new_folder(path: Path) -> int:
    path.mkdir()
    try:
        return os.open(path if HAS_FLOCK else os.devnull, os.O_RDONLY)
    except FileNotFoundError:  # Another process took it for one that was left: try again.
        raise FileExistsError(errno.EEXIST, "was taken away", str(path)) from None


def _remove_left(path: Path) -> bool:
    """Remove a partial file that no process is writing; whether the name is free now."""
    if not HAS_FLOCK:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return True
    except OSError:  # A link, or what cannot be opened.
        path.unlink()
        return True
    try:
        # Only who has the lock removes a name, so it is still that of this file afterwards.
        if not _lock(descriptor):
            return False
        if _is_at(descriptor, path):
            _remove(path)
        return True
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock an open file unless another process has; True also where there are no locks."""
    try:
        lock_file(descriptor)
    except BlockingIOError:
        return False
    except OSError:  # A file system without locks.
        pass
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    return _has_name(os.fstat(descriptor), path)


def _has_name(found: os.stat_result, path: Path) -> bool:
    try:
        return os.path.samestat(found, path.lstat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    """Errors of the file system name the path that the caller knows."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def _remove_own(descriptor: int, path: Path) -> None:
    """Remove what is open, if it still has this name: by now it may be another process's."""
    if _is_at(descriptor, path):
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder with all its contents, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)  # Another process may be removing it too.
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
