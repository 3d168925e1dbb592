"""The cheap figures of a judge, for use during training."""

from collections.abc import Sequence

import numpy as np

from acwgan.evaluation import metrics
from acwgan.evaluation.judge import Judge

#: Samples that the judge sees, and real images that it compares them with.
JUDGED = 10_000


class Quality:
    """The cheap figures, for now and then during training.

    Args:
        reference: ``(M, H, W, C)`` uint8, real images; grey ones may be ``(M, H, W)``. Training
            images, if a checkpoint is chosen by the figures: then the choice has not seen the
            test images.
        judge: Who reads; that of the package if None.
        class_names: K names, for the accuracy of each class besides the one of all.

    Example:
        >>> from acwgan.datasets import load_mnist
        >>> mnist = load_mnist()
        >>> images, labels = mnist.train_images[:500], mnist.train_labels[:500]
        >>> Quality(images)(images, labels)["quality/class_accuracy"] > 0.98
        True
    """

    def __init__(
        self,
        reference: np.ndarray,
        judge: Judge | None = None,
        class_names: Sequence[str] | None = None,
    ):
        self._judge = judge or Judge()
        self._class_names = class_names or ()
        _, self._reference = self._judge(reference)

    def __call__(self, images: np.ndarray, labels: np.ndarray | None) -> dict[str, float]:
        """Judge samples.

        Args:
            images: ``(N, H, W, C)`` uint8; grey ones may be ``(N, H, W)``.
            labels: ``(N,)`` integers 0..K-1; None for images without classes, which have a
                Fréchet distance alone.

        Returns:
            TensorBoard tag -> value.
        """
        class_probs, features = self._judge(images)
        figures = {}
        if labels is not None:
            right = class_probs.argmax(axis=1) == labels
            figures["quality/class_accuracy"] = float(right.mean())
            for label, name in enumerate(self._class_names):
                figures[f"quality/class_accuracy/{name}"] = float(right[labels == label].mean())
        distance = metrics.frechet_distance(features, self._reference)
        return {**figures, "quality/frechet_distance": distance}


def judged_by(judge, images: np.ndarray, class_names=None):
    """The judge, with training images to compare with.

    So the choice of the best checkpoint never sees the test images.

    Args:
        judge: A ``Judge``.
        images: ``(N, H, W, C)`` uint8, the training images.
        class_names: For the accuracy of each class.

    Returns:
        A ``Quality``.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:JUDGED]
    return Quality(images[chosen], judge, class_names)
