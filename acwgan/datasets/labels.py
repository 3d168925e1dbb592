"""Turns labels in any unmistakable form into classes 0 to K-1 with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from acwgan.errors import DataError

if TYPE_CHECKING:
    from acwgan.datasets.dataset import Split

#: Below this number, float64 holds every integer.
_MOST_FLOAT = 2**53
#: Number of classes that a note lists.
_LISTED = 8


class Classes(NamedTuple):
    """The labels of a data set as classes.

    Attributes:
        train: ``(N,)`` int32, 0 to K-1, each at least once.
        test: ``(M,)`` int32, 0 to K-1; None if there is no test split.
        names: The names of the classes, in the order of the labels. They are not checked yet.
        notes: What was changed, for the user to know.
    """

    train: np.ndarray
    test: np.ndarray | None
    names: list[str]
    notes: tuple[str, ...]


def classes_of(train: Split, test: Split | None, names: Sequence[str] | None) -> Classes:
    """Number the classes of labels from 0, and name them.

    Labels are integers, booleans, text or whole floats, ``(N,)`` or ``(N, 1)``, or one-hot rows
    ``(N, K)``. Other values than 0 to K-1 close up and become the names of the classes: labels 1
    to 26 are the classes "1" to "26". Text is in alphabetical order, or in that of the numbers
    that it spells.

    Args:
        train: The training split.
        test: The test split, whose labels all are training labels too; None if there is none.
        names: One name for each different label, in ascending order; or the name of label v in
            place v, where labels may lack images; or, for text, all labels in the order that they
            are to have. None if the labels name themselves.

    Returns:
        The labels as classes, and the names.

    Raises:
        DataError: If labels may mean more than one thing, or are not one for each image.

    Example:
        >>> images = np.zeros((3, 4, 4, 1), np.uint8)
        >>> from acwgan.datasets.dataset import Split
        >>> classes_of(Split(images, ["cat", "dog", "cat"], "here"), None, None)[0].tolist()
        [0, 1, 0]
        >>> classes_of(Split(images, np.array([7.0, 3.0, 3.0]), "here"), None, None).names
        ['3', '7']
    """
    values, form = _values(train)
    present = np.unique(values)
    _check_negative(present, train.source)
    order, chosen = _in_order(present, names, train.source)
    rank = np.empty(len(present), np.int32)
    rank[order] = np.arange(len(present), dtype=np.int32)
    plain = present.dtype.kind == "i" and present[0] == 0 and present[-1] == len(present) - 1
    notes: tuple[str, ...] = ()
    if form or not plain:
        form = form or f"{present[0]} to {present[-1]}"
        notes = (f"labels are {form}; read as {_listed(chosen)}",)
    return Classes(
        rank[np.searchsorted(present, values)],
        None if test is None else _test_labels(test, present, rank),
        chosen,
        notes,
    )


def _values(split: Split) -> tuple[np.ndarray, str]:
    """Labels as int64, bool or text ``(N,)``; and what they were, empty for integers."""
    labels, source, count = _as_array(split.labels, split.source), split.source, len(split.images)
    if labels.ndim == 2 and (labels.shape[1] == 1 or labels.shape == (1, count)):
        labels = labels.reshape(-1)
    if labels.shape[:1] != (count,):
        found = len(labels) if labels.ndim else 0
        raise DataError(
            f"{source}: {found:,} labels for {count:,} images; there must be one label for each "
            "image."
        )
    if labels.ndim == 2 and labels.dtype.kind in "biuf":
        return _from_one_hot(labels, source), f"one-hot rows of {labels.shape[1]}"
    if labels.ndim != 1 or labels.dtype.kind not in "biufU":
        raise DataError(
            f"{source}: labels must be (N,) integers or text, or one-hot (N, K), got "
            f"{labels.shape} {labels.dtype}."
        )
    if labels.dtype.kind == "f":
        return _from_floats(labels, source), f"{labels.dtype}"
    if labels.dtype.kind == "u" and labels.max() > np.iinfo(np.int64).max:
        raise DataError(f"{source}: holds the label {labels.max()}; the most is 2**63 - 1.")
    if labels.dtype.kind in "iu":
        return labels.astype(np.int64), ""
    return labels, {"b": "True and False", "U": "text"}[labels.dtype.kind]


def _as_array(labels: Any, source: str) -> np.ndarray:
    """Labels as an array of numbers, booleans or stripped text."""
    try:
        array = np.asarray(labels)
        if array.dtype == object:
            # As in a column of a table: all text, or all numbers.
            kinds = {type(label) for label in array.flat}
            if kinds <= {str, bytes, np.str_, np.bytes_}:
                texts = [x.decode() if isinstance(x, bytes) else x for x in array.flat]
                array = np.array(texts).reshape(array.shape)
            elif not any(issubclass(kind, (str, bytes)) for kind in kinds):
                array = np.array(array.tolist())
        elif array.dtype.kind == "S":
            array = np.char.decode(array, "utf-8")
    except (ValueError, TypeError) as error:  # UnicodeDecodeError too.
        raise DataError(f"{source}: is not an array of labels ({error}).") from error
    return np.char.strip(array) if array.dtype.kind == "U" else array


def _from_one_hot(rows: np.ndarray, source: str) -> np.ndarray:
    if not ((rows == 0) | (rows == 1)).all() or (rows.sum(axis=1) != 1).any():
        raise DataError(
            f"{source}: holds rows of {rows.shape[1]} numbers that are not one-hot (a single 1, "
            "all others 0); choose a class for each image: y = y.argmax(axis=1)"
        )
    return rows.argmax(axis=1)


def _from_floats(labels: np.ndarray, source: str) -> np.ndarray:
    labels = labels.astype(np.float64)
    with np.errstate(invalid="ignore"):
        wrong = ~((labels == np.rint(labels)) & (np.abs(labels) < _MOST_FLOAT))
    if wrong.any():
        raise DataError(
            f"{source}: holds the label {labels[wrong][0]:g}; labels must be whole numbers or "
            "text. If they are rounded: y = np.rint(y).astype(int). If some are missing: keep = "
            "np.isfinite(y); x, y = x[keep], y[keep]"
        )
    return labels.astype(np.int64)


def _check_negative(present: np.ndarray, source: str) -> None:
    """Refuse -1 beside other labels: it often marks images without a label."""
    if present.dtype.kind == "i" and present[0] < 0 and present.tolist() != [-1, 1]:
        raise DataError(
            f"{source}: holds the label {present[0]}; if it marks images without a label, leave "
            "them out: keep = y >= 0; x, y = x[keep], y[keep]. If it is a class: "
            "y = y - y.min()"
        )


def _in_order(
    present: np.ndarray, names: Sequence[str] | None, source: str
) -> tuple[np.ndarray, list[str]]:
    """The order of the different labels as classes, and the name of each class."""
    texts = [str(value) for value in present]
    order = np.arange(len(present))
    if present.dtype.kind == "U":
        if names is not None:
            stripped = [name.strip() for name in names]
            unknown = set(texts) - set(stripped)
            if unknown:
                raise DataError(
                    f"{source}: holds the label {min(unknown)!r}, which is not among the class "
                    "names; add it there."
                )
            order = np.array(sorted(order, key=lambda i: stripped.index(texts[i])))
        elif all(text.isdecimal() for text in texts):
            order = np.array(sorted(order, key=lambda i: (int(texts[i]), texts[i])))
    elif names is not None:
        if len(names) > len(present) and present[0] >= 0 and present[-1] < len(names):
            return order, [names[int(value)] for value in present]
        return order, list(names)
    return order, [texts[i] for i in order]


def _test_labels(test: Split, present: np.ndarray, rank: np.ndarray) -> np.ndarray:
    values, _ = _values(test)
    if (values.dtype.kind == "U") != (present.dtype.kind == "U"):
        raise DataError(
            f"{test.source}: holds labels of another kind than the training labels; both must be "
            "numbers, or both text."
        )
    places = np.minimum(np.searchsorted(present, values), len(present) - 1)
    unknown = values[present[places] != values]
    if len(unknown):
        raise DataError(
            f"{test.source}: holds the label {unknown[0]}, which no training image has; leave "
            "such images out, or add some to the training images."
        )
    return rank[places]


def _listed(names: list[str]) -> str:
    """Names in a note.

    Example:
        >>> _listed(["1", "2"]), _listed([str(n) for n in range(1, 27)])
        ('the classes 1, 2', 'the 26 classes 1, 2, 3, 4, 5, 6, 7, …, 26')
    """
    if len(names) <= _LISTED:
        return f"the class{'es' if len(names) > 1 else ''} {', '.join(names)}"
    return f"the {len(names)} classes {', '.join(names[: _LISTED - 1])}, …, {names[-1]}"
