"""Sizes, colors and bad files of pictures. Their modes: ``tests/images/test_picture.py``."""

import numpy as np
import pytest
from PIL import Image

from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.named import load_mnist
from acwgan.datasets.options import ReadOptions
from acwgan.errors import DataError, ParameterError
from acwgan.files import tree, untrusted


@pytest.fixture(scope="module")
def digits():
    """Eight real digits (8, 28, 28)."""
    return load_mnist().test_images[:8, :, :, 0]


def write(path, picture, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)


@pytest.fixture
def photo():
    """A picture in color, 120 wide and 90 high."""
    across, down = np.meshgrid(np.arange(120), np.arange(90))
    return np.stack([2 * across, 2 * down, across + down], -1).astype(np.uint8)


def read(folder, **options):
    return read_class_folders(folder, ReadOptions(**options))


def test_pictures_of_several_sizes_become_64x64_and_it_is_said(tmp_path, photo):
    for number, size in enumerate([(120, 90), (200, 300), (40, 70)]):
        write(tmp_path / "a" / f"{number}.png", Image.fromarray(photo).resize(size))
    train, _, _, notes = read(tmp_path)
    assert train.images.shape == (3, 64, 64, 3)
    assert notes == (
        "3 pictures of 40x70 to 200x300 pixels become 64x64, cropped to the middle, 1 of them "
        "enlarged; `image_size` and `fit` change this",
    )


@pytest.mark.parametrize(("width", "height"), [(28, 28), (64, 64), (20, 64), (9, 8)])
def test_pictures_of_one_size_up_to_64_stay_as_they_are(tmp_path, photo, width, height):
    pixels = photo[:height, :width]
    write(tmp_path / "a" / "x.png", pixels)
    train, _, _, notes = read(tmp_path)
    assert np.array_equal(train.images[0], pixels) and notes == ()


@pytest.mark.parametrize("odd", [0, 1, 2, 599])
def test_one_picture_of_another_size_counts_wherever_it_is(tmp_path, photo, odd):
    for number in range(600):
        size = (30, 20) if number == odd else (12, 8)
        write(
            tmp_path / "a" / f"{number:03}.bmp",
            Image.fromarray(photo[:, number // 20 :]).resize(size),
        )
    train, _, _, notes = read(tmp_path)
    assert notes[0].startswith("600 pictures of 12x8 to 30x20 pixels become 64x64")
    assert np.array_equal(train.images, read(tmp_path, image_size="64").train.images)


def test_each_file_is_read_once(tmp_path, photo, monkeypatch):
    for number in range(300):
        size = (100, 90) if number % 3 else (300, 200)
        write(tmp_path / "a" / f"{number:03}.jpg", Image.fromarray(photo).resize(size))
    names = []
    content = tree.read_untrusted
    monkeypatch.setattr(
        tree, "read_untrusted", lambda path, most: names.append(path) or content(path, most)
    )
    read(tmp_path)
    assert len(names) == len(set(names)) == 300


def test_gray_pictures_before_the_first_in_color_get_its_channels(tmp_path, photo):
    for number in range(9):
        write(tmp_path / "a" / f"{number}.png", photo if number == 6 else photo[..., 0])
    images = read(tmp_path).train.images
    assert images.shape == (9, 64, 64, 3) and np.ptp(images[6], axis=-1).any()
    assert all(np.array_equal(image, images[0]) for image in images[[1, 5, 7, 8]])
    assert not np.ptp(images[[0, 8]], axis=-1).any()


def test_pictures_of_one_larger_size_become_64x64(tmp_path, photo):
    write(tmp_path / "a" / "x.png", photo)
    train, _, _, notes = read(tmp_path)
    assert train.images.shape == (1, 64, 64, 3)
    assert notes[0].startswith("1 picture of 120x90 pixels become 64x64, cropped to the middle;")


def test_a_size_that_is_asked_for(tmp_path, photo):
    write(tmp_path / "a" / "x.png", photo)
    assert read(tmp_path, image_size="30").train.images.shape == (1, 30, 30, 3)
    train, _, _, notes = read(tmp_path, image_size="30x40")  # Width first.
    assert train.images.shape == (1, 40, 30, 3)
    assert notes == ("1 picture of 120x90 pixels become 30x40, cropped to the middle",)


@pytest.mark.parametrize("size", ["7", "257", "64x7", "64x", "x", "", "1e2", "-9", "64x64x3", 64.0])
def test_a_size_that_is_not_allowed(size):
    with pytest.raises(ParameterError, match="`image_size` must be a side from 8 to 256, as 64"):
        ReadOptions(image_size=size)


@pytest.mark.parametrize("background", ["", "blue", "#12345", "ff8800", "#gggggg", None])
def test_a_background_that_is_not_allowed(background):
    with pytest.raises(ParameterError, match="`background` must be black, gray, white or a color"):
        ReadOptions(background=background)


def test_pad_shows_the_background_in_its_color(tmp_path, photo):
    write(tmp_path / "a" / "x.png", photo)
    image = read(tmp_path, fit="pad", background="#ff8800").train.images[0]
    assert (image[:8] == (255, 136, 0)).all() and (image[-8:] == (255, 136, 0)).all()
    assert not (image[9:-9] == (255, 136, 0)).all(axis=-1).any()
    gray = photo[..., 0]
    write(tmp_path / "a" / "x.png", gray)
    assert read(tmp_path, fit="pad").train.images.shape == (1, 64, 64, 1)
    colored = read(tmp_path, fit="pad", background="#ff8800").train.images
    assert colored.shape == (1, 64, 64, 3) and (colored[0, 0] == (255, 136, 0)).all()


def test_fit_none_reads_what_acwgan_0_1_read(tmp_path, photo):
    exif = Image.Exif()
    exif[0x0112] = 3
    write(tmp_path / "a" / "x.png", photo, exif=exif)
    train, _, _, notes = read(tmp_path, fit="none")
    assert np.array_equal(train.images[0], photo) and notes == ()
    gray = np.repeat(photo[..., :1], 3, axis=-1)
    write(tmp_path / "a" / "x.png", gray)
    assert np.array_equal(read(tmp_path, fit="none").train.images[0], gray)
    write(tmp_path / "a" / "y.png", photo[:20, :30])
    with pytest.raises(DataError, match=r"a/y\.png: is 30x20, but a/x\.png is 120x90; pass `fit=c"):
        read(tmp_path, fit="none")


def test_fit_none_decodes_jpeg_files_as_tensorflow_does(tmp_path, photo):
    import tensorflow as tf

    write(tmp_path / "a" / "x.jpg", photo, quality=60)
    expected = tf.io.decode_image((tmp_path / "a" / "x.jpg").read_bytes(), channels=3).numpy()
    assert np.array_equal(read(tmp_path, fit="none").train.images[0], expected)
    (tmp_path / "a" / "x.jpg").write_bytes((tmp_path / "a" / "x.jpg").read_bytes()[:-400])
    with pytest.raises(DataError, match=r"a/x\.jpg \(image file is truncated"):
        read(tmp_path, fit="none")


def test_gray_pictures_stored_in_color_have_one_channel_and_it_is_said(tmp_path, digits):
    for number, digit in enumerate(digits[:3]):
        write(tmp_path / "a" / f"{number}.png", np.repeat(digit[..., None], 3, axis=-1))
    train, _, _, notes = read(tmp_path)
    assert np.array_equal(train.images[..., 0], digits[:3]) and train.images.shape[3] == 1
    assert notes == (
        "all pictures are gray, though stored in color: the images have one channel; "
        "`color_mode=color` keeps three",
    )
    assert read(tmp_path, color_mode="color").train.images.shape == (3, 28, 28, 3)


@pytest.mark.parametrize("kind", ["jpg", "webp", "gif", "bmp", "tiff"])
def test_gray_is_recognized_in_every_format(tmp_path, digits, kind):
    for number, digit in enumerate(digits):
        options = {"quality": 20} if kind in ("jpg", "webp") else {}
        write(tmp_path / "a" / f"{number}.{kind}", Image.fromarray(digit).convert("RGB"), **options)
    assert read(tmp_path).train.images.shape == (8, 28, 28, 1)


def test_a_faint_color_of_one_picture_is_never_dropped(tmp_path, digits):
    for number, digit in enumerate(digits[:3]):
        write(tmp_path / "a" / f"{number}.png", np.repeat(digit[..., None], 3, axis=-1))
    tinted = np.repeat(digits[0][..., None], 3, axis=-1)
    tinted[..., 2] = tinted[..., 2] * 0.98
    write(tmp_path / "a" / "9.png", tinted)
    train, _, _, notes = read(tmp_path)
    assert np.array_equal(train.images[3], tinted) and notes == ()
    gray = read(tmp_path, color_mode="gray").train.images
    assert gray.shape == (4, 28, 28, 1) and np.array_equal(gray[0, ..., 0], digits[0])


def test_transparent_pixels_show_the_background(tmp_path, digits):
    image = Image.fromarray(np.repeat(digits[0][..., None], 3, axis=-1))
    image.putalpha(Image.fromarray(digits[0]))
    write(tmp_path / "a" / "x.png", image)
    assert read(tmp_path).train.images[0, 0, 0] == [0]
    assert read(tmp_path, background="white").train.images[0, 0, 0] == [255]
    assert read(tmp_path, background="#ff8800").train.images[0, 0, 0].tolist() == [255, 136, 0]


def test_16_bit_pictures_are_scaled_and_those_of_fewer_bits_refused(tmp_path, digits):
    deep = digits.astype(np.uint16)
    write(tmp_path / "a" / "x.png", deep[0] * 257)
    assert np.array_equal(read(tmp_path).train.images[0, ..., 0], digits[0])
    write(tmp_path / "a" / "x.png", deep[0] * 16)  # 12 bits.
    with pytest.raises(
        DataError, match=r"the highest value of 1 picture .* such as a/x\.png, is 4080, so that"
    ):
        read(tmp_path)
    write(tmp_path / "a" / "y.png", deep[1] * 257)  # The other may well be dark.
    assert read(tmp_path).train.images.shape == (2, 28, 28, 1)


def test_all_bad_files_are_listed_the_first_20_by_name(tmp_path, digits):
    for number, digit in enumerate(digits[:2]):
        write(tmp_path / "a" / f"good{number}.png", digit)
    whole = (tmp_path / "a" / "good0.png").read_bytes()
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "good.png", digits[2])
    (tmp_path / "b" / "cut.png").write_bytes(whole[:-60])
    with pytest.raises(
        DataError,
        match=r": 1 file cannot be read as pictures; .*: b/cut\.png \(image file is",
    ):
        read(tmp_path)
    for number in range(24):
        (tmp_path / "a" / f"x{number:02}.tiff").write_bytes(b"text")
    with pytest.raises(DataError) as error:
        read(tmp_path)
    text = str(error.value)
    assert ": 25 files cannot be read as pictures; remove them, or pass `skip_bad=True`" in text
    assert "a/x00.tiff (no picture)" in text and "x19" in text and "x20" not in text
    assert text.endswith(" and 5 more.")
    train, _, names, notes = read(tmp_path, skip_bad=True)
    assert names == ["a", "b"] and train.labels.tolist() == [0, 0, 1]
    assert np.array_equal(train.images[..., 0], digits[:3])
    assert notes[0].startswith("left out 25 files that cannot be read: a/x00.tiff, a/x01.tiff")
    assert notes[0].endswith(" and 5 more")


def test_pictures_that_stand_twice_are_said(tmp_path, digits):
    for name, n in [("train/a/1", 0), ("train/a/2", 1), ("train/b/1", 2), ("train/b/copy", 1)]:
        write(tmp_path / f"{name}.png", Image.fromarray(digits[n]))
    for name, n in [("test/a/1", 3), ("test/a/2", 0)]:
        write(tmp_path / f"{name}.png", Image.fromarray(digits[n]))
    notes = read(tmp_path).notes
    assert notes[-2] == "2 training images stand in more than one class, pixel for pixel"
    assert notes[-1].startswith("1 test image also among the training images, pixel for pixel")


def test_a_picture_of_a_kind_that_is_not_read_is_named_with_the_way_out(tmp_path, digits):
    write(tmp_path / "a" / "1.png", Image.fromarray(digits[0]))
    (tmp_path / "a" / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(
        DataError, match=r"IMG_1\.HEIC \(heic is not read; save it as PNG or JPEG\)"
    ):
        read(tmp_path)


def test_nothing_but_bad_files_is_refused_all_the_same(tmp_path, digits):
    write(tmp_path / "a" / "x.png", digits[0])
    path = tmp_path / "a" / "x.png"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DataError, match="1 file cannot be read"):
        read(tmp_path, skip_bad=True)


def test_a_class_of_nothing_but_bad_files_is_refused(tmp_path, digits):
    write(tmp_path / "a" / "x.png", digits[0])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.png").write_bytes(b"text")
    with pytest.raises(DataError, match="no picture of the class 'b' can be read"):
        read(tmp_path, skip_bad=True)


def test_large_photographs_become_small_without_a_jagged_edge(tmp_path):
    # Pillow unpacks a JPEG file at a fraction of its size; the result is that of the whole.
    across, down = np.meshgrid(np.arange(2048), np.arange(1536))
    big = np.stack([across // 8, down // 6, (across + down) // 15], -1).astype(np.uint8)
    write(tmp_path / "a" / "x.jpg", big, quality=95)
    image = read(tmp_path).train.images[0]
    whole = Image.open(tmp_path / "a" / "x.jpg").crop((256, 0, 1792, 1536))
    expected = np.asarray(whole.resize((64, 64), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(image - expected).max() <= 4


def test_progress_counts_the_pictures(tmp_path, digits):
    from acwgan.datasets.loading import load

    for number, digit in enumerate(digits):
        write(tmp_path / "a" / f"{number}.png", digit)
    seen = []
    load(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 8) for done in range(1, 9)]


def test_memory_is_checked_before_pixels_are_read(tmp_path, digits, monkeypatch):
    for number, digit in enumerate(digits):
        write(tmp_path / "data" / "a" / f"{number}.png", digit)
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  16 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    assert len(read(tmp_path / "data").train.images) == 8  # 6,272 bytes; 6,272 for a picture.
    with pytest.raises(DataError, match=r"data: its header asks for"):
        read(tmp_path / "data", image_size="40")


def test_the_test_share_is_of_every_class_and_always_the_same(tmp_path, digits):
    from acwgan.datasets.loading import load

    for number in range(20):
        write(
            tmp_path / "ab"[number % 2] / f"{number}.png", digits[number % 8] // (1 + number // 8)
        )
    data = load(tmp_path, ReadOptions(test_share=0.2))
    assert np.bincount(data.train_labels).tolist() == [8, 8]
    assert np.bincount(data.test_labels).tolist() == [2, 2]
    assert data.notes == ("4 of 20 images are the test images (`test_share`)",)
    again = load(tmp_path, ReadOptions(test_share=0.2))
    assert np.array_equal(again.test_images, data.test_images)
    write(tmp_path / "split" / "train" / "a" / "x.png", digits[0])
    write(tmp_path / "split" / "test" / "a" / "x.png", digits[0])
    with pytest.raises(ParameterError, match="`test_share` must be 0, the data has 1 test images"):
        load(tmp_path / "split", ReadOptions(test_share=0.2))


def test_arrays_get_another_size_and_other_channels_as_pictures_do(tmp_path, photo):
    from acwgan.datasets.loading import load

    np.savez(tmp_path / "a.npz", x=photo[None], y=[0])
    write(tmp_path / "photos" / "0" / "x.png", photo)
    for options in (
        ReadOptions(image_size="40"),
        ReadOptions(image_size="30x20", fit="pad", background="#ff8800"),
        ReadOptions(image_size="16", fit="stretch", color_mode="gray"),
        ReadOptions(image_size="40x30", transpose=True),
    ):
        arrays, pictures = load(tmp_path / "a.npz", options), load(tmp_path / "photos", options)
        assert np.array_equal(arrays.train_images, pictures.train_images)
        assert arrays.notes[0].startswith("images of 120x90 pixels become ")
    mnist = load("mnist", ReadOptions(image_size="32", color_mode="color"))
    assert mnist.test_images.shape == (10_000, 32, 32, 3)
    assert mnist.notes[1] == "gray images get 3 channels"
    assert load("mnist", ReadOptions(image_size="28", fit="pad")).notes == ()
    assert load(tmp_path / "a.npz").train_images.shape == (1, 90, 120, 3)
