import numpy as np
import pytest
from PIL import Image

from acwgan.datasets.loading import load
from acwgan.errors import ParameterError
from acwgan.generation.image_files import write, write_folders, write_set

LABELS = [3, 1, 4, 3, 1, 4]


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 6, 5), np.uint8)


def test_the_three_formats_hold_the_same_pixels(images, tmp_path):
    strip = np.asarray(Image.open(write(images, LABELS, 3, "png", tmp_path / "a.png")))
    assert strip.shape == (12, 15) and np.array_equal(strip[6:, 5:10], images[4])
    with np.load(write(images, LABELS, 3, "npz", tmp_path / "a.data")) as arrays:
        assert np.array_equal(arrays["x"], images) and arrays["x"].dtype == np.uint8
        assert arrays["y"].tolist() == LABELS
    folder = write(images, LABELS, 3, "pngs", tmp_path / "singles")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{number:05d}-{label}.png" for number, label in enumerate(LABELS)]
    assert np.array_equal(np.asarray(Image.open(folder / names[4])), images[4])


def test_pictures_are_enlarged_pixel_by_pixel(images, tmp_path):
    large = np.asarray(Image.open(write(images, LABELS, 6, "png", tmp_path / "a.png", scale=3)))
    assert large.shape == (18, 90) and np.array_equal(large[1::3, 1::3][:, 25:], images[5])
    folder = write(images, LABELS, 3, "pngs", tmp_path / "b", scale=2)
    with Image.open(folder / "00000-3.png") as picture:
        assert picture.size == (10, 12)


def test_a_set_written_in_portions_is_read_back_whole(images, tmp_path):
    labels = np.array(LABELS)
    for name, cuts in [("a.npz", []), ("b.npz", [1, 3, 5])]:
        write_set(tmp_path / name, labels, np.split(images, cuts))
        with np.load(tmp_path / name, allow_pickle=False) as arrays:
            assert sorted(arrays.files) == ["x_train", "y_train"]
            assert np.array_equal(arrays["x_train"], images)
            assert arrays["y_train"].tolist() == LABELS and arrays["y_train"].dtype == np.uint8
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("classes, dtype", [(256, np.uint8), (257, np.uint16), (300, np.uint16)])
def test_labels_have_the_narrowest_type_that_holds_them(classes, dtype, tmp_path):
    labels = np.arange(classes, dtype=np.int32)
    images = np.zeros((classes, 4, 4), np.uint8)
    write_set(tmp_path / "set.npz", labels, [images])
    write(images, labels, 1, "npz", tmp_path / "images.npz")
    for name, key in [("set.npz", "y_train"), ("images.npz", "y")]:
        with np.load(tmp_path / name) as arrays:
            assert np.array_equal(arrays[key], labels) and arrays[key].dtype == dtype


def test_a_class_has_its_name_in_the_files(images, tmp_path):
    names = ("a", "b", "c", "T-shirt/top", "Ankle boot")
    folder = write(images, LABELS, 3, "pngs", tmp_path / "new" / "a", class_names=names)
    assert sorted(path.name for path in folder.iterdir())[:3] == [
        "00000-T-shirt%2Ftop.png",
        "00001-b.png",
        "00002-Ankle boot.png",
    ]
    with np.load(write(images, LABELS, 3, "npz", tmp_path / "a.npz", class_names=names)) as arrays:
        assert arrays["class_names"].tolist() == list(names)
    write_set(tmp_path / "b.npz", np.array(LABELS), [images], names)
    with np.load(tmp_path / "b.npz", allow_pickle=False) as arrays:
        assert arrays["class_names"].tolist() == list(names)


def test_labels_and_images_must_be_as_many(images, tmp_path):
    for labels in (LABELS[:5], [*LABELS, 0]):
        for file_format in ("npz", "pngs"):
            with pytest.raises(ParameterError, match=f"`labels` must be 6, got {len(labels)}"):
                write(images, labels, 3, file_format, tmp_path / "a")
        with pytest.raises(ParameterError, match=f"`labels` must be 6, got {len(labels)}"):
            write_set(tmp_path / "a.npz", np.array(labels), [images])
    with pytest.raises(ParameterError, match="`portions` must all be like the first"):
        write_set(tmp_path / "a.npz", np.array(LABELS), [images[:3], images[3:, :2]])
    with pytest.raises(
        ParameterError, match="`file_format` must be png, svg, npz, pngs or folders, got 'jpg'"
    ):
        write(images, LABELS, 3, "jpg", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_set_leaves_no_file(error, images, tmp_path):
    def portions():
        yield images[:3]
        raise error

    with pytest.raises(error):
        write_set(tmp_path / "a.npz", np.array(LABELS), portions())
    assert list(tmp_path.iterdir()) == []


def test_class_folders_are_read_again_as_the_same_images(tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (23, 20, 30, 3), np.uint8)
    labels, names = np.arange(23) % 3, ["10", "9", "big dog"]
    write_folders(tmp_path / "a", labels, [images[:9], images[9:]], names)
    data = load(tmp_path / "a")
    assert data.class_names == ("10", "9", "big dog") and data.notes == ()
    order = np.argsort(labels, kind="stable")
    assert np.array_equal(data.train_images, images[order])
    assert np.array_equal(data.train_labels, labels[order])
    write(images[..., 0], None, 1, "folders", tmp_path / "flat")
    flat = load(tmp_path / "flat")
    assert np.array_equal(flat.train_images[..., 0], images[..., 0]) and not flat.class_names


def test_class_folders_are_written_all_or_none(tmp_path):
    def portions():
        yield np.zeros((3, 8, 8), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folders(tmp_path / "x" / "a", np.arange(6) % 2, portions(), ["a", "b"])
    assert list(tmp_path.iterdir()) == []
    images = np.zeros((4, 8, 8), np.uint8)
    with pytest.raises(ParameterError, match="`labels` must be one for each image, got 3"):
        write_folders(tmp_path / "a", np.arange(3), [images], None)
    assert list(tmp_path.iterdir()) == []
