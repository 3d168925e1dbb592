"""The numbers of an evaluation, from labels, features and pixels alone.

Features are rows of numbers from some network. The same digits give other numbers under another
network, so never compare figures that come from different ones.
"""

import numpy as np

#: Rows or columns of a distance matrix in memory at a time.
_BLOCK = 500


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """How often each class is read as each class.

    Args:
        labels: ``(N,)`` integers 0..K-1, the classes that were asked for.
        predicted: ``(N,)`` integers 0..K-1, the classes that were read.
        num_classes: K.

    Returns:
        ``(K, K)`` counts; row: asked for, column: read as.

    Example:
        >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    labels = np.int64(labels)  # The product must not overflow a uint8.
    counts = np.bincount(num_classes * labels + predicted, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def frechet_distance(features: np.ndarray, reference: np.ndarray) -> float:
    """``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`` of two sets of features.

    Heusel et al. 2017, eq. 6. The trace of the root is the sum of the roots of the eigenvalues of
    ``S C2 S`` with ``S = C1^(1/2)``, which is symmetric: no root of a general matrix is needed.

    Args:
        features: ``(N, F)``; fewer than some thousand rows make the distance too large.
        reference: ``(M, F)``.

    Returns:
        0 or more, up to rounding; 0 for equal means and covariances.

    Example:
        >>> one = np.random.default_rng(0).normal(size=(1000, 3))
        >>> round(frechet_distance(one, one + [0.0, 3.0, 4.0]), 6)
        25.0
    """
    features, reference = np.float64(features), np.float64(reference)
    one, other = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (features, reference))
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    trace_of_root = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(0)).sum()
    means_apart = np.square(features.mean(axis=0) - reference.mean(axis=0)).sum()
    return float(means_apart + np.trace(one) + np.trace(other) - 2 * trace_of_root)


def precision_recall(
    features: np.ndarray, reference: np.ndarray, neighbours: int = 3
) -> tuple[float, float]:
    """How much of the one set lies within the other, both ways (Kynkäänniemi et al. 2019, eq. 1).

    A set's region is the union of balls around its points, each to its k-th nearest neighbour.

    Args:
        features: ``(N, F)``, of generated images.
        reference: ``(M, F)``, of real images; as many, since the balls depend on the density.
        neighbours: k.

    Returns:
        Precision, the share of ``features`` in the region of ``reference`` (are they realistic?),
        and recall, the share of ``reference`` in the region of ``features`` (is all covered?).

    Example:
        >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> precision_recall(np.concatenate([square, square + 9.0]), square)
        (0.5, 1.0)
    """
    features, reference = np.float32(features), np.float32(reference)
    # The nearest of a set to its own point is the point itself.
    feature_radii = _kth_smallest(features, neighbours)
    reference_radii = _kth_smallest(reference, neighbours)
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
    """Spread of each class against that of the real class: 1 as varied, 0 collapsed to one image.

    ``sqrt(tr C / tr C_real)`` of the covariances of the features of one class.

    Args:
        features: ``(N, F)``.
        labels: ``(N,)``.
        reference: ``(M, F)``.
        reference_labels: ``(M,)``.
        num_classes: K.

    Returns:
        ``(K,)``, 0 or more; NaN for a class that is in one set alone, or real without spread.

    Example:
        >>> real, labels = np.array([[0.0], [2.0], [5.0], [7.0]]), np.array([0, 0, 1, 1])
        >>> class_variety(real / 2, labels, real, labels, num_classes=2).tolist()
        [0.5, 0.5]
    """

    def spread(features, labels, label):
        return np.square(np.std(features[labels == label], axis=0)).sum()

    def variety(label):
        if not ((labels == label).any() and (reference_labels == label).any()):
            return np.nan
        real = spread(reference, reference_labels, label)
        return np.sqrt(spread(features, labels, label) / real) if real else np.nan

    return np.array([variety(label) for label in range(num_classes)])


def nearest_distances(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The distance of each image to the nearest of the others, in pixels (0 is a copy).

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        others: ``(M, H, W)`` or ``(M, H, W, C)`` uint8, M at least 1.

    Returns:
        ``(N,)``: Euclidean, with pixels in 0..1.

    Example:
        >>> black, white = np.zeros((1, 3, 3), np.uint8), np.full((2, 3, 3), 255, np.uint8)
        >>> nearest_distances(black, white).tolist()
        [3.0]
    """
    pixels = _pixels(images)
    rows = np.arange(len(images))
    nearest, least = np.zeros(len(images), np.int64), np.full(len(images), np.inf)
    # As floats, all training images in colour would fill the memory.
    for start in range(0, len(others), _BLOCK):
        distances = _squared_distances(pixels, _pixels(others[start : start + _BLOCK]))
        closest = distances.argmin(axis=1)
        nearer = distances[rows, closest] < least
        nearest[nearer] = start + closest[nearer]
        least[nearer] = distances[rows, closest][nearer]
    # Anew, as the product rounds: a copy must be at 0.
    return np.linalg.norm(pixels - _pixels(others[nearest]), axis=1)


def _pixels(images):
    return np.float32(images).reshape(len(images), -1) / 255


def _squared_distances(one, other):
    """``(N, M)`` from ``|a|^2 - 2 ab + |b|^2``: one matrix product, in one place of memory."""
    distances = (-2 * one) @ other.T
    distances += np.einsum("ij,ij->i", one, one)[:, None]
    distances += np.einsum("ij,ij->i", other, other)
    return np.maximum(distances, 0, out=distances)


def _kth_smallest(features, k):
    """The squared distance of each row to its k-th nearest other row."""
    radii = np.empty(len(features), features.dtype)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = _squared_distances(features[rows], features)
        # The nearest is the row itself. For a few, this is far quicker than np.partition.
        for _ in range(k):
            np.put_along_axis(distances, distances.argmin(axis=1)[:, None], np.inf, axis=1)
        radii[rows] = distances.min(axis=1)
    return radii
