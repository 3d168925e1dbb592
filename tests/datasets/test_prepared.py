"""Large folders of pictures, which are prepared once."""

import json
import os
import shutil

import numpy as np
import pytest
from at_once import prepare, three_at_once
from PIL import Image

from acwgan.datasets import prepared
from acwgan.datasets.digest import content_digest
from acwgan.datasets.loading import load
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.errors import DataError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """24 pictures in color of two classes; images of more than 1000 bytes count as large."""
    monkeypatch.setattr(prepared, "SMALL", 1000)
    random = np.random.default_rng(0)
    for number in range(24):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8)).save(path)
    return tmp_path / "photos"


def same(one, other):
    return content_digest(*one[:4]) == content_digest(*other[:4]) and one[4] == other[4]


OPTIONS = [
    NEUTRAL,
    ReadOptions(test_share=0.25, image_size="9x8", transpose=True),
    ReadOptions(color_mode="gray", fit="pad", image_size="20"),
]


@pytest.mark.parametrize("options", OPTIONS)
def test_prepared_data_is_the_same_as_in_memory_and_stays_on_the_disk(folder, tmp_path, options):
    whole = load(folder, options)
    first, again = (load(folder, options, cache=tmp_path / "cache") for _ in range(2))
    assert same(first, whole) and same(again, whole)
    assert isinstance(again.train_images, np.memmap) and again.train_images.flags.c_contiguous
    place = next((tmp_path / "cache").iterdir())
    assert first.notes == (
        *whole.notes,
        f"the images stay on the disk, in {place}",
        first.notes[-1],
    )
    assert first.notes[-1] == f"prepared once: {place}"
    assert again.notes == first.notes[:-1]


def test_pictures_are_not_read_again_unless_something_changes(folder, tmp_path):
    def changed(options=NEUTRAL):
        """Whether the pictures were read, and what was said of it."""
        seen = []
        data = load(folder, options, lambda done, total: seen.append(done), cache)
        return bool(seen), data.notes[-1]

    cache = tmp_path / "cache"
    assert changed()[0]
    place = next(cache.iterdir())
    assert changed() == (False, f"the images stay on the disk, in {place}")
    (folder / "cat" / ".DS_Store").write_bytes(b"litter")
    assert not changed()[0]
    os.utime(folder / "cat" / "00.png", (1, 1))
    assert changed() == (True, f"{folder} has changed: prepared anew: {place}")
    assert not changed()[0]
    shutil.copy(folder / "cat" / "02.png", folder / "dog" / "new.png")
    assert changed()[0] and not changed()[0]
    (folder / "dog" / "new.png").unlink()
    assert changed()[0] and not changed()[0]
    assert changed(ReadOptions(image_size="8"))[0]  # Beside the other.
    assert not changed()[0] and len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("name", ["x_train.npy", "y_train.npy", "prepared.json", "SHA256SUMS"])
def test_a_damaged_file_is_noticed_and_prepared_anew(folder, tmp_path, name):
    whole = load(folder)
    load(folder, cache=tmp_path / "cache")
    path = next((tmp_path / "cache").iterdir()) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    data = load(folder, cache=tmp_path / "cache")
    assert same(data, whole) and "prepared anew" in data.notes[-1]
    path.unlink()
    assert same(load(folder, cache=tmp_path / "cache"), whole) and path.exists()


def test_a_small_folder_leaves_no_trace(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "SMALL", 24 * 12 * 16 * 3)
    data = load(folder, ReadOptions(test_share=0.25), cache=tmp_path / "cache")
    assert not isinstance(data.train_images, np.memmap) and not (tmp_path / "cache").exists()
    assert same(data, load(folder, ReadOptions(test_share=0.25)))


def test_bad_files_and_gray_pictures_stored_in_color(folder, tmp_path):
    for path in folder.rglob("*.png"):
        Image.open(path).convert("L").convert("RGB").save(path)
    (folder / "cat" / "01.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="1 file cannot be read"):
        load(folder, cache=tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache").iterdir()]
    options = ReadOptions(skip_bad=True)
    data = load(folder, options, cache=tmp_path / "cache")
    assert data.train_images.shape == (24, 12, 16, 1) and same(data, load(folder, options))


def test_images_without_labels(folder, tmp_path):
    for path in folder.rglob("*.png"):
        path.rename(folder / path.name)
    for name in ("cat", "dog"):
        (folder / name).rmdir()
    data = load(folder, cache=tmp_path / "cache")
    assert data.class_names == () and same(data, load(folder, cache=tmp_path / "cache"))


def test_a_folder_of_others_is_not_replaced(folder, tmp_path):
    load(folder, cache=tmp_path / "cache")
    place = next((tmp_path / "cache").iterdir())
    (place / "letter.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other things"):
        load(folder, cache=tmp_path / "cache")
    assert (place / "letter.txt").read_text() == "mine"


def test_processes_may_prepare_a_folder_at_once(folder, tmp_path):
    expected = (content_digest(*load(folder)[:4]), True)
    assert three_at_once(prepare, folder, tmp_path / "cache") == [expected] * 3
    (place,) = (tmp_path / "cache").iterdir()
    assert json.loads((place / "prepared.json").read_text())["class_names"] == ["cat", "dog"]


@pytest.mark.parametrize("comes_back", [False, True], ids=["gone", "replaced"])
def test_a_folder_that_is_replaced_while_it_is_read_does_not_count(
    folder, tmp_path, monkeypatch, comes_back
):
    options = ReadOptions(test_share=0.25)
    first = load(folder, options, cache=tmp_path / "cache")
    (place,) = (tmp_path / "cache").iterdir()
    damage = prepared.damage

    def replaced_after(folder):
        monkeypatch.setattr(prepared, "damage", damage)
        found = damage(folder)
        folder.rename(tmp_path / "away")
        if comes_back:  # Without its test images, as if it was looked for them in between.
            ignored = shutil.ignore_patterns("?_test.npy")
            shutil.copytree(tmp_path / "away", folder, ignore=ignored)
        return found

    monkeypatch.setattr(prepared, "damage", replaced_after)
    again = load(folder, options, cache=tmp_path / "cache")
    assert same(again, first) and len(again.test_images)
    assert again.notes[-1] == f"{place} was replaced by another process: prepared anew: {place}"
