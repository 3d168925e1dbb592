"""What a disk may hold after a power cut, for every moment of recorded operations.

The model knows no file system. It takes what POSIX promises and what ext4, XFS and btrfs are known
to do (Pillai et al. 2014, "All File Systems Are Not Created Equal"; Mohan et al. 2018, "Finding
Crash-Consistency Bugs with Bounded Black-Box Crash Testing"):

* ``fsync`` of a file makes its content durable, but not its name. ``fsync`` of a folder makes the
  names in it durable, but neither the content of the files nor the name of the folder itself.
* Until then a write may be lost, torn (its first half is there), or have zeros in its place (the
  file has grown, its content has not come). A change of length may be lost.
* Until then a new name, a rename or a removal may be lost, and with it every later change of the
  same names. A rename is whole or lost, also between two folders; there the ``fsync`` of the
  folder of the new name makes it durable.

For each prefix of the operations there is the state with all of them, one state for each loss of
one of them, and the states in which all that is not durable in one file, in one folder, or anywhere
is lost. Other combinations of losses are not tried, nor tears at other places than the middle,
sectors that the disk itself damages, or disks that ignore ``fsync``.
"""

import functools
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from disk_operations import Operation

#: What may become of a write that is not durable; of any other change: ``lost``.
FATES = ("lost", "torn", "zeros")


class State(NamedTuple):
    """What the disk holds after a power cut.

    Attributes:
        done: Operations before it.
        kind: What happened, in a word or two: many states have the same.
        what: What happened, to what.
        fates: Number of each operation that is not as it was made -> one of ``FATES``.
    """

    done: int
    kind: str
    what: str
    fates: dict[int, str]


class Disk:
    """All states of a folder, which is empty and durable when the operations begin.

    Args:
        operations: On it and in it.
    """

    def __init__(self, operations: Sequence[Operation]):
        self.operations = operations
        self._synced = {}  # Number of a change -> number of the operation that made it durable.
        self._target = {}  # Number of a change -> file, or folder, that has to be synced for it.
        self._contents = defaultdict(list)  # File -> numbers of the changes of its content.
        self._names = {}  # Number of a change of names -> {(folder, name): file, folder or None}.
        self._tree, self._folders = {0: {}}, {0}
        for number, operation in enumerate(operations):
            self._record(number, operation)
        self._content = functools.cache(self._content)

    def _record(self, number, operation):
        kind, key = operation.kind, self._key(operation.path)
        if kind == "sync":
            for change, target in self._target.items():
                if target == self._node(operation.path):
                    self._synced.setdefault(change, number)
            return
        if kind in ("write", "truncate"):
            self._target[number] = self._node(operation.path)
            self._contents[self._target[number]].append(number)
            return
        changes, self._target[number] = {key: None}, key[0]
        if kind in ("create", "mkdir"):
            changes[key] = number + 1  # The folder itself is 0.
            if kind == "mkdir":
                self._folders.add(number + 1)
        elif kind == "rename":
            to = self._key(operation.to)
            changes[to], self._target[number] = self._node(operation.path), to[0]
        self._names[number] = changes
        _apply(self._tree, changes)

    def _key(self, path):
        parent = Path(path).parent
        return self._node(parent), Path(path).name

    def _node(self, path):
        """The file or folder that a path leads to now."""
        node = 0
        for name in Path(path).parts:
            node = self._tree[node][name]
        return node

    def states(self) -> Iterator[State]:
        """Every state, many of which are alike."""
        for done in range(len(self.operations) + 1):
            yield State(done, "nothing lost", "nothing lost", {})
            changes = range(done)
            pending = [n for n in changes if n in self._target and not self._is_durable(n, done)]
            groups = defaultdict(list)
            for number in pending:
                kind = self.operations[number].kind
                for fate in FATES if kind == "write" else FATES[:1]:
                    what = f"{self.operations[number]}: {fate}"
                    yield State(
                        done, f"{kind} {fate}", what, self._with_later(number, pending, fate)
                    )
                groups[self._target[number]].append(number)
            for numbers in groups.values():
                where = "folder" if numbers[0] in self._names else "file"
                what = f"{self.operations[numbers[0]].path} and all later in the same {where}"
                fates = dict.fromkeys(numbers, "lost")
                yield State(done, f"{where} not synced", f"{what}: lost", fates)
            yield State(done, "all lost", "all not durable: lost", dict.fromkeys(pending, "lost"))

    def _is_durable(self, number, done):
        return self._synced.get(number, math.inf) < done

    def _with_later(self, number, pending, fate):
        """A change, and what cannot have happened without it."""
        fates, names = {number: fate}, set(self._names.get(number, ()))
        for later in pending[pending.index(number) + 1 :] if names else ():
            if names & self._names.get(later, {}).keys():
                names |= self._names[later].keys()
                fates[later] = "lost"
        return fates

    def files(self, state: State) -> dict[str, bytes | None]:
        """What the folder holds in a state: path -> content, None for a folder."""
        tree = defaultdict(dict)
        for number, changes in self._names.items():
            if number < state.done and number not in state.fates:
                _apply(tree, changes)
        found = {}

        def walk(folder, path):
            for name, node in sorted(tree[folder].items()):
                found[path + name] = None
                if node in self._folders:
                    walk(node, f"{path}{name}/")
                    continue
                numbers = [n for n in self._contents[node] if n < state.done]
                fates = tuple((n, state.fates.get(n, "")) for n in numbers)
                found[path + name] = self._content(fates)

        walk(0, "")
        return found

    def _content(self, fates):
        content = bytearray()
        for number, fate in fates:
            _, _, _, offset, data = operation = self.operations[number]
            if fate == "lost":
                continue
            if operation.kind == "truncate":
                content = content[:offset].ljust(offset, b"\0")
                continue
            data = {"torn": data[: len(data) // 2], "zeros": bytes(len(data))}.get(fate, data)
            if data:
                content = content.ljust(offset, b"\0")
                content[offset : offset + len(data)] = data
        return bytes(content)

    def digest(self, state: State) -> str:
        """The same for states that are the same byte for byte."""
        return digest(self.files(state))

    def materialize(self, state: State, folder: Path) -> None:
        """Make a folder that holds what the disk holds in a state."""
        folder.mkdir()
        for path, content in self.files(state).items():
            if content is None:
                (folder / path).mkdir()
            else:
                (folder / path).write_bytes(content)


def digest(files: dict[str, bytes | None]) -> str:
    """Of paths and contents, as ``Disk.files`` has them."""
    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        what = "folder" if content is None else hashlib.sha256(content).hexdigest()
        whole.update(f"{path}\0{what}\0".encode())
    return whole.hexdigest()


def files_in(folder: Path) -> dict[str, bytes | None]:
    """What a folder on the real disk holds, as ``Disk.files`` has it."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


def _apply(tree, changes):
    for (folder, name), node in changes.items():
        if node is None:
            tree[folder].pop(name, None)
        else:
            tree[folder][name] = node
            tree.setdefault(node, {})
