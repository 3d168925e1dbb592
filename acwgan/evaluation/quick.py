"""The metrics that are cheap enough to be computed during training."""

from collections.abc import Sequence

import numpy as np

from acwgan.evaluation import metrics
from acwgan.evaluation.judge import Judge
from acwgan.runs.tags import CLASS_ACCURACY

#: Number of samples that are judged, and of real images that they are compared with.
JUDGED = 10_000


class Quality:
    """Computes class accuracy and Fréchet distance of samples during training.

    Args:
        real_images: ``(M, H, W, C)`` uint8; gray images also ``(M, H, W)``. Use training images if
            the metrics select a checkpoint, so that the selection does not see the test images.
        judge: Reads the images. None for the judge in the package.
        class_names: Names of the K classes, to add the accuracy of each class. None to leave it
            out.

    Example:
        >>> from acwgan.datasets import load_mnist
        >>> mnist = load_mnist()
        >>> images, labels = mnist.train_images[:500], mnist.train_labels[:500]
        >>> Quality(images)(images, labels)["quality/class_accuracy"] > 0.98
        True
    """

    def __init__(
        self,
        real_images: np.ndarray,
        judge: Judge | None = None,
        class_names: Sequence[str] | None = None,
    ):
        self._judge = judge or Judge()
        self._class_names = class_names or ()
        _, self._real_features = self._judge(real_images)

    def __call__(self, images: np.ndarray, labels: np.ndarray | None) -> dict[str, float]:
        """Compute the metrics of samples.

        Args:
            images: ``(N, H, W, C)`` uint8; gray images also ``(N, H, W)``.
            labels: ``(N,)`` integers from 0 to K-1. None for images without classes, which only
                have a Fréchet distance.

        Returns:
            Metric tag -> value.
        """
        class_probs, features = self._judge(images)
        values = {}
        if labels is not None:
            correct = class_probs.argmax(axis=1) == labels
            values[CLASS_ACCURACY] = float(correct.mean())
            for label, name in enumerate(self._class_names):
                values[f"{CLASS_ACCURACY}/{name}"] = float(correct[labels == label].mean())
        distance = metrics.frechet_distance(features, self._real_features)
        return {**values, "quality/frechet_distance": distance}


def judged_by(
    judge: Judge, images: np.ndarray, class_names: Sequence[str] | None = None
) -> Quality:
    """The quality metrics of a judge, in comparison with a fixed choice of training images.

    Args:
        judge: Reads the images.
        images: ``(N, H, W, C)`` uint8, all training images.
        class_names: Names of the classes, to add the accuracy of each class.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:JUDGED]
    return Quality(images[chosen], judge, class_names)
