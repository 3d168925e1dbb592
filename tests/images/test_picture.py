import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from acwgan.images.picture import eight_bits, fitted, is_gray, opened, upright, upright_size
from acwgan.images.sizes import Size

WHITE = (255, 255, 255)


def values(image, background=(0, 0, 0)):
    """The pixels of a converted picture, as a list."""
    return np.asarray(eight_bits(image, background).image).tolist()


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_16(color_type, pixels):
    """A PNG file with 16 bits; Pillow writes none in color."""
    height, width = pixels.shape[:2]

    def chunk(name, data):
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


DEEP = [0, 128, 129, 255, 257, 32768, 33023, 65535]


def test_16_bits_gray_are_scaled_by_value():
    # Pillow's own conversion clips: everything above 255 becomes white.
    image = opened(png_16(0, np.array([DEEP])))
    assert is_gray(image)
    converted, highest = eight_bits(image)
    expected = [round(value / 257) for value in DEEP]
    assert np.asarray(converted).tolist() == [expected] and expected[4:6] == [1, 128]
    assert highest == 65535


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N"])
def test_16_bits_in_any_byte_order(mode):
    order = {"I;16B": ">u2", "I;16N": "=u2"}.get(mode, "<u2")
    image = Image.frombytes(mode, (8, 1), np.array([DEEP], order).tobytes())
    assert values(image) == [[round(value / 257) for value in DEEP]]


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_tiff_files_with_16_bits(mode):
    order = ">u2" if mode == "I;16B" else "<u2"
    image = Image.frombytes(mode, (8, 1), np.array([DEEP], order).tobytes())
    assert values(opened(encoded(image, "TIFF"))) == [[round(value / 257) for value in DEEP]]


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_16_bits_a_color_keep_their_upper_byte(color_type, channels):
    pixels = np.repeat(np.array([DEEP])[..., None], channels, axis=-1)
    if channels != 3:
        pixels[..., -1] = 65535  # Opaque.
    expected = [[[value // 256] * 3 for value in DEEP]]
    found = np.asarray(eight_bits(opened(png_16(color_type, pixels))).image.convert("RGB"))
    assert found.tolist() == expected
    assert max(abs(value // 256 - value / 257) for value in DEEP) < 1


def test_a_transparent_value_of_16_bits():
    image = Image.frombytes("I;16", (2, 1), np.array([[257, 514]], "<u2").tobytes())
    image.info["transparency"] = 257
    assert values(image, WHITE) == [[255, 2]]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_of_no_certain_range_are_refused_by_the_name_of_the_mode(mode):
    with pytest.raises(ValueError, match=f"mode {mode}: the range of its 32-bit numbers"):
        eight_bits(opened(encoded(Image.new(mode, (2, 2), 7), "TIFF")))


@pytest.mark.parametrize(
    ("mode", "pixel", "black", "white"),
    [
        ("1", 1, 255, 255),
        ("L", 7, 7, 7),
        ("LA", (100, 255), 100, 100),
        ("LA", (100, 0), 0, 255),
        ("LA", (100, 51), 20, 224),
        ("La", (20, 51), 20, 224),
        ("RGB", (1, 2, 3), [1, 2, 3], [1, 2, 3]),
        ("RGBX", (1, 2, 3, 4), [1, 2, 3], [1, 2, 3]),
        ("RGBA", (200, 100, 0, 255), [200, 100, 0], [200, 100, 0]),
        ("RGBA", (200, 100, 0, 0), [0, 0, 0], [255, 255, 255]),
        ("RGBA", (200, 100, 0, 51), [40, 20, 0], [244, 224, 204]),
        ("RGBa", (40, 20, 0, 51), [40, 20, 0], [244, 224, 204]),
        ("CMYK", (255, 0, 0, 0), [0, 255, 255], [0, 255, 255]),
        ("CMYK", (0, 0, 0, 155), [100, 100, 100], [100, 100, 100]),
        ("YCbCr", (100, 128, 128), [100, 100, 100], [100, 100, 100]),
        ("YCbCr", (76, 85, 255), [254, 0, 0], [254, 0, 0]),
        ("HSV", (85, 255, 255), [0, 255, 0], [0, 255, 0]),
    ],
)
def test_a_pixel_of_every_mode_over_black_and_over_white(mode, pixel, black, white):
    image = Image.new(mode, (1, 1), pixel)
    assert values(image) == [[black]]
    assert values(image, WHITE) == [[white]]


def test_lab_becomes_srgb():
    # L* of 0 to 100 as 0 to 255, then a* and b* as signed bytes; the last is the red of sRGB.
    pixels = bytes([0, 0, 0, 255, 0, 0, 138, 81, 70])
    image = opened(encoded(Image.frombytes("LAB", (3, 1), pixels), "TIFF"))
    assert image.mode == "LAB"
    assert np.allclose(values(image), [[[0, 0, 0], [255, 255, 255], [255, 0, 0]]], atol=6)


def test_every_mode_of_pillow_is_converted_or_refused():
    refused = {"I", "F"}
    for mode in Image.MODES:
        image = Image.new(mode, (3, 2))
        if mode in refused:
            with pytest.raises(ValueError, match=mode):
                eight_bits(image)
        else:
            assert eight_bits(image).image.mode in ("L", "RGB")


def test_palettes_with_transparent_colors():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert values(image) == [[[10, 20, 30], [40, 50, 60]]]
    file = encoded(image, "PNG", transparency=1)
    assert values(opened(file), WHITE) == [[[10, 20, 30], [255, 255, 255]]]
    file = encoded(image, "PNG", transparency=bytes([255, 51]))
    assert values(opened(file)) == [[[10, 20, 30], [8, 10, 12]]]
    assert values(Image.new("PA", (1, 1), (0, 0)), WHITE) == [[[255, 255, 255]]]


def test_a_transparent_color_without_an_alpha_channel():
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    file = encoded(image, "PNG", transparency=(9, 9, 9))
    assert values(opened(file), WHITE) == [[[1, 2, 3], [255, 255, 255]]]
    gray = Image.new("L", (1, 1), 5)
    assert values(opened(encoded(gray, "PNG", transparency=5)), (9, 9, 9)) == [[9]]


def test_a_gray_picture_over_a_colored_background_has_color():
    assert values(Image.new("LA", (1, 1), (0, 0)), (1, 2, 3)) == [[[1, 2, 3]]]


def test_the_first_frame_of_an_animation():
    frames = [Image.new("L", (2, 2), value) for value in (50, 200)]
    file = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found = np.asarray(eight_bits(opened(file)).image.convert("L"))
    assert found.tolist() == [[50, 50]] * 2


@pytest.fixture
def corner():
    """A picture 16 high and 24 wide, white in its upper left corner."""
    pixels = np.zeros((16, 24), np.uint8)
    pixels[:8, :8] = 255
    return pixels


#: Orientation -> what a camera does to the upright picture before it stores it.
STORED = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.T,
    6: lambda x: np.rot90(x, 1),
    7: lambda x: x[::-1, ::-1].T,
    8: lambda x: np.rot90(x, -1),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", STORED)
def test_pictures_are_turned_upright(corner, kind, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = Image.fromarray(np.ascontiguousarray(STORED[turn](corner)))
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    image = opened(encoded(stored, kind, exif=exif, **options))
    assert upright_size(image) == (24, 16)
    found = np.asarray(eight_bits(upright(image)).image.convert("L"))
    assert np.abs(found.astype(int) - corner).max() < 5


def test_an_orientation_after_the_pixels_of_a_png_file(corner):
    exif = Image.Exif()
    exif[0x0112] = 3
    file = encoded(Image.fromarray(corner[::-1, ::-1].copy()), "PNG", exif=exif)
    start = file.index(b"eXIf") - 4
    size = struct.unpack(">I", file[start : start + 4])[0] + 12
    tag, end = file[start : start + size], file.index(b"IEND") - 4
    moved = file[:start] + file[start + size : end] + tag + file[end:]
    assert np.array_equal(np.asarray(upright(opened(moved))), corner)


@pytest.mark.parametrize("tag", [0, 9, 77])
def test_an_orientation_that_means_nothing_is_upright(corner, tag):
    exif = Image.Exif()
    exif[0x0112] = tag
    image = opened(encoded(Image.fromarray(corner), "PNG", exif=exif))
    assert np.array_equal(np.asarray(upright(image)), corner)


def test_damaged_exif_is_upright(corner):
    image = opened(encoded(Image.fromarray(corner), "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"))
    assert upright_size(image) == (24, 16)
    assert np.array_equal(np.asarray(upright(image)), corner)


def halves(width, height):
    """Left half black, right half white."""
    image = Image.new("L", (width, height))
    image.paste(255, (width // 2, 0, width, height))
    return image


def test_crop_keeps_the_middle_and_pad_all_and_stretch_changes_the_proportions():
    size = Size(8, 8)
    wide = halves(32, 16)
    for fit in ("crop", "stretch"):
        found = np.asarray(fitted(wide, size, fit))
        assert found.shape == (8, 8) and (found[:, 0] < 40).all() and (found[:, -1] > 215).all()
    found = np.asarray(fitted(wide, size, "pad", (99, 99, 99)))
    assert (found[:2] == 99).all() and (found[-2:] == 99).all() and (found[2:6] != 99).all()
    edge = Image.new("L", (32, 16), 255)
    edge.paste(0, (0, 0, 8, 16))
    assert np.asarray(fitted(edge, size, "crop")).min() > 200  # The left edge is cut off.
    assert np.asarray(fitted(edge, size, "stretch"))[:, 0].max() < 60


def test_a_picture_of_the_size_is_not_changed_and_thin_ones_are_fitted():
    image = halves(9, 8)
    assert fitted(image, Size(9, 8), "crop") is image
    for fit in ("crop", "pad", "stretch"):
        assert fitted(Image.new("RGB", (1000, 1)), Size(8, 16), fit, WHITE).size == (8, 16)


def test_smaller_pictures_are_averages_and_not_every_nth_pixel():
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    found = np.asarray(fitted(Image.fromarray(stripes), Size(8, 8), "crop"))
    assert np.abs(found.astype(int) - 127).max() <= 12
