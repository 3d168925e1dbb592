"""Generators and critics: layers, blocks, one file for each published pair, a registry."""

from typing import Any

import lazy_loader

from acwgan.moved import renamed

# The names are listed in __init__.pyi, and loaded when they are first used.
_find, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _find(name)
    except AttributeError:
        return renamed(__name__, name)
