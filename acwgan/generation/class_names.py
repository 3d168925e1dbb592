"""Reads class names from a text: the rule for every place where somebody types classes.

* With commas, a text is a list of names: ``cat,dog``. As in a CSV file, a name with a comma stands
  in double quotes. A comma at the end makes a list of a single name: ``12,``.
* Any other text is cut into names, with or without blanks and commas between them: ``20260``,
  ``cat dog``. If it can be cut in two ways, it is refused: of classes 1 to 12, ``12`` may be 12, or
  1 and 2.
"""

import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from acwgan.errors import UserError

#: A reading of the rest of a text: a label and the reading of what follows it; None at the end.
_Reading: TypeAlias = "tuple[int, _Reading] | None"


class ClassError(UserError, ValueError):
    """A class is asked for that the model does not have, or a text may mean several."""


def joined(names: Sequence[str]) -> str:
    """Class names as a text that ``split`` reads.

    Args:
        names: One or more class names.

    Returns:
        The names with commas between them; a single name has one behind it.

    Example:
        >>> joined(["cat", "hat, red"]), joined(["12"])
        ('cat,"hat, red"', '12,')
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue() + ("," if len(names) == 1 else "")


def split(text: str) -> list[str]:
    """The names in a list with commas.

    Args:
        text: Names with commas between them. A name with a comma or a quote stands in double
            quotes, and a quote within them is doubled, as in a CSV file.

    Returns:
        The names, without blanks around them; a comma at the end adds none.

    Raises:
        ClassError: If quotes are not closed.

    Example:
        >>> split('cat, "hat, red",')
        ['cat', 'hat, red']
    """
    try:
        (names,) = csv.reader([text], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise ClassError(
            f"{text!r}: its quotes do not fit; a name with a comma stands in double quotes, and a "
            "double quote within them is written twice"
        ) from None
    names = [name.strip() for name in names]
    return names[:-1] if len(names) > 1 and not names[-1] else names


def labels_in(text: str, classes: Sequence[str]) -> list[int]:
    """The labels of the class names in a text; the rule is at the top of this module.

    Args:
        text: What somebody typed.
        classes: The K class names, in the order of the labels.

    Returns:
        Labels from 0 to K-1, in the order of the text; at least one.

    Raises:
        ClassError: If the text has no names, holds what is not a class, or may mean two things.

    Example:
        >>> labels_in("20260", "0123456789")
        [2, 0, 2, 6, 0]
        >>> labels_in("12, 3", [str(number) for number in range(1, 13)])
        [11, 2]
    """
    text, classes = _composed(text), list(map(_composed, classes))
    names = split(text) if "," in text else []
    if names and all(name in classes for name in names):
        return labels_of(names, classes)
    readings = _readings(text, classes)  # Also of a list: a name may have a comma in it.
    if len(readings) == 2:
        one, other = (joined([classes[label] for label in reading]) for reading in readings)
        raise ClassError(
            f"{text!r} can mean two things to this model: write {one!r} or {other!r} instead"
        )
    if readings:
        return readings[0]
    words = names or text.split()
    if all(len(name) == 1 for name in classes):
        words = list("".join(text.replace(",", " ").split()))
    raise _unknown([word for word in words if word and not _readings(word, classes)], classes)


def labels_of(names: Sequence[str], classes: Sequence[str]) -> list[int]:
    """The labels of class names.

    Args:
        names: Class names.
        classes: The K class names, in the order of the labels.

    Returns:
        Labels from 0 to K-1; at least one.

    Raises:
        ClassError: If there are no names, or one is not a class.
    """
    names = [_composed(name) if isinstance(name, str) else name for name in names]
    classes = list(map(_composed, classes))
    unknown = [name for name in names if name not in classes]
    if unknown or not len(names):
        raise _unknown(unknown, classes)
    label_of = {name: label for label, name in enumerate(classes)}
    return [label_of[name] for name in names]


def counts_in(text: str, classes: Sequence[str]) -> list[int]:
    """The number of images of each class in a text such as ``cat=500,dog=20``.

    Args:
        text: Names with their numbers, as a list with commas; a name with a comma stands in double
            quotes with its number: ``"hat, red=5"``.
        classes: The K class names, in the order of the labels.

    Returns:
        K numbers; 0 for classes that the text does not name.

    Raises:
        ClassError: If a name is no class or appears twice, or a number is not whole or below 1.

    Example:
        >>> counts_in("dog=20, cat=500", ["cat", "cow", "dog"])
        [500, 0, 20]
    """
    counts = [0] * len(classes)
    for item in split(text) or [""]:
        name, _, number = (part.strip() for part in item.rpartition("="))
        if not name or not number.isdecimal() or not int(number[:9]):
            raise ClassError(f"{item!r} must be a class and a number from 1, as cat=500")
        (label,) = labels_of([name], classes)
        if counts[label]:
            raise ClassError(f"{name!r} appears twice in {text!r}")
        counts[label] = int(number)
    return counts


def _unknown(names: Sequence[str], classes: Sequence[str]) -> ClassError:
    what = ", ".join(sorted({repr(name) for name in names})) or "an empty text"
    return ClassError(f"{what} is not a class of the model; it has {' '.join(classes)}")


def _composed(text: str) -> str:
    """A text in the form that class names have: see ``datasets.dataset.checked_names``."""
    plain = "".join(" " if letter.isspace() else letter for letter in text)
    return unicodedata.normalize("NFC", plain)


def _readings(text: str, classes: Sequence[str]) -> list[list[int]]:
    """The ways to cut a text into names, at most two. Blanks and commas may be between names."""
    label_of = {name: label for label, name in enumerate(classes)}
    lengths = sorted({len(name) for name in classes}, reverse=True)
    ways: list[list[_Reading]] = [[] for _ in text] + [[None]]
    for start in range(len(text) - 1, -1, -1):
        found = list(ways[start + 1]) if text[start] in ", " else []
        for length in lengths:
            name = text[start : start + length]
            if name in label_of and len(name) == length and len(found) < 2:
                found += [(label_of[name], rest) for rest in ways[start + length]]
        ways[start] = found[:2]
    return [labels for labels in map(_unchained, ways[0]) if labels]


def _unchained(reading: _Reading) -> list[int]:
    labels = []
    while reading is not None:
        label, reading = reading
        labels.append(label)
    return labels
