"""How much memory this process may have: the machine's, or less in a container or batch job."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Memory(NamedTuple):
    """Memory in bytes.

    Attributes:
        total: All that this process could ever have.
        free: What is free of it now.
    """

    total: int
    free: int


def memory_of_process(root: str | Path = "/", meminfo: str | Path | None = None) -> Memory | None:
    """The memory that this process may have: the least of the machine's and its control groups'.

    Args:
        root: Folder with ``proc`` and ``sys``.
        meminfo: Where Linux tells of the machine's memory; ``proc/meminfo`` in ``root`` if None.

    Returns:
        The memory; None if the system does not tell. Only Linux tells what is free; elsewhere all
        of the machine's memory counts as free.
    """
    machine = _of_machine(Path(meminfo or Path(root, "proc/meminfo")))
    limits = [*filter(None, [machine]), *control_groups(root)]
    if not limits:
        return None
    return Memory(min(limit.total for limit in limits), min(limit.free for limit in limits))


def resident_bytes(root: str | Path = "/") -> int:
    """The memory that this process has now; 0 if the system does not tell."""
    try:
        pages = Path(root, "proc/self/statm").read_text(encoding="utf-8").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError, IndexError):  # Windows has no sysconf.
        return 0


def _of_machine(meminfo: Path) -> Memory | None:
    total = free = None
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf.
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
        lines = dict(
            line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines()
        )
        free = int(lines["MemAvailable"].split()[0]) * 1024
    if total is None:
        return None
    return Memory(total, total if free is None else free)


def control_groups(root: str | Path = "/") -> Iterator[Memory]:
    """The limits of the control groups of this process and of those above them.

    Containers and batch systems set them; the process is killed when it goes beyond one.

    Args:
        root: Folder with ``proc`` and ``sys``.
    """
    root = Path(root)
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if not kinds:  # Version 2.
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
            idle = "inactive_file"
        elif "memory" in kinds.split(","):
            top = root / "sys/fs/cgroup/memory"
            names, idle = ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_inactive_file"
        else:
            continue
        # In a container the path may be that of the host, and only the top is there.
        group = top / path.lstrip("/")
        for folder in [group, *group.parents]:
            try:
                limit, used = (int((folder / name).read_text(encoding="utf-8")) for name in names)
            except (OSError, ValueError):  # Not there, or "max".
                limit = used = 0
            if limit:
                yield Memory(limit, max(limit - used + _number(folder / "memory.stat", idle), 0))
            if folder == top:
                break


def _number(path: Path, name: str) -> int:
    """A number in a file of names and numbers; 0 if it is not there."""
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        return next(int(row[1]) for row in rows if row[0] == name)
    except (OSError, ValueError, IndexError, StopIteration):
        return 0
