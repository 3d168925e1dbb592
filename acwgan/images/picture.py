"""The one rule by which a picture of any mode becomes gray or RGB with 8 bits.

| Pillow's mode | what happens |
|---|---|
| ``1``, ``L`` | gray; black and white become 0 and 255 |
| ``RGB``, ``P``, ``YCbCr``, ``HSV``, ``CMYK`` | RGB, by Pillow's formulas |
| ``LAB`` | sRGB, by LittleCMS |
| ``LA``, ``La``, ``PA``, ``RGBA``, ``RGBa``, or a transparent color | laid over the background |
| ``I;16`` in all byte orders, and ``I`` of a PNG file | gray: ``round(value / 257)`` |
| RGB with 16 bits a color | Pillow itself keeps the upper 8 bits: ``floor(value / 256)`` |
| other ``I`` and ``F``: 32-bit numbers of no certain range | refused |
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from acwgan.images.sizes import Size

#: Pillow's names of the formats that are read. A picture of a phone with more than one part (MPO)
#: is a JPEG.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
#: The modes of gray pictures.
_GRAY_MODES = ("1", "L", "LA", "La")
_ORIENTATION = 0x0112
#: Value of the EXIF tag Orientation -> what turns the picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class EightBits(NamedTuple):
    """A picture in gray or RGB.

    Attributes:
        image: The picture, of mode L or RGB.
        highest: The highest of its 16-bit values; None for other pictures.
    """

    image: Image.Image
    highest: int | None = None


def opened(content: bytes) -> Image.Image:
    """Open an untrusted picture. Only its header is read; the pixels follow when they are used.

    Args:
        content: The content of the file. Given a file, Pillow allocates whatever length a chunk of
            it claims.

    Returns:
        The picture, or the first of several.

    Raises:
        Exception: Of many kinds, if it is not such a picture, or has more than 179 million pixels.
    """
    return Image.open(io.BytesIO(content), formats=FORMATS)


def is_gray(image: Image.Image) -> bool:
    """Whether the header of a picture says that it is gray."""
    return image.mode in _GRAY_MODES or _has_16_bits(image)


def _orientation(image: Image.Image) -> int:
    """How a picture lies: the value of the EXIF tag Orientation, 1 for upright."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow's parser raises errors of many kinds. What says nothing is upright.
        return 1
    return found if found in _TURNS else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """The size (width, height) of a picture when it is turned upright, from its header."""
    # Pillow turns TIFF files itself, and says their size so. For PNG files whose tag may follow the
    # pixels it would load these.
    known = image.format != "TIFF" and (image.format != "PNG" or "exif" in image.info)
    turned = known and _orientation(image) > 4
    return (image.height, image.width) if turned else image.size


def upright(image: Image.Image) -> Image.Image:
    """Turn a picture upright, as its EXIF tag Orientation says."""
    image.load()  # Pillow turns TIFF files itself here, and removes the tag.
    turn = _TURNS.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def eight_bits(image: Image.Image, background: tuple[int, int, int] = (0, 0, 0)) -> EightBits:
    """Convert a picture of any mode to gray or RGB with 8 bits, by the table of this module.

    Args:
        image: The picture.
        background: Red, green and blue behind what is transparent, 0 to 255.

    Returns:
        The picture. Where the background is not gray, transparent gray pictures become RGB.

    Raises:
        ValueError: If the range of its numbers is not certain.

    Example:
        >>> half_red = Image.new("RGBA", (1, 1), (255, 0, 0, 128))
        >>> eight_bits(half_red, (255, 255, 255)).image.getpixel((0, 0))
        (255, 127, 127)
    """
    highest = None
    if _has_16_bits(image):
        image, highest = _from_16_bits(image)
    if image.mode in ("I", "F"):
        raise ValueError(
            f"mode {image.mode}: the range of its 32-bit numbers is not certain; save it with 8 "
            "or 16 bits"
        )
    if image.has_transparency_data:
        gray = is_gray(image) and len(set(background)) == 1
        image = _over(image, background).convert("L" if gray else "RGB")
    elif image.mode == "LAB":
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        assert converted  # Only None in place.
        image = converted
    elif image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return EightBits(image, highest)


def _has_16_bits(image: Image.Image) -> bool:
    # Pillow 10 opens PNG files with 16 bits in the mode I.
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")


def _from_16_bits(image: Image.Image) -> tuple[Image.Image, int]:
    """The picture in the mode L, or LA if one of its values is transparent; its highest value."""
    values = np.asarray(image).astype(np.int64)
    result = Image.fromarray(((values + 128) // 257).astype(np.uint8))
    if "transparency" in image.info:
        shown = values != image.info["transparency"]
        result.putalpha(Image.fromarray((shown * 255).astype(np.uint8)))
    return result, int(values.max())


def _over(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    canvas = Image.new("RGBA", image.size, (*background, 255))
    canvas.alpha_composite(image.convert("RGBA"))
    return canvas.convert("RGB")


def fitted(
    image: Image.Image, size: Size, fit: str, background: tuple[int, int, int] = (0, 0, 0)
) -> Image.Image:
    """Give a picture another size, antialiased (Lanczos).

    Args:
        image: A picture of mode L or RGB.
        size: The size that it gets.
        fit: "crop" keeps the middle, "pad" keeps all of it and adds the background, "stretch"
            changes its proportions.
        background: Red, green and blue of what "pad" adds, 0 to 255.

    Returns:
        The picture, unchanged if it has the size.

    Example:
        >>> from acwgan.images.sizes import Size
        >>> fitted(Image.new("L", (300, 200)), Size(64, 64), "crop").size
        (64, 64)
    """
    if image.size == size:
        return image
    if fit == "crop":
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    if fit == "stretch":
        return image.resize(size, Image.Resampling.LANCZOS)
    scale = min(size.width / image.width, size.height / image.height)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    color = background if image.mode == "RGB" else background[0]
    canvas = Image.new(image.mode, size, color)
    canvas.paste(small, ((size.width - width) // 2, (size.height - height) // 2))
    return canvas
