"""Fonts for names in any script: one that has the letters, among those that are installed."""

import functools
import unicodedata
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import ImageFont

from acwgan.errors import UserNotice

#: No font has this character, so it is drawn as the sign for a missing character.
_MISSING = "\uffff"
#: Styles that are taken last.
_STYLES: tuple[str, ...] = (
    "bold",
    "black",
    "light",
    "thin",
    "italic",
    "oblique",
    "condensed",
    "narrow",
)
_STYLES += ("serif", "mono", "math")
#: Names in a notice.
_FEW = 3


def font_for(text: str, size: float) -> ImageFont.FreeTypeFont:
    """A font of Pillow that has all characters of a text.

    Args:
        text: Text on one line.
        size: Height of a line in pixels, about.

    Returns:
        Pillow's own font, or else the first of those installed; Pillow's own if there is none.
    """
    return _font(_path_for(text) or "", size)


def drawn_names(names: Iterable[str]) -> list[str]:
    """The names as they can be drawn, on one line each.

    Args:
        names: Names in any script.

    Returns:
        As many texts, each with a font in ``font_for``: the name without the characters without
        width that join others, or its number, counted from 0, if it is empty or no installed font
        has all of it. A ``UserNotice`` says the latter once.

    Example:
        >>> drawn_names(["red  bag", " ", "a_$x$"])
        ['red bag', '1', 'a_$x$']
    """
    drawn, missing = [], []
    for number, name in enumerate(names):
        text = " ".join("".join(filter(_has_width, name)).split())
        if text and _path_for(text) is None:
            missing.append(name)
            text = ""
        drawn.append(text or str(number))
    if missing:
        _say_missing(tuple(missing))
    return drawn


def matplotlib_families(texts: Iterable[str]) -> list[str]:
    """The setting ``font.family`` of matplotlib with which texts of ``drawn_names`` are drawn.

    Args:
        texts: The texts of a figure.

    Returns:
        Families, of which matplotlib takes the first that has a character.
    """
    from matplotlib.font_manager import fontManager, get_font

    families = {"DejaVu Sans": None}  # A dict keeps the order.
    for path in filter(None, map(_path_for, texts)):
        fontManager.addfont(path)
        families[get_font(path).family_name] = None
    return list(families)


def _has_width(letter: str) -> bool:
    """Not of a joiner, nor of what selects the variant of the character before it."""
    return unicodedata.category(letter) != "Cf" and not "\ufe00" <= letter <= "\ufe0f"


@functools.cache
def _font(path: str, size: float) -> Any:
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@functools.cache
def _path_for(text: str) -> str | None:
    """The font file for a text, "" for Pillow's own font, or None if no font has all of it."""
    font = _font("", 10)
    missing = bytes(font.getmask(_MISSING))
    if not any(bytes(font.getmask(letter)) == missing for letter in set(text)):
        return ""
    wanted = {ord(letter) for letter in text}
    return next((path for path in _installed() if wanted <= _characters(path)), None)


@functools.cache
def _installed() -> list[str]:
    """The font files, plain styles first; the one that comes with matplotlib before all others."""
    # Imported here: it takes half a second, and most names need nothing of it.
    import matplotlib
    from matplotlib.font_manager import findSystemFonts

    def styles(path: str) -> tuple[int, str]:
        name = Path(path).stem.lower()
        return sum(style in name for style in _STYLES), path

    own = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return [str(own), *sorted(findSystemFonts(), key=styles)]


@functools.cache
def _characters(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):  # Fonts of colored bitmaps, and what is no font.
        return frozenset()


@functools.cache
def _say_missing(names: tuple[str, ...]) -> None:
    few = ", ".join(names[:_FEW])
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    warnings.warn(
        UserNotice(
            f"no installed font has all characters of {few}{more}: pictures show a number "
            "instead; install a font that has them, as Noto Sans CJK"
        ),
        stacklevel=3,
    )
