"""Operations on a folder, read from what ``strace`` recorded of the processes that made them.

What is written through ``mmap`` is not seen, nor is a read that moves the place of the next write:
compare the folder with the operations at the end.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

#: Calls that an ``Operation`` is made of, and ``lseek``, which moves the place of the next write.
_UNDERSTOOD = """
open openat creat write pwrite64 writev lseek truncate ftruncate rename renameat
renameat2 unlink unlinkat mkdir mkdirat rmdir fsync fdatasync
"""
#: Calls that would change a folder too; an operation of this kind ends the reading.
_REFUSED = """
openat2 pwritev pwritev2 link linkat symlink symlinkat mknod mknodat fallocate copy_file_range
sendfile splice
"""
#: A line that tells of a whole call: thread, name, arguments, result and what follows it.
_CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (-?\d+)(.*)", re.DOTALL)
_TEXT, _FILE = re.compile(r'"((?:\\x\w\w)*)"'), re.compile(r"(\d+|AT_FDCWD)<((?:\\x\w\w)*)>(.*)")


class Operation(NamedTuple):
    """One change of a folder, or one wait until a change is on the disk.

    Attributes:
        kind: ``create``, ``write``, ``truncate``, ``rename``, ``remove``, ``mkdir`` or ``sync``.
        path: Of the file or folder, relative to the folder that is recorded.
        to: New path of a rename.
        offset: Of the first byte of a write; the new length of a ``truncate``.
        data: Bytes of a write.
    """

    kind: str
    path: str
    to: str = ""
    offset: int = 0
    data: bytes = b""

    def __str__(self):
        size = f" of {len(self.data)} bytes at {self.offset}" if self.kind == "write" else ""
        return f"{self.kind} {self.path}{size}{self.to and f' to {self.to}'}"


def why_not() -> str | None:
    """Why nothing can be recorded here, or None."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return f"strace cannot trace here: {tried.stderr.strip()}" if tried.returncode else None


def strace(trace: Path) -> list[str]:
    """The words before a command with which ``strace`` records it, with all its processes."""
    calls = ",".join((_UNDERSTOOD + _REFUSED).split())
    words = ["strace", "--follow-forks", "--seccomp-bpf", "--decode-fds=path", "-xx"]
    return [*words, "--string-limit=100000000", f"--trace=?{calls.replace(',', ',?')}", "-o", trace]


def operations(trace: Path, folder: Path) -> list[Operation]:
    """All operations on a folder and in it, in the order in which they ended.

    Args:
        trace: What ``strace`` wrote.
        folder: Absolute path. It was empty when the recording began.

    Returns:
        The operations. Calls that failed, and files that no name leads to any more, are left out.
    """
    reader, begun = _Reader(os.fspath(folder)), {}
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            thread = line.split(" ", 1)[0]
            if line.endswith("<unfinished ...>\n"):
                begun[thread] = line.removesuffix(" <unfinished ...>\n")
                continue
            if "<... " in line:
                line = begun.pop(thread) + line.split(" resumed>", 1)[1]
            call = _CALL.fullmatch(line.rstrip("\n"))
            if call and int(call[3]) >= 0:
                reader.call(call[1], call[2].split(", "), int(call[3]), call[4])
    return reader.found


class _Reader:
    """Makes operations of calls, one after the other."""

    def __init__(self, folder):
        self._folder, self.found = folder, []
        self._sizes = {}  # Path -> length, of the files that are there.
        self._open = {}  # Descriptor -> place of the next write; None at the end of the file.

    def call(self, name, arguments, result, rest):
        of_files = [match for match in map(_FILE.match, arguments) if match]
        texts = [_bytes(text) for argument in arguments for text in _TEXT.findall(argument)]
        if name in ("open", "openat", "creat"):
            flags = "O_CREAT|O_TRUNC" if name == "creat" else " ".join(arguments)
            self._opened(flags, result, rest)
        elif name in ("write", "pwrite64", "writev"):
            if path := self._inside(_path(of_files[0])):
                given = int(arguments[3]) if name == "pwrite64" else None
                self._written(path, int(of_files[0][1]), b"".join(texts)[:result], given)
        elif name == "lseek":
            if self._inside(_path(of_files[0])) and self._open.get(int(of_files[0][1])) is not None:
                self._open[int(of_files[0][1])] = result
        elif name in ("fsync", "fdatasync", "ftruncate"):
            if path := self._inside(_path(of_files[0])):
                kind = "truncate" if name == "ftruncate" else "sync"
                self._add(kind, path, offset=int(arguments[1]) if name == "ftruncate" else 0)
        else:
            # A path is relative to the folder before it.
            starts = [_path(match) or "" for match in of_files] or [""] * len(texts)
            paths = [os.path.join(a, b.decode()) for a, b in zip(starts, texts, strict=False)]
            paths = [self._inside(path) for path in paths or starts]
            if any(paths):
                # Nor is a rename that exchanges two names, or that moves something in or out.
                understood = name not in _REFUSED.split() and "RENAME_EXCHANGE" not in arguments
                assert understood and all(paths), f"{name} is not understood: {paths}"
                kind = re.sub("at2?$", "", name)
                kind = {"unlink": "remove", "rmdir": "remove"}.get(kind, kind)
                length = int(arguments[1]) if kind == "truncate" else 0
                self._add(kind, paths[0], *paths[1:2], offset=length)

    def _inside(self, path):
        """The path relative to the folder, "." for itself; None outside of it."""
        if path is not None and (path + "/").startswith(self._folder + "/"):
            return os.path.relpath(path, self._folder)
        return None

    def _opened(self, flags, descriptor, rest):
        path = self._inside(_path(_FILE.match(f"{descriptor}{rest}")))
        self._open.pop(descriptor, None)
        if path is None or not re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", flags):
            return
        self._open[descriptor] = None if "O_APPEND" in flags else 0
        if path not in self._sizes:
            self._add("create", path)
        elif "O_TRUNC" in flags:
            self._add("truncate", path)

    def _written(self, path, descriptor, data, given):
        place = given if given is not None else self._open[descriptor]
        offset = self._sizes[path] if place is None else place
        self._add("write", path, offset=offset, data=data)
        if given is None and place is not None:
            self._open[descriptor] = offset + len(data)

    def _add(self, kind, path, to="", **more):
        operation = Operation(kind, path, to, **more)
        if kind == "truncate" and self._sizes[path] == operation.offset:
            return  # Nothing changes.
        self.found.append(operation)
        if kind == "create":
            self._sizes[path] = 0
        elif kind == "truncate":
            self._sizes[path] = operation.offset
        elif kind == "write":
            self._sizes[path] = max(self._sizes[path], operation.offset + len(operation.data))
        elif kind == "remove":
            self._sizes.pop(path, None)
        elif kind == "rename":
            for name in [name for name in self._sizes if (name + "/").startswith(path + "/")]:
                self._sizes[to + name[len(path) :]] = self._sizes.pop(name)


def _bytes(text):
    return bytes.fromhex(text.replace("\\x", ""))


def _path(match):
    """Of an open file; None if no name leads to it any more."""
    return None if "(deleted)" in match[3] else _bytes(match[2]).decode()
