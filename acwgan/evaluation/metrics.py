"""Metrics of an evaluation, computed from labels, features and pixels.

Features are rows of numbers from a network. Another network gives other numbers for the same
images, so never compare metrics that come from different networks.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: Rows or columns of a distance matrix that are in memory at a time.
_BLOCK = 500
#: Most pixels of a side of images that are compared.
_MOST_SIDE = 32


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Count how often each class is read as each class.

    Args:
        labels: ``(N,)`` integers from 0 to K-1, the requested classes.
        predicted: ``(N,)`` integers from 0 to K-1, the classes that were read.
        num_classes: K.

    Returns:
        ``(K, K)`` counts; row: requested class, column: class read.

    Example:
        >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    rows = num_classes * np.asarray(labels, np.int64)  # The product must not overflow a uint8.
    counts = np.bincount(rows + predicted, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def confidence_interval(share: float, count: int) -> tuple[float, float]:
    """The 95% confidence interval of a share (Wilson 1927).

    With z = 1.96 and n images, ``(p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 /
    n)``: unlike ``p -+ z sqrt(p (1 - p) / n)`` it stays within [0, 1] and is not empty at 1.

    Args:
        share: p, from 0 to 1.
        count: n, at least 1.

    Returns:
        The lower and the upper end.

    Example:
        >>> [round(end, 3) for end in confidence_interval(0.95, 200)]
        [0.91, 0.973]
    """
    z = 1.96
    middle = share + z**2 / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    scale = 1 + z**2 / count
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def confidence(share: float, count: int) -> str:
    """The 95% confidence interval of a share in words.

    Args:
        share: From 0 to 1.
        count: Number of images, at least 1.

    Example:
        >>> confidence(0.95, 200)
        '95% confidence: 91.0% to 97.3%'
    """
    low, high = confidence_interval(share, count)
    return f"95% confidence: {low:.1%} to {high:.1%}"


def frechet_distance(features: np.ndarray, reference: np.ndarray) -> float:
    """Fréchet distance of two sets of features (Heusel et al. 2017, eq. 6).

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`` with means m and covariances C. The trace of the
    root is the sum of the roots of the eigenvalues of ``S C2 S`` with ``S = C1^(1/2)``. This matrix
    is symmetric, so the root of a general matrix is not needed.

    Args:
        features: ``(N, F)``; with fewer than some thousand rows the distance is too large.
        reference: ``(M, F)``.

    Returns:
        0 or more, up to rounding; 0 for equal means and covariances.

    Example:
        >>> one = np.random.default_rng(0).normal(size=(1000, 3))
        >>> round(frechet_distance(one, one + [0.0, 3.0, 4.0]), 6)
        25.0
    """
    features, reference = (np.asarray(x, np.float64) for x in (features, reference))
    one, other = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (features, reference))
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    trace_of_root = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(0)).sum()
    means_apart = np.square(features.mean(axis=0) - reference.mean(axis=0)).sum()
    return float(means_apart + np.trace(one) + np.trace(other) - 2 * trace_of_root)


def precision_recall(
    features: np.ndarray, reference: np.ndarray, neighbours: int = 3
) -> tuple[float, float]:
    """Precision and recall of generated images (Kynkäänniemi et al. 2019, eq. 1).

    The region of a set is the union of balls around its points. The radius of each ball is the
    distance of the point to its k-th nearest neighbor.

    Args:
        features: ``(N, F)``, of generated images.
        reference: ``(M, F)``, of real images; N and M should be equal, since the radii depend on
            the density of the points.
        neighbours: k.

    Returns:
        Precision, the share of ``features`` in the region of ``reference`` (are the images
        realistic?), and recall, the share of ``reference`` in the region of ``features`` (are all
        real images covered?).

    Example:
        >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> precision_recall(np.concatenate([square, square + 9.0]), square)
        (0.5, 1.0)
    """
    features, reference = (np.asarray(x, np.float32) for x in (features, reference))
    feature_radii = _squared_radii(features, neighbours)
    reference_radii = _squared_radii(reference, neighbours)
    precise = np.zeros(len(features), bool)
    recalled = np.zeros(len(reference), bool)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = _squared_distances(features[rows], reference)
        precise[rows] = (distances <= reference_radii).any(axis=1)
        recalled |= (distances <= feature_radii[rows, None]).any(axis=0)
    return float(precise.mean()), float(recalled.mean())


def class_variety(
    features: np.ndarray,
    labels: np.ndarray,
    reference: np.ndarray,
    reference_labels: np.ndarray,
    num_classes: int,
) -> np.ndarray:
    """Spread of each class, relative to the real class.

    ``sqrt(tr C / tr C_real)`` with the covariances C of the features of the class: 1 if the images
    are as varied as real ones, 0 if they have collapsed to one image.

    Args:
        features: ``(N, F)``, of generated images.
        labels: ``(N,)`` integers from 0 to K-1.
        reference: ``(M, F)``, of real images.
        reference_labels: ``(M,)`` integers from 0 to K-1.
        num_classes: K.

    Returns:
        ``(K,)``, 0 or more; NaN for a class that one set lacks or whose real images do not vary.

    Example:
        >>> real, labels = np.array([[0.0], [2.0], [5.0], [7.0]]), np.array([0, 0, 1, 1])
        >>> class_variety(real / 2, labels, real, labels, num_classes=2).tolist()
        [0.5, 0.5]
    """

    def spread(features: np.ndarray, labels: np.ndarray, label: int) -> float:
        return np.square(np.std(features[labels == label], axis=0)).sum()

    def variety(label: int) -> float:
        if not ((labels == label).any() and (reference_labels == label).any()):
            return np.nan
        real = spread(reference, reference_labels, label)
        return np.sqrt(spread(features, labels, label) / real) if real else np.nan

    return np.array([variety(label) for label in range(num_classes)])


class Nearest(NamedTuple):
    """The nearest of other rows, for each row.

    Attributes:
        rows: ``(N,)`` integers, the place of the nearest among the others.
        distances: ``(N,)`` Euclidean distances.
    """

    rows: np.ndarray
    distances: np.ndarray


def nearest(
    points: np.ndarray,
    others: np.ndarray,
    numbers: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
) -> Nearest:
    """Find the nearest of the others for each point.

    Args:
        points: ``(N, ...)``.
        others: ``(M, ...)``, M at least 1.
        numbers: Makes ``(n, F)`` floats of n points or others, if they are not such rows.

    Returns:
        The nearest, by Euclidean distance.

    Example:
        >>> nearest(np.array([[0.0], [5.0]]), np.array([[4.0], [1.0]])).rows.tolist()
        [1, 0]
    """
    own = numbers(points)
    rows = np.arange(len(points))
    found, least = np.zeros(len(points), np.int64), np.full(len(points), np.inf)
    # In blocks: all training images in color would fill the memory as floats.
    for start in range(0, len(others), _BLOCK):
        distances = _squared_distances(own, numbers(others[start : start + _BLOCK]))
        closest = distances.argmin(axis=1)
        nearer = distances[rows, closest] < least
        found[nearer] = start + closest[nearer]
        least[nearer] = distances[rows, closest][nearer]
    # Computed again, since the matrix product rounds: a copy must be at 0.
    return Nearest(found, np.linalg.norm(own - numbers(others[found]), axis=1))


def nearest_images(images: np.ndarray, others: np.ndarray) -> Nearest:
    """Find the nearest of other images for each image; at 0 for a copy.

    Images of more than 32 pixels a side are first made smaller: the means of squares of 2x2, 3x3
    and so on pixels are compared, which noise disturbs less.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        others: ``(M, H, W)`` or ``(M, H, W, C)`` uint8, M at least 1.

    Returns:
        The nearest, by the Euclidean distance of the pixels, scaled to [0, 1].

    Example:
        >>> black, white = np.zeros((1, 3, 3), np.uint8), np.full((2, 3, 3), 255, np.uint8)
        >>> nearest_images(black, white).distances.tolist()
        [3.0]
    """
    return nearest(images, others, _pixels)


def nearest_distances(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The distances of ``nearest_images`` alone.

    Args:
        images: See ``nearest_images``.
        others: See ``nearest_images``.

    Returns:
        ``(N,)``.
    """
    return nearest_images(images, others).distances


def share_nearer(distances: np.ndarray, of_real: np.ndarray) -> float:
    """Share of distances below the lowest hundredth of those of real images.

    Args:
        distances: ``(N,)``, of generated images to the nearest training image.
        of_real: ``(M,)``, of test images to the nearest training image.

    Returns:
        A share; about 0.01 if generated images are as far from the training images as real ones.

    Example:
        >>> share_nearer(np.array([0.0, 0.0, 5.0, 9.0]), np.arange(1.0, 201.0))
        0.5
    """
    return float(np.mean(distances < np.quantile(of_real, 0.01)))


def _pixels(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    factor = -(-max(images.shape[1:3]) // _MOST_SIDE)
    if factor > 1:
        for axis in (1, 2):
            starts = np.arange(0, images.shape[axis], factor)
            sums = np.add.reduceat(images, starts, axis, np.float32)
            counts = np.diff(starts, append=images.shape[axis]).astype(np.float32)
            images = sums / np.expand_dims(counts, [n for n in range(images.ndim) if n != axis])
    return np.float32(images).reshape(len(images), -1) / 255


def _squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """``(N, M)``: ``|a|^2 - 2 ab + |b|^2``, one matrix product, changed in place to save memory."""
    distances = (-2 * one) @ other.T
    distances += np.einsum("ij,ij->i", one, one)[:, None]
    distances += np.einsum("ij,ij->i", other, other)
    return np.maximum(distances, 0, out=distances)


def _squared_radii(features: np.ndarray, k: int) -> np.ndarray:
    """The squared distance of each row to its k-th nearest other row."""
    radii = np.empty(len(features), features.dtype)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = _squared_distances(features[rows], features)
        # The nearest row is the row itself. For small k this is much faster than np.partition.
        for _ in range(k):
            np.put_along_axis(distances, distances.argmin(axis=1)[:, None], np.inf, axis=1)
        radii[rows] = distances.min(axis=1)
    return radii
