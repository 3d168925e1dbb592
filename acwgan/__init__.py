"""acwgan: a conditional Wasserstein GAN with an auxiliary classifier, for TensorFlow.

The public names are loaded when they are first used, so that ``import acwgan`` is quick.

Example:
    >>> import acwgan
    >>> run_dir = acwgan.train(acwgan.Config(steps=4000), "out/digits")  # doctest: +SKIP
    >>> acwgan.load(run_dir).generate("20260", seed=7).shape  # doctest: +SKIP
    (5, 28, 28)
"""

import importlib

__version__ = "0.1.0"

_PUBLIC = {
    "Config": "config",
    "PRESETS": "presets",
    "train": "training",
    "load": "generation",
    "Run": "run",
}

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"acwgan.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'acwgan' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_PUBLIC})
