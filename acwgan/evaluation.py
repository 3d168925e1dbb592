"""How good generated digits are. Nothing here imports TensorFlow before it must."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan import metrics
from acwgan.datasets import load_mnist
from acwgan.errors import UserError
from acwgan.judge import Judge
from acwgan.npz import MOST, read_array
from acwgan.report import Pair, Report

#: Images a class behind all figures but the score of a classifier, and behind the nearest ones.
_A_CLASS, _NEAREST_A_CLASS = 1000, 100
#: Of an image in a file.
_SHAPES = ((28, 28), (28, 28, 1))


class SamplesError(UserError):
    """Images or labels are not what can be evaluated; the message says what can."""


def evaluate(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    judge: Judge | None = None,
    cas: bool = False,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Report:
    """All figures of generated digits, each beside what real digits get.

    They are of the first 1,000 images of each class, against the 10,000 MNIST test digits:

    * class accuracy and confusion matrix: what the judge reads; real: the test digits.
    * Fréchet distance (Heusel et al. 2017), precision and recall (Kynkäänniemi et al. 2019) in
      the judge's features; real: 1,000 training digits of each class, always the same.
    * variety of each class: ``metrics.class_variety`` against the test digits.
    * distances to the nearest training image: of 100 a class; real: of 1,000 test digits.
    * classification accuracy score (Ravuri and Vinyals 2019): see the function; real: the judge.

    Args:
        images: ``(N, 28, 28)`` uint8.
        labels: ``(N,)`` integers 0..9, at least 1,000 of each.
        judge: Who reads; the one of the package if None.
        cas: Also the classification accuracy score, from all N images. It takes minutes.
        seed: Of that score's training.
        report: Called with a line of text before what takes long.

    Returns:
        The figures.

    Raises:
        SamplesError: If images or labels are not as above.
    """
    report = report or (lambda line: None)
    _check(images, labels)
    rows, few_rows = _first_rows(labels, _A_CLASS), _first_rows(labels, _NEAREST_A_CLASS)
    judge = judge or Judge()
    report("judging the real digits")
    real = _real_digits(judge.path)
    report(f"judging {len(rows):,} generated digits")
    chosen = labels[rows].astype(np.int32)
    class_probs, features = judge(images[rows])
    confusion = metrics.confusion_matrix(chosen, class_probs.argmax(axis=1), 10)
    precision, recall = metrics.precision_recall(features, real.features)
    variety = metrics.class_variety(features, chosen, real.features, real.test_labels, 10)
    nearest = metrics.nearest_distances(images[few_rows], real.train_images)
    score = classification_accuracy_score(images, labels, seed=seed, report=report) if cas else None
    return Report(
        judge=judge.name,
        images=len(rows),
        class_accuracy=Pair(float(confusion.trace() / len(rows)), real.accuracy),
        accuracy_per_class=tuple((confusion.diagonal() / confusion.sum(axis=1)).tolist()),
        confusion=tuple(map(tuple, confusion.tolist())),
        frechet_distance=Pair(metrics.frechet_distance(features, real.features), real.frechet),
        precision=Pair(precision, real.precision),
        recall=Pair(recall, real.recall),
        variety_per_class=tuple(variety.tolist()),
        nearest_minimum=Pair(float(nearest.min()), float(real.nearest.min())),
        nearest_median=Pair(float(np.median(nearest)), float(np.median(real.nearest))),
        nearer_than_test=int((nearest < real.nearest.min()).sum()),
        classification_accuracy_score=None if score is None else Pair(score, real.accuracy),
        trained_on=len(images) if cas else None,
    )


def classification_accuracy_score(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int = 4,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> float:
    """How well a classifier that saw generated digits alone reads the real test digits.

    Ravuri and Vinyals 2019, "Classification accuracy score for conditional generative models".
    It is low for digits of a wrong class as well as for digits of little variety. The classifier
    is that of ``classifier``, as the judge is.

    Args:
        images: ``(N, 28, 28)`` uint8.
        labels: ``(N,)`` integers 0..9.
        epochs: How often each image is seen.
        seed: Of the training.
        report: Called with a line of text before it begins and after each epoch.

    Returns:
        In [0, 1].
    """
    if report:
        report(f"training a classifier on {len(images):,} generated digits")
    from acwgan.classifier import accuracy, train_classifier

    classifier = train_classifier(images, labels, epochs=epochs, seed=seed, report=report)
    mnist = load_mnist()
    return accuracy(classifier, mnist.test_images[..., 0], mnist.test_labels)


class Quality:
    """The cheap figures, for now and then during training.

    Args:
        reference: ``(M, 28, 28)`` uint8, real images. Training digits, if a checkpoint is chosen
            by the figures: then the choice has not seen the test digits.

    Example:
        >>> mnist = load_mnist()
        >>> images, labels = mnist.train_images[:500, ..., 0], mnist.train_labels[:500]
        >>> Quality(images)(images, labels)["quality/class_accuracy"] > 0.98
        True
    """

    def __init__(self, reference: np.ndarray):
        self._judge = Judge()
        _, self._reference = self._judge(reference)

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
        """Judge samples.

        Args:
            images: ``(N, 28, 28)`` uint8.
            labels: ``(N,)`` integers 0..9.

        Returns:
            TensorBoard tag -> value.
        """
        class_probs, features = self._judge(images)
        return {
            "quality/class_accuracy": float(np.mean(class_probs.argmax(axis=1) == labels)),
            "quality/frechet_distance": metrics.frechet_distance(features, self._reference),
        }


def load_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read labelled images, their headers before their pixels.

    Args:
        path: npz file with ``x`` and ``y``, or ``x_train`` and ``y_train`` as Keras'
            ``mnist.npz``: ``(N, 28, 28)`` or ``(N, 28, 28, 1)`` uint8 and ``(N,)`` integers.

    Returns:
        Images ``(N, 28, 28)`` uint8 and labels ``(N,)``.

    Raises:
        NpzError: Naming the file and what is wrong with it.
        OSError: If it cannot be read.
    """

    def is_images(shape, dtype):
        return shape[1:] in _SHAPES and shape[0] <= MOST and dtype == np.uint8

    def is_labels(shape, dtype):
        return len(shape) == 1 and shape[0] <= MOST and dtype.kind in "iu"

    at_most = f"N at most {MOST:,}"
    images = read_array(path, ["x", "x_train"], is_images, f"(N, 28, 28) uint8, {at_most}")
    labels = read_array(path, ["y", "y_train"], is_labels, f"(N,) integers, {at_most}")
    return images.reshape(len(images), 28, 28), labels


def _check(images, labels):
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        what = f"{images.shape} {images.dtype}"
        raise SamplesError(f"images: {what} is not allowed; allowed: (N, 28, 28) uint8")
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        what = f"{labels.shape} {labels.dtype}"
        raise SamplesError(f"labels: {what} is not allowed; allowed: ({len(images)},) integers")
    if wrong := set(labels.tolist()) - set(range(10)):
        raise SamplesError(f"labels: {min(wrong)} is not allowed; allowed: 0 to 9")
    counts = np.bincount(labels.astype(np.int32), minlength=10)
    if counts.min() < _A_CLASS:
        raise SamplesError(
            f"images: {counts.min():,} of class {counts.argmin()} are too few for the Fréchet "
            f"distance; allowed: at least {10 * _A_CLASS:,} images, {_A_CLASS:,} of each class"
        )


def _first_rows(labels, count):
    """The places of the first so many of each class, in order."""
    return np.sort(np.concatenate([np.flatnonzero(labels == k)[:count] for k in range(10)]))


class _RealDigits(NamedTuple):
    train_images: np.ndarray
    test_labels: np.ndarray
    features: np.ndarray  # of the test digits
    accuracy: float  # of the judge on them
    frechet: float  # of training digits, as the next two
    precision: float
    recall: float
    nearest: np.ndarray  # of test digits


@functools.lru_cache(maxsize=1)
def _real_digits(judge_path):
    """What does not depend on the generated digits; it takes longer than what does."""
    judge = Judge(judge_path)
    mnist = load_mnist()
    train_images, test_images = mnist.train_images[..., 0], mnist.test_images[..., 0]
    class_probs, features = judge(test_images)
    # As many of each class as of the generated ones: the test digits are not balanced, and that
    # alone adds a third to the distance.
    order = np.random.default_rng(0).permutation(len(train_images))
    chosen = order[_first_rows(mnist.train_labels[order], _A_CLASS)]
    _, train_features = judge(train_images[chosen])
    return _RealDigits(
        train_images,
        mnist.test_labels,
        features,
        float(np.mean(class_probs.argmax(axis=1) == mnist.test_labels)),
        metrics.frechet_distance(train_features, features),
        *metrics.precision_recall(train_features, features),
        metrics.nearest_distances(test_images[: 10 * _NEAREST_A_CLASS], train_images),
    )
