"""The frames of a video: enlarged sample pictures, with names above and numbers below."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.errors import ParameterError
from acwgan.images.fonts import font_for
from acwgan.images.grids import PICTURE_WIDTH
from acwgan.runs import sample_pictures

#: Colors of words, and of numbers and names.
_DIM, _BRIGHT = "#9a9a9a", "#ffffff"
#: Largest height and width of a picture in a frame, and its most pixels, unless a scale is given.
_MOST_SIDE, _MOST_PIXELS = 4096, 1280**2
#: Font size of a text that is wider than the picture.
_SMALL = 10

#: The text under a picture: pairs of a word and a number.
Caption = list[tuple[str, str]]


class Track(NamedTuple):
    """What a video shows of one run."""

    name: str
    steps: list[int]  # generator steps of the pictures, ascending
    paths: list[Path]  # of the pictures
    size: tuple[int, int]  # width and height of the last picture, which all are fitted into
    gray: bool  # whether all pictures are gray
    loss_steps: np.ndarray  # generator steps of the losses, ascending
    losses: list[tuple[str, np.ndarray, int]]  # word, values, decimals

    def at(self, step: int) -> tuple[Path | None, Caption]:
        """The newest picture at a generator step, and its caption."""
        index = bisect_right(self.steps, step) - 1
        if index < 0:
            return None, []
        step = self.steps[index]
        row = np.searchsorted(self.loss_steps, step, "right") - 1
        caption = [("step", f"{step:,}")]
        for word, values, decimals in self.losses:
            caption.append((word, _number(values[row], decimals) if row >= 0 else "-"))
        return self.paths[index], caption


class Layout:
    """Draws the frames of a video. Everything has the same place in all of them.

    Args:
        tracks: The runs, side by side.
        steps: The generator steps of all frames.
        scale: Side of a pixel of the samples; None for pictures about 560 pixels wide. Large ones
            are shrunk then.

    Raises:
        ParameterError: If the scale is too large for the pictures.
    """

    def __init__(self, tracks: Sequence[Track], steps: Sequence[int], scale: int | None):
        width, height = np.max([track.size for track in tracks], axis=0).tolist()
        most = max(1, _MOST_SIDE // max(width, height))
        if scale is not None and scale > most:
            raise ParameterError(
                {"scale": f"must be at most {most} for these pictures, got {scale}"}
            )
        self._tracks = tracks
        self._scale = scale or min(most, max(1, round(PICTURE_WIDTH / width)))
        self._reduction = 1
        if scale is None and self._scale == 1:
            area = sqrt(width * height / _MOST_PIXELS)
            self._reduction = ceil(max(area, max(width, height) / _MOST_SIDE))
        texts = [_all_texts(track.at(step)[1] for step in steps) for track in tracks]
        self._width, self._height = (
            ceil(self._scale * side / self._reduction) for side in (width, height)
        )
        font: Any = _largest_font(texts, self._width) or ImageFont.load_default(_SMALL)
        self._font = font
        self._text_widths = [_widths(each, font) for each in texts]
        self._width = max(self._width, *(ceil(_room(each, font)) for each in self._text_widths))
        self._line = 2 * int(font.size)
        self._top = self._line if len(tracks) > 1 else 0
        self._lefts = [index * (self._width + self._line) for index in range(len(tracks))]
        self._empty = self._empty_frame()

    def frame(self, step: int) -> np.ndarray:
        """The frame at a generator step.

        Returns:
            ``(H, W)`` or ``(H, W, 3)`` uint8, H and W even.
        """
        canvas = self._empty.copy()
        for left, track, widths in zip(self._lefts, self._tracks, self._text_widths, strict=True):
            path, caption = track.at(step)
            if path is not None:
                self._paste(canvas, left, sample_pictures.read_picture(path, track.size))
                self._write(ImageDraw.Draw(canvas), left, caption, widths)
        return np.asarray(canvas)

    def _empty_frame(self) -> Image.Image:
        """A frame with the names of the runs and nothing else."""
        width = self._lefts[-1] + self._width
        height = self._top + self._height + self._line
        # H.264 stores the colors of 2x2 pixels as one, so both sides must be even.
        even = (width + width % 2, height + height % 2)
        canvas = Image.new("L" if all(track.gray for track in self._tracks) else "RGB", even)
        if self._top:
            draw = ImageDraw.Draw(canvas)
            for left, track in zip(self._lefts, self._tracks, strict=True):
                middle = (left + self._width / 2, self._top / 2)
                font = font_for(track.name, self._font.size)
                name = _cut(track.name, self._width, font)
                draw.text(middle, name, _BRIGHT, font, "mm")
        return canvas

    def _paste(self, canvas: Image.Image, left: int, picture: Image.Image) -> None:
        if self._reduction > 1:
            picture = picture.reduce(self._reduction)
        size = (self._scale * picture.width, self._scale * picture.height)
        picture = picture.resize(size, Image.Resampling.NEAREST)
        x, y = (self._width - picture.width) // 2, (self._height - picture.height) // 2
        canvas.paste(picture, (left + x, self._top + y))

    def _write(
        self, draw: ImageDraw.ImageDraw, left: int, caption: Caption, widths: list[float]
    ) -> None:
        """Write a caption from edge to edge, with each number at the right end of its width."""
        pad = self._font.size / 2
        space = (self._width - 2 * pad - sum(widths)) / max(1, len(widths) - 1)
        x, y = left + pad, self._top + self._height + self._line / 2
        for (word, number), width in zip(caption, widths, strict=True):
            draw.text((x, y), word, _DIM, self._font, "lm")
            draw.text((x + width, y), number, _BRIGHT, self._font, "rm")
            x += width + space


def _number(value: float, decimals: int) -> str:
    if abs(value) >= 1e6:
        return f"{value:.1e}"
    # Plus 0.0, which turns -0.0 into 0.0.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def _all_texts(captions: Iterable[Caption]) -> list[set[str]]:
    """The different texts of each field. All digits are equally wide, so each is a 0 here."""
    zeros = str.maketrans("123456789", "000000000")
    texts: dict[str, set[str]] = {}
    for caption in captions:
        for word, number in caption:
            texts.setdefault(word, set()).add(f"{word}  {number.translate(zeros)}")
    return list(texts.values())


def _widths(texts: list[set[str]], font: ImageFont.FreeTypeFont) -> list[float]:
    """The largest width of each field."""
    return [max(map(font.getlength, each)) for each in texts]


def _largest_font(texts: list[list[set[str]]], width: int) -> ImageFont.FreeTypeFont | None:
    """The largest font in which the captions of each run fit into a width; None if none does."""
    for size in range(min(28, max(10, width // 30)), 7, -1):
        font: Any = ImageFont.load_default(size)
        if max(_room(_widths(each, font), font) for each in texts) <= width:
            return font
    return None


def _room(widths: list[float], font: ImageFont.FreeTypeFont) -> float:
    """The width of a caption with gaps between its fields and around them."""
    return sum(widths) + (len(widths) + 1) * font.size


def _cut(name: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """A name without its beginning, if it is too wide."""
    short = name
    while font.getlength(short) > width and name:
        name = name[1:]
        short = "…" + name
    return short
