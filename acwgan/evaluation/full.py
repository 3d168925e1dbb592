"""A full evaluation of generated images."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from acwgan.datasets.arrays import dataset_of
from acwgan.datasets.dataset import Dataset
from acwgan.datasets.named import load_mnist
from acwgan.errors import ParameterError
from acwgan.evaluation import metrics
from acwgan.evaluation.classifier import classification_accuracy_score
from acwgan.evaluation.generated_images import check_samples, compared_rows
from acwgan.evaluation.judge import Judge
from acwgan.evaluation.real_images import (
    IMAGES,
    NEAREST,
    PAIRS,
    RealMetrics,
    first_rows,
    real_metrics,
)
from acwgan.evaluation.report import Pair, Report

if TYPE_CHECKING:
    from acwgan.datasets.arrays import DataLike


def evaluate(
    images: np.ndarray,
    labels: np.ndarray | None,
    data: DataLike | None = None,
    *,
    judge: Judge | None = None,
    cas: bool = False,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Report:
    """All metrics of generated images, each beside the same metric of real images.

    They are computed from the first 10,000 images, balanced by class (``real_images.balanced``),
    and from the test images of the data:

    * class accuracy and confusion matrix: how the judge reads the images; real: the test images.
    * Fréchet distance (Heusel et al. 2017), precision and recall (Kynkäänniemi et al. 2019) in
      the judge's features; real: a fixed choice of as many training images of each class.
    * variety of each class: ``metrics.class_variety`` relative to the test images.
    * distances to the nearest training image, of 1,000 images; real: of 1,000 test images. The
      share of images that are nearer than 99% of the test images, in pixels and in the judge's
      features, is about 1% if none is a copy.
    * classification accuracy score (Ravuri and Vinyals 2019): see
      ``classifier.classification_accuracy_score``; real: trained on as many real images.

    Args:
        images: ``(N, H, W, C)`` uint8, or another form that ``images.as_images`` understands.
        labels: ``(N,)`` integers from 0 to K-1, of each class as many as are compared (1,000 for
            MNIST). None for images without classes: the metrics of classes are left out then, and
            the training images are drawn from all classes together.
        data: The data that the images imitate, with test images, in any form that
            ``datasets.arrays.dataset_of`` takes; MNIST if None.
        judge: A judge trained on the training images of ``data``. None for the judge in the
            package, if ``data`` is None.
        cas: Whether to compute the classification accuracy score, from all N images. This takes
            minutes.
        seed: Seed of the training for that score.
        report: Called with a line of text before each part that takes long.

    Raises:
        ParameterError: If ``data`` is given without a judge.
        DataError: If the data may mean more than one thing.
        SamplesError: If images, labels or data cannot be compared, or there are too few images.
        JudgeError: If the judge reads other images or classes than those of the data.

    Example:
        >>> mnist = load_mnist()
        >>> images, labels = mnist.train_images[:200], mnist.train_labels[:200]
        >>> few_tests = mnist.test_images[:200], mnist.test_labels[:200]
        >>> data = Dataset(images, labels, *few_tests, mnist.class_names)
        >>> evaluate(images, labels, data, judge=Judge()).nearest_median.generated
        0.0
    """
    report = report or (lambda line: None)
    if data is not None and judge is None:
        raise ParameterError({"judge": "must be a Judge trained on `data`, got None"})
    dataset = "mnist" if data is None else None
    data = load_mnist() if data is None else dataset_of(data)
    judge = judge or Judge()
    images = check_samples(images, labels, data)
    of_classes = () if labels is None else (len(data.class_names), data.class_names)
    judge.check(data.train_images.shape[1:], *of_classes)
    report("judging the real images")
    real = real_metrics(judge, data, by_class=labels is not None)
    rows, nearest_rows = (compared_rows(labels, data, total) for total in (IMAGES, NEAREST))
    report(f"judging {len(rows):,} generated images")
    class_probs, features = judge(images[rows])
    precision, recall = metrics.precision_recall(features, real.features)
    frechet_distance = metrics.frechet_distance(features, real.features)
    report("looking for copies of training images")
    found = metrics.nearest_images(images[nearest_rows], data.train_images)
    nearest, closest = found.distances, found.distances.argsort(kind="stable")[:PAIRS]
    _, compared = judge(images[nearest_rows])
    in_features = metrics.nearest(compared, real.train_features).distances
    figures: dict[str, Any] = {}
    if labels is not None:
        chosen = labels[rows].astype(np.int32)
        figures = _class_metrics(chosen, class_probs.argmax(axis=1), features, real, data)
    if labels is not None and cas:
        # Like for like: as many real images of each class, trained on as long.
        counts = np.bincount(labels.astype(np.int32), minlength=len(data.class_names))
        same = first_rows(data.train_labels, counts)
        real_images, real_labels = data.train_images[same], data.train_labels[same]
        score, real_score = (
            classification_accuracy_score(examples, classes, data, seed=seed, report=report)
            for examples, classes in ((images, labels), (real_images, real_labels))
        )
        figures["classification_accuracy_score"] = Pair(score, real_score)
        figures["trained_on"] = len(images)
    return Report(
        dataset=dataset,
        judge=judge.name,
        images=len(rows),
        test_images=len(real.features),
        frechet_distance=Pair(frechet_distance, real.frechet_distance),
        precision=Pair(precision, real.precision),
        recall=Pair(recall, real.recall),
        nearest_images=Pair(len(nearest), len(real.nearest)),
        nearest_minimum=Pair(float(nearest.min()), float(real.nearest.min())),
        nearest_median=Pair(float(np.median(nearest)), float(np.median(real.nearest))),
        nearer_than_test=int((nearest < real.nearest.min()).sum()),
        nearer_share=metrics.share_nearer(nearest, real.nearest),
        nearer_share_features=metrics.share_nearer(in_features, real.nearest_features),
        nearest_pairs=tuple(
            zip(nearest_rows[closest].tolist(), found.rows[closest].tolist(), strict=True)
        ),
        **figures,
    )


def _class_metrics(
    labels: np.ndarray,
    read_as: np.ndarray,
    features: np.ndarray,
    real: RealMetrics,
    data: Dataset,
) -> dict[str, Any]:
    """Fields of the report; the variety is None for a class without real variety."""
    classes = len(data.class_names)
    confusion = metrics.confusion_matrix(labels, read_as, classes)
    counts = confusion.sum(axis=1)
    variety = metrics.class_variety(features, labels, real.features, data.test_labels, classes)
    return {
        "classes": data.class_names,
        "class_accuracy": Pair(float(confusion.trace() / len(labels)), real.accuracy),
        "accuracy_per_class": tuple((confusion.diagonal() / counts).tolist()),
        "confusion": tuple(map(tuple, confusion.tolist())),
        "variety_per_class": tuple(x if math.isfinite(x) else None for x in variety.tolist()),
    }
