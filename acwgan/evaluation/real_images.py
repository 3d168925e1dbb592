"""The half of an evaluation that is about real images: which are compared, and their metrics."""

import hashlib
from typing import NamedTuple

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.evaluation import metrics
from acwgan.evaluation.judge import Judge

#: Images behind the metrics of features, and behind the distances to the nearest training image.
IMAGES, NEAREST = 10_000, 1000
#: Generated images that are shown beside the nearest training image.
PAIRS = 40


class RealMetrics(NamedTuple):
    """The metrics of the real images of a data set under a judge."""

    features: np.ndarray  # (M, F), of the test images
    accuracy: float  # of the judge on the test images
    frechet_distance: float  # of training images to test images, as the next two
    precision: float
    recall: float
    nearest: np.ndarray  # (at most 1,000,), distances of test images to the nearest training image
    nearest_features: np.ndarray  # the same in the judge's features
    train_features: np.ndarray  # (N, F), of all training images


def balanced(data: Dataset, total: int = IMAGES) -> np.ndarray:
    """The number of images of each class that are compared.

    It is the same for all classes, rounded up, but at most the number of training images of the
    class. So as many generated images as training images of each class are compared.

    Args:
        data: Data with K classes.
        total: Number of images of all classes together.

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
    """The rows of the first ``counts[k]`` images of each class k, in ascending order.

    Args:
        labels: ``(N,)`` integers from 0 to K-1.
        counts: ``(K,)`` integers.

    Returns:
        At most ``counts.sum()`` integers below N.

    Example:
        >>> first_rows(np.array([1, 0, 1, 1, 0]), np.array([1, 2])).tolist()
        [0, 1, 2]
    """
    rows = [np.flatnonzero(labels == label)[:count] for label, count in enumerate(counts)]
    return np.sort(np.concatenate(rows))


#: The latest result of ``real_metrics``, by the judge and the content of the data.
_latest: dict[tuple, RealMetrics] = {}


def real_metrics(judge: Judge, data: Dataset, by_class: bool) -> RealMetrics:
    """The metrics of real images, which do not depend on the generated images.

    They take longer than the metrics of generated images, so the latest result is kept.

    Args:
        judge: A judge that reads the data.
        data: Data with test images.
        by_class: Whether the compared training images are balanced by class, or drawn from all.
    """
    contents = (hashlib.sha256(np.ascontiguousarray(array).data).digest() for array in data[:4])
    key = (judge.name, *contents, by_class)
    if key not in _latest:
        _latest.clear()
        _latest[key] = _real_metrics(judge, data, by_class)
    return _latest[key]


def _real_metrics(judge: Judge, data: Dataset, by_class: bool) -> RealMetrics:
    class_probs, features = judge(data.test_images)
    order = np.random.default_rng(0).permutation(len(data.train_images))
    if by_class:
        # As many of each class as of the generated images: MNIST's test digits are not balanced,
        # and an imbalance on this side too would add a third to the distance.
        chosen = order[first_rows(data.train_labels[order], balanced(data))]
    else:
        chosen = order[:IMAGES]
    _, all_features = judge(data.train_images)
    train_features = all_features[chosen]
    precision, recall = metrics.precision_recall(train_features, features)
    rows = _first(data.test_labels)
    return RealMetrics(
        features=features,
        accuracy=float(np.mean(class_probs.argmax(axis=1) == data.test_labels)),
        frechet_distance=metrics.frechet_distance(train_features, features),
        precision=precision,
        recall=recall,
        nearest=metrics.nearest_images(data.test_images[rows], data.train_images).distances,
        nearest_features=metrics.nearest(features[rows], all_features).distances,
        train_features=all_features,
    )


def _first(labels: np.ndarray) -> np.ndarray:
    """Rows of the first images; a random choice if they are sorted, as from class folders."""
    rows = np.arange(len(labels))
    if (np.diff(labels) >= 0).all():
        rows = np.random.default_rng(0).permutation(rows)
    return rows[:NEAREST]
