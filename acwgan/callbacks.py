"""The callbacks of a training; their short address. See ``acwgan.training.callbacks``."""

from acwgan.training.callbacks import (
    BestCheckpoint,
    BoardPages,
    Checkpoints,
    HealthWarnings,
    MetricsLogger,
    PeriodicCallback,
    Quality,
    SamplePictures,
)

__all__ = [
    "BestCheckpoint",
    "BoardPages",
    "Checkpoints",
    "HealthWarnings",
    "MetricsLogger",
    "PeriodicCallback",
    "Quality",
    "SamplePictures",
]
