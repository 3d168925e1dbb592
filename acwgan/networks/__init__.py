"""Generators and critics: layers, blocks, one file for each published pair, a registry."""

from acwgan import moved

# The names are listed in __init__.pyi, and loaded when they are first used.
__getattr__, __dir__, __all__ = moved.attach_stub(__name__, __file__)
