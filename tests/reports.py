"""Made-up reports of evaluations."""

import numpy as np

from acwgan.evaluation.report import Pair, Report


def report(classes, **fields):
    """A report on ``classes`` classes; the accuracy of class k is k / 100."""
    shares = tuple(k / 100 for k in range(classes))
    values = dict(
        judge="0123456789ab",
        images=10_000,
        test_images=10_000,
        frechet_distance=Pair(3.0, 2.0),
        precision=Pair(0.5, 0.6),
        recall=Pair(0.4, 0.6),
        nearest_images=Pair(1000, 1000),
        nearest_minimum=Pair(1.0, 2.0),
        nearest_median=Pair(3.0, 4.0),
        nearer_share=0.012,
        nearer_share_features=0.03,
        nearest_pairs=((0, 5), (1, 2)),
        nearer_than_test=7,
    )
    if classes:
        values |= dict(
            classes=tuple(f"one {k}" for k in range(classes)),
            class_accuracy=Pair(0.9, 1.0),
            accuracy_per_class=shares,
            confusion=tuple(map(tuple, np.eye(classes, dtype=int).tolist())),
            variety_per_class=(None, *shares[1:]),
        )
    return Report(**{**values, **fields})
