"""acwgan: a conditional Wasserstein GAN with an auxiliary classifier, for TensorFlow.

The public names are loaded when they are first used, so that ``import acwgan`` is quick.

Example:
    >>> import acwgan
    >>> run_dir = acwgan.train(acwgan.Config(steps=4000), "out/digits")  # doctest: +SKIP
    >>> acwgan.load(run_dir).generate("20260", seed=7).shape  # doctest: +SKIP
    (5, 28, 28)
"""

import lazy_loader

from acwgan import keras_settings, moved

__version__ = "0.1.0"

# The names are listed in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
moved.install()
keras_settings.choose_backend()
keras_settings.choose_kernels()
