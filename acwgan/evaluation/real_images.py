"""Real images in an evaluation: how many of which class are compared, and the figures they get."""

import hashlib
from typing import NamedTuple

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.evaluation import metrics

#: Images behind the figures of features, and behind the distances to the nearest.
IMAGES, NEAREST = 10_000, 1000


class Reference(NamedTuple):
    """The figures of the images of a data set under a judge."""

    features: np.ndarray  # (M, F), of the test images
    accuracy: float  # of the judge on them
    frechet_distance: float  # of training images, as the next two
    precision: float
    recall: float
    nearest: np.ndarray  # (at most 1,000,), of test images


def balanced(data: Dataset, total: int = IMAGES) -> np.ndarray:
    """How many images of each class are compared.

    As many of each, rounded up; but of no class more than its training images, so that the
    generated and the training images beside them are as many of every class.

    Args:
        data: Of K classes.
        total: Images in all.

    Returns:
        ``(K,)`` integers.

    Example:
        >>> labels = np.repeat([0, 1, 2], [2, 7, 9])
        >>> balanced(Dataset(labels, labels, labels, labels, ("a", "b", "c")), total=10).tolist()
        [2, 4, 4]
    """
    classes = len(data.class_names)
    return np.minimum(-(-total // classes), np.bincount(data.train_labels, minlength=classes))


def first_rows(labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The places of the first so many of each class, in order.

    Args:
        labels: ``(N,)`` integers 0..K-1.
        counts: ``(K,)``.

    Returns:
        At most ``counts.sum()`` integers below N.

    Example:
        >>> first_rows(np.array([1, 0, 1, 1, 0]), np.array([1, 2])).tolist()
        [0, 1, 2]
    """
    rows = [np.flatnonzero(labels == label)[:count] for label, count in enumerate(counts)]
    return np.sort(np.concatenate(rows))


_latest = {}


def reference(judge, data: Dataset, by_class: bool) -> Reference:
    """What does not depend on the generated images; it takes longer than what does.

    The latest one is kept; it is found again by the content of the data.

    Args:
        judge: A ``Judge`` that reads the data.
        data: With test images.
        by_class: Whether the training images are balanced by class, or drawn from all alike.

    Returns:
        The real half of the figures.
    """
    contents = (hashlib.sha256(np.ascontiguousarray(array)).digest() for array in data[:4])
    key = (judge.name, *contents, by_class)
    if key not in _latest:
        _latest.clear()
        _latest[key] = _judged(judge, data, by_class)
    return _latest[key]


def _judged(judge, data, by_class):
    class_probs, features = judge(data.test_images)
    order = np.random.default_rng(0).permutation(len(data.train_images))
    if by_class:
        # As many of each class as of the generated ones: MNIST's test digits are not balanced,
        # and that alone adds a third to the distance.
        chosen = order[first_rows(data.train_labels[order], balanced(data))]
    else:
        chosen = order[:IMAGES]
    _, train_features = judge(data.train_images[chosen])
    return Reference(
        features,
        float(np.mean(class_probs.argmax(axis=1) == data.test_labels)),
        metrics.frechet_distance(train_features, features),
        *metrics.precision_recall(train_features, features),
        metrics.nearest_distances(_some(data.test_images, data.test_labels), data.train_images),
    )


def _some(images, labels):
    """The first; drawn if they are in the order of their classes, as those of class folders."""
    if (np.diff(labels) >= 0).all():
        images = images[np.random.default_rng(0).permutation(len(images))]
    return images[:NEAREST]
