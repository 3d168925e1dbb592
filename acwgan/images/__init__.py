"""Images: conversion between uint8 and [-1, 1], grids, and PNG, GIF and MP4 files."""

import lazy_loader

# The names are listed in __init__.pyi, and loaded when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
