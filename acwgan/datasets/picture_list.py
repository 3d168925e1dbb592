"""Lists of picture files with their labels, which the readers of folders and zip files make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from acwgan.errors import DataError
from acwgan.files.tree import FileTree

#: Most names in a message.
MOST_NAMED = 20
#: Names, in lower case, of files and folders that systems and tools leave behind.
_LITTER = {
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "#recycle"),
    *("$recycle.bin", "system volume information", "__pycache__", "lost+found"),
}
#: What the names, in lower case, of texts beside pictures begin or end with.
_TEXTS = ("readme", "license", "licence", "copying", "notice", "changelog", "citation")
_TEXT_ENDINGS = (
    *(".txt", ".md", ".rst", ".html", ".htm", ".url", ".pdf", ".xml", ".csv", ".tsv", ".json"),
    *(".jsonl", ".yaml", ".yml", ".ini", ".log", ".py", ".ipynb", ".sha256", ".md5"),
)
#: Names, in lower case, of the folders of a training split, and of splits that can be its test.
TRAINING = ("train", "training", "training_set", "train_set")
TESTS = (
    *("test", "testing", "test_set", "validation", "validation_set"),
    *("valid", "val", "val_set", "valid_set"),
)


class ListedSplit(NamedTuple):
    """The picture files of a training or test split.

    Attributes:
        files: Their paths in the tree.
        labels: The label of each; None if there are none.
    """

    files: list[str]
    labels: list[int] | None


class PictureList(NamedTuple):
    """What every reader of picture files returns, before a picture is opened.

    Attributes:
        tree: The folder or zip file with the files.
        train: The training split.
        test: The test split; None if there is none.
        class_names: The names of the classes in the order of the labels; None without labels.
        notes: What was left out, for the user to know.
    """

    tree: FileTree
    train: ListedSplit
    test: ListedSplit | None
    class_names: list[str] | None
    notes: tuple[str, ...] = ()


def without_litter(tree: FileTree) -> tuple[FileTree, tuple[str, ...]]:
    """Leave out what systems and tools have put into a folder, and texts about the pictures.

    Args:
        tree: All files.

    Returns:
        The tree without these files, and a note that counts them, if there are any.
    """
    litter = [name for name in tree.files if is_litter(name)]
    if not litter:
        return tree, ()
    kinds = list(dict.fromkeys(_kind(name) for name in litter))
    what = f"{counted(len(litter), 'file')} of systems and tools: {named(kinds, 5)}"
    return tree.without(set(litter)), (f"skipped {what}",)


def splits_of(folders: Sequence[str]) -> tuple[str | None, list[str]]:
    """Find the folders of splits by their usual names, in any case.

    Args:
        folders: Names of folders that lie side by side.

    Returns:
        The folder of the training split, or None, and those of others, a test before a validation.

    Example:
        >>> splits_of(["Train", "val", "test"])
        ('Train', ['test', 'val'])
    """
    names = {name.lower(): name for name in folders}
    train = next((names[name] for name in TRAINING if name in names), None)
    return train, [names[name] for name in TESTS if name in names]


def is_litter(path: str) -> bool:
    """Whether a file or folder is one that systems and tools leave behind, or a text.

    Example:
        >>> is_litter("__MACOSX/cat/._1.png"), is_litter("cat/1.png")
        (True, False)
    """
    name = path.lower().rpartition("/")[2]
    return is_of_system(path) or name.startswith(_TEXTS) or name.endswith(_TEXT_ENDINGS)


def is_of_system(path: str) -> bool:
    """Whether a file or folder is one that systems and tools leave behind.

    Example:
        >>> is_of_system("cat/Thumbs.db"), is_of_system("labels.csv")
        (True, False)
    """
    return any(part.startswith(".") or part in _LITTER for part in path.lower().split("/"))


def _kind(path: str) -> str:
    """The first part of a path that is litter, else its last part."""
    parts = path.split("/")
    found = (part for part in parts if part[0] == "." or part.lower() in _LITTER)
    name = next(found, parts[-1])
    return "._*" if name.startswith("._") else name


def named(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names of a list, and how many there are more.

    Args:
        names: The names.
        most: Most names that are written out.

    Returns:
        The names, separated by commas.

    Example:
        >>> named(["a", "b", "c"], 2)
        'a, b and 1 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(count: int, what: str) -> str:
    """A number of things in words.

    Example:
        >>> counted(1, "file"), counted(2062, "picture")
        ('1 file', '2,062 pictures')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def labelled(
    tree: FileTree,
    splits: Sequence[tuple[list[str], list[str]]],
    notes: Sequence[str] = (),
    by_value: bool = False,
) -> PictureList:
    """Number the classes of one or two splits.

    Args:
        tree: The folder or zip file with the files.
        splits: The files and the class of each file, of the training split and perhaps the test
            split.
        notes: What was left out.
        by_value: Sort class names by value if all are whole numbers, not as text.

    Returns:
        The list, its class names sorted.

    Raises:
        DataError: If a class of the test split is not in the training split.

    Example:
        >>> from pathlib import Path
        >>> tree = FileTree(Path("photos"), (), lambda name: b"")
        >>> labelled(tree, [(["x.png", "y.png"], ["dog", "cat"])]).class_names
        ['cat', 'dog']
    """
    names = sorted(set(splits[0][1]))
    if by_value and all(name.isdecimal() and len(name) < 19 for name in names):
        names.sort(key=int)
    numbers = {name: number for number, name in enumerate(names)}
    for _, classes in splits[1:]:
        unknown = sorted(set(classes) - numbers.keys())
        if unknown:
            raise DataError(
                f"{tree.path}: the test part has the class {unknown[0]!r}, the training part has "
                "not; remove it, or put pictures of it into the training part."
            )
    train, *test = (
        ListedSplit(files, [numbers[name] for name in classes]) for files, classes in splits
    )
    return PictureList(tree, train, test[0] if test else None, names, tuple(notes))
