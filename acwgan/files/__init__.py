"""Files that are whole or absent, checksums, and readers of untrusted files."""

from acwgan import moved

# The names are listed in __init__.pyi, and loaded when they are first used.
__getattr__, __dir__, __all__ = moved.attach_stub(__name__, __file__)
