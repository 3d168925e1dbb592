"""The callbacks of a training, for ``acwgan.train`` and for ``fit`` of any GAN in Keras.

See ``acwgan.training.callbacks``, whose short address this is, and ``docs/callbacks.md``.
"""

from acwgan.training.callbacks import (
    BestCheckpoint,
    BoardPages,
    Checkpoints,
    FiniteWeights,
    HealthWarnings,
    MetricsLogger,
    Quality,
    SamplePictures,
)
from acwgan.training.periodic import LoggingCallback, PeriodicCallback

__all__ = [
    "BestCheckpoint",
    "BoardPages",
    "Checkpoints",
    "FiniteWeights",
    "HealthWarnings",
    "LoggingCallback",
    "MetricsLogger",
    "PeriodicCallback",
    "Quality",
    "SamplePictures",
]
