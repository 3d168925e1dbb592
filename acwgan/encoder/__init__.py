"""From a picture back to the latent of its handwriting: the encoder of a generator."""

import lazy_loader

# The names are listed in __init__.pyi, and loaded when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
