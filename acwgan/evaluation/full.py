"""How good generated images are. Nothing here imports TensorFlow before it must."""

import math
from collections.abc import Callable

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.datasets.named import load_mnist
from acwgan.evaluation import metrics
from acwgan.evaluation.classifier import classification_accuracy_score
from acwgan.evaluation.generated_images import SamplesError, check, chosen_rows
from acwgan.evaluation.judge import Judge
from acwgan.evaluation.real_images import IMAGES, NEAREST, Reference, reference
from acwgan.evaluation.report import Pair, Report


def evaluate(
    images: np.ndarray,
    labels: np.ndarray | None,
    data: Dataset | None = None,
    *,
    judge: Judge | None = None,
    cas: bool = False,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Report:
    """All figures of generated images, each beside what real images get.

    They are of the first 10,000 images, as many of each class (``reference.balanced``), against
    the test images of the data:

    * class accuracy and confusion matrix: what the judge reads; real: the test images.
    * Fréchet distance (Heusel et al. 2017), precision and recall (Kynkäänniemi et al. 2019) in
      the judge's features; real: as many training images of each class, always the same.
    * variety of each class: ``metrics.class_variety`` against the test images.
    * distances to the nearest training image: of 1,000; real: of 1,000 test images.
    * classification accuracy score (Ravuri and Vinyals 2019): see the function; real: the judge.

    Args:
        images: ``(N, H, W, C)`` uint8; grey ones may be ``(N, H, W)``.
        labels: ``(N,)`` integers 0..K-1, as many of each as are compared (for MNIST 1,000). None
            for images without classes: then the figures of classes are left out, and the training
            images beside them are drawn from all alike.
        data: What the images imitate; MNIST if None.
        judge: Who reads, trained on the training images of ``data``; without data that of the
            package if None.
        cas: Also the classification accuracy score, from all N images. It takes minutes.
        seed: Of that score's training.
        report: Called with a line of text before what takes long.

    Returns:
        The figures.

    Raises:
        SamplesError: If images, labels or data are not as above, or the data has too few images.
        JudgeError: If the judge reads other images or classes than those of the data.
    """
    report = report or (lambda line: None)
    if data is not None and judge is None:
        raise SamplesError("judge: None is not allowed with data; allowed: a Judge trained on it")
    dataset = "mnist" if data is None else None
    data, judge = data or load_mnist(), judge or Judge()
    check(images, labels, data)
    judge.check(data.train_images.shape[1:], None if labels is None else len(data.class_names))
    report("judging the real images")
    real = reference(judge, data, by_class=labels is not None)
    rows, few_rows = (chosen_rows(labels, data, total) for total in (IMAGES, NEAREST))
    report(f"judging {len(rows):,} generated images")
    class_probs, features = judge(images[rows])
    precision, recall = metrics.precision_recall(features, real.features)
    nearest = metrics.nearest_distances(images[few_rows], data.train_images)
    of_classes = {}
    if labels is not None:
        chosen = labels[rows].astype(np.int32)
        of_classes = _figures_of_classes(chosen, class_probs.argmax(axis=1), features, real, data)
    if labels is not None and cas:
        score = classification_accuracy_score(images, labels, data, seed=seed, report=report)
        of_classes["classification_accuracy_score"] = Pair(score, real.accuracy)
        of_classes["trained_on"] = len(images)
    return Report(
        dataset=dataset,
        judge=judge.name,
        images=len(rows),
        test_images=len(real.features),
        frechet_distance=Pair(
            metrics.frechet_distance(features, real.features), real.frechet_distance
        ),
        precision=Pair(precision, real.precision),
        recall=Pair(recall, real.recall),
        nearest_images=Pair(len(nearest), len(real.nearest)),
        nearest_minimum=Pair(float(nearest.min()), float(real.nearest.min())),
        nearest_median=Pair(float(np.median(nearest)), float(np.median(real.nearest))),
        nearer_than_test=int((nearest < real.nearest.min()).sum()),
        **of_classes,
    )


def _figures_of_classes(labels, read_as, features, real: Reference, data: Dataset):
    """Fields of the report; a class without real variety to compare with has None."""
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
