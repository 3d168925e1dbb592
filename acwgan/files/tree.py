"""The files of an untrusted folder or zip file, listed and read in the same way."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from acwgan.errors import DataError
from acwgan.files.untrusted import human_size, memory_limit, open_untrusted, read_untrusted

#: Largest size of one file in bytes.
MAX_BYTES = 256 << 20
#: Largest table of contents of a zip file in bytes, enough for half a million files. zipfile takes
#: about 20 times that memory.
_MAX_TABLE = 64 << 20
#: The methods of zip files that unpack as much as is asked for, and no more.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclasses.dataclass(frozen=True)
class FileTree:
    """All files below a folder, or in a zip file.

    Attributes:
        path: The folder or zip file, for messages.
        files: Their paths below ``path`` with forward slashes, sorted.
        content: Reads one of them; raises OSError.
        empty: The paths of the folders that hold nothing at all.
    """

    path: Path
    files: tuple[str, ...]
    content: Callable[[str], bytes]
    empty: tuple[str, ...] = ()

    def folders(self) -> list[str]:
        """The names of the folders directly in the tree that hold a file, sorted."""
        return sorted({name.partition("/")[0] for name in self.files if "/" in name})

    def plain_files(self) -> list[str]:
        """The names of the files directly in the tree, sorted."""
        return [name for name in self.files if "/" not in name]

    def below(self, folder: str) -> FileTree:
        """The tree of a folder in this one.

        Args:
            folder: Path of the folder.
        """
        start = folder + "/"
        files, empty = (
            tuple(name.removeprefix(start) for name in names if name.startswith(start))
            for names in (self.files, self.empty)
        )
        return FileTree(self.path / folder, files, lambda name: self.content(start + name), empty)

    def without(self, names: set[str]) -> FileTree:
        """The tree without some of its files.

        Args:
            names: Paths of the files to leave out.
        """
        files = tuple(name for name in self.files if name not in names)
        return dataclasses.replace(self, files=files)


@contextlib.contextmanager
def open_tree(path: str | Path) -> Iterator[FileTree]:
    """List a folder or zip file; its files can be read while the context lasts.

    Nothing is unpacked to the disk. Links out of a folder are refused.

    Args:
        path: Path of a folder or of a zip file.

    Yields:
        The tree.

    Raises:
        DataError: If a link leads out of the folder, a name is not in UTF-8, or the zip file is
            damaged, names files outside itself or would fill more than half of the free memory.
        OSError: If a folder or file cannot be read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("hello")
        >>> with open_tree(folder) as tree:
        ...     tree.files, tree.content("a.txt")
        (('a.txt',), b'hello')
    """
    path = Path(path)
    if path.is_dir():
        found = sorted(_walk(path, "", path.resolve(), (path.resolve(),)))
        files = tuple(name for name in found if not name.endswith("/"))
        empty = tuple(name[:-1] for name in found if name.endswith("/"))

        def content(name: str) -> bytes:  # Names are UTF-8 here, whatever the locale is.
            return read_untrusted(path / os.fsdecode(name.encode()), MAX_BYTES)

        yield FileTree(path, files, content, empty)
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(_SmallReads(io.FileIO(open_untrusted(path))))
            archive = stack.enter_context(zipfile.ZipFile(file))
            members = _members(path, archive)
            file.limit = MAX_BYTES
        except (*_DAMAGED, OSError) as error:
            if isinstance(error, OSError) and error.filename:
                raise
            raise DataError(
                f"{path}: is not a zip file that can be read ({error}); get the file again."
            ) from error
        yield FileTree(
            path,
            tuple(sorted(members)),
            lambda name: _unpacked(archive, members[name], f"{path}/{name}"),
        )


def fingerprint(path: str | Path, counts: Callable[[str], bool]) -> str:
    """A checksum of the names, sizes and times of change of all files of a folder.

    Not of their contents: to read these takes as long as to use them. A copy of a folder is
    therefore taken for another one, unless it keeps the times.

    Args:
        path: A folder, or a zip file, which counts as one file.
        counts: Whether a file counts, by its path below the folder with forward slashes.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: As ``open_tree``.
        OSError: If a folder or file cannot be read.
    """
    path = Path(path)
    names = [""]
    if path.is_dir():
        names = sorted(name for name in _walk(path, "", path.resolve(), (path.resolve(),)))
    whole = hashlib.sha256()
    for name in filter(counts, names):
        found = os.stat(path / os.fsdecode(name.encode()))
        size = 0 if name.endswith("/") else found.st_size
        whole.update(f"{name}\0{size}\0{found.st_mtime_ns}\0".encode())
    return whole.hexdigest()


def _walk(path: Path, start: str, root: Path, parents: tuple[Path, ...]) -> Iterator[str]:
    """The files below ``path``, and with a slash its empty folders, ``start`` before each."""
    with os.scandir(path) as entries:
        found = list(entries)
    if start and not found:
        yield start
    for entry in found:
        try:
            name = os.fsencode(entry.name).decode()
        except UnicodeDecodeError as error:
            shown = os.fsencode(entry.path).decode(errors="backslashreplace")
            raise DataError(f"{shown}: has a name that is not in UTF-8; rename it.") from error
        real = Path(entry.path).resolve() if entry.is_symlink() else None
        if real and not real.is_relative_to(root):
            raise DataError(
                f"{entry.path}: is a link out of {root}; put the pictures themselves there."
            )
        if not entry.is_dir():
            yield start + name
            continue
        if real in parents:
            raise DataError(f"{entry.path}: is a link to a folder that it lies in; remove it.")
        folder = Path(entry.path)
        yield from _walk(folder, f"{start}{name}/", root, (*parents, folder.resolve()))


class _SmallReads(io.BufferedReader):
    """A file that refuses reads of more than ``limit`` bytes, at first those of a long table."""

    limit = _MAX_TABLE

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > self.limit:
            raise zipfile.BadZipFile(f"a part of {size:,} bytes")
        return super().read(size)


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Path -> entry of all files of a zip file, after a check of their places and sizes."""
    members = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        name = entry.filename
        parts = name.split("/")
        if ".." in parts or "" in parts or "\\" in name or ":" in parts[0]:
            raise DataError(f"{path}: names a file outside itself, {name!r}; do not trust it.")
        members[name] = entry
    total = sum(entry.file_size for entry in members.values())
    limit = memory_limit()
    if limit is not None and total > limit:
        raise DataError(
            f"{path}: unpacks to {human_size(total)}; at most {human_size(limit)} is allowed, half "
            "of the free memory; unpack it, and pass the folder."
        )
    return members


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> bytes:
    """The content of one file. No byte more than its declared size is unpacked."""
    if entry.file_size > MAX_BYTES:
        raise OSError(errno.EFBIG, f"is larger than {human_size(MAX_BYTES)}", place)
    if entry.compress_type not in _COMPRESSIONS or entry.flag_bits & 1:
        raise OSError(errno.EINVAL, "is compressed or encrypted in a way that is not read", place)
    try:
        return archive.read(entry)
    except (*_DAMAGED, OSError) as error:
        raise OSError(errno.EIO, f"cannot be unpacked: {error}", place) from error
