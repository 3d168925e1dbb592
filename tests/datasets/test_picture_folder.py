"""Layouts of pictures and labels, in folders and in zip files."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from acwgan.datasets.loading import load
from acwgan.datasets.named import load_mnist
from acwgan.datasets.picture_folder import read_picture_folder
from acwgan.errors import DataError


@pytest.fixture(scope="module")
def digits():
    """Twelve real digits (12, 28, 28)."""
    return load_mnist().test_images[:12, :, :, 0]


def png(digit):
    file = io.BytesIO()
    Image.fromarray(digit).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(params=["folder", "zip"])
def write(request, tmp_path):
    """Writes files by their names into a folder or a zip file, and gives its path."""

    def write_files(files):
        path = tmp_path / ("data" if request.param == "folder" else "data.zip")
        shutil.rmtree(path, ignore_errors=True)
        files = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
        if request.param == "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
        for name, content in files.items() if request.param == "folder" else ():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return path

    return write_files


def test_class_folders_in_other_folders(write, digits):
    pictures = {f"x/data/{'ab'[n % 2]}/{n:02}.png": png(digit) for n, digit in enumerate(digits)}
    path = write(pictures | {"x/__MACOSX/y": b"litter"})
    data = load(path)
    assert data.class_names == ("a", "b") and len(data.train_images) == 12
    assert np.array_equal(data.train_images[:6, ..., 0], digits[::2])
    assert data.notes[0] == f"reading {path / 'x' / 'data'}"


LABELS = [3, 3, 10, 3, 2, 10, 2, 3, 3, 3, 2, 10]


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("labels.csv", "filename,label\n", "{name},{label}\n"),
        ("labels.csv", "", "{name},{label}\n"),
        ("labels.csv", "Label;File\n", "{label};{name}\n"),
        ("labels.csv", "\ufeffid,breed\r\n", "{stem},{label}\r\n"),
        ("train.csv", "index,image_id,other,class\n", "1,{stem},2,{label}\n"),
        ("anything.csv", "path,target\n", "./images/{name},{label}\n"),
        ("labels.csv", "path,target\n", '"images\\{name}","{label}"\n'),
        ("labels.csv", "path,target\n", "IMAGES/{stem}.PNG,{label}.0\n"),
        ("labels.csv", "path,target\r", "{name},{label}\r"),
    ],
)
def test_a_table_of_file_names_and_labels(write, digits, name, head, row):
    files = {f"images/p{n:02}.png": png(digit) for n, digit in enumerate(digits)}
    rows = [row.format(name=f"p{n:02}.png", stem=f"p{n:02}", label=LABELS[n]) for n in range(12)]
    path = write(files | {name: head + "".join(rows[::-1]), "README.md": "text"})
    data = load(path)
    assert data.class_names == ("2", "3", "10")  # By value.
    names = [int(data.class_names[label]) for label in data.train_labels]
    assert names == LABELS[::-1]
    assert np.array_equal(data.train_images[..., 0], digits[::-1])
    assert data.notes == ("skipped 1 file of systems and tools: README.md",)


def test_a_table_in_utf_16_as_excel_saves_it(write, digits):
    files = {f"{n}.png": png(digit) for n, digit in enumerate(digits[:2])}
    table = "file\tlabel\r\n0.png\tschön\r\n1.png\tb\r\n".encode("utf-16")
    assert load(write(files | {"labels.csv": table})).class_names == ("b", "schön")


def test_a_table_that_does_not_fit_is_named(write, digits):
    files = {f"{n}.png": png(digit) for n, digit in enumerate(digits[:3])}
    rows = "file,label\n0.png,a\n1.png,b\n"
    data = load(write(files | {"labels.csv": rows}))
    assert data.notes == ("left out 1 file that labels.csv does not name",)
    for more, fault in [
        ("9.png,a\n", r"names 1 picture not to be found in \S+: 9\.png; put them there"),
        ("../0.png,a\n", r"names 1 picture not to be found in \S+: \.\./0\.png"),
        ("/etc/passwd,a\n", r"names 1 picture not to be found in \S+: /etc/passwd"),
        ("0.png,b\n", r"names 0\.png more than once"),
        ("2.png\n", "lacks a file name or a label"),
        ("2.png,\n", r"has no label for 2\.png; write one, or remove the row"),
    ]:
        with pytest.raises(DataError, match=rf"labels\.csv: .*{fault}"):
            load(write(files | {"labels.csv": rows + more}))
    with pytest.raises(DataError, match="has the columns a, b, c; call that of the file names"):
        load(write(files | {"labels.csv": "a,b,c\n"}))
    with pytest.raises(DataError, match=r"labels\.csv: is not a text in UTF-8"):
        load(write(files | {"labels.csv": b"file,label\n\xff,a"}))
    twins = {"x/0.png": png(digits[0]), "y/0.png": png(digits[1])}
    with pytest.raises(DataError, match=r"'0\.png' may be .*; write the path of the picture"):
        load(write({**twins, "labels.csv": "file,label\n0.png,a\n"}))


def test_the_dataset_json_of_stylegan(write, digits):
    files = {f"00000/img{n:08}.png": png(digit) for n, digit in enumerate(digits)}
    pairs = [[name, LABELS[n]] for n, name in enumerate(files)]
    data = load(write(files | {"dataset.json": json.dumps({"labels": pairs})}))
    assert data.class_names == ("2", "3", "10") and data.train_labels[:4].tolist() == [1, 1, 2, 1]
    assert np.array_equal(data.train_images[..., 0], digits)
    one_hot = [[name, [int(label == each) for each in (2, 3, 10)]] for name, label in pairs]
    for same in ([[name, float(label)] for name, label in pairs], one_hot):
        again = load(write(files | {"dataset.json": json.dumps({"labels": same})}))
        assert np.array_equal(again.train_labels, data.train_labels)
    for label in ("[0, 0]", "[1, 1]", "[0, 0.5]", "0.5", "true", "[0, 1, 0, 0]"):
        wrong = [*one_hot[:-1], [one_hot[-1][0], json.loads(label)]]
        with pytest.raises(DataError, match=r'dataset\.json: must be JSON with "labels"'):
            load(write(files | {"dataset.json": json.dumps({"labels": wrong})}))
    for wrong in ("[]", "{", '{"labels": [["a"]]}', '{"labels": [["a", null]]}', '{"labels": 3}'):
        with pytest.raises(DataError, match=r'dataset\.json: must be JSON with "labels"'):
            load(write(files | {"dataset.json": wrong}))


def test_a_dataset_json_without_labels(write, digits):
    files = {f"00000/img{n:08}.png": png(digit) for n, digit in enumerate(digits)}
    raw = read_picture_folder(write(files | {"dataset.json": '{"labels": null}'}))
    assert raw.train.labels is None and raw.class_names is None
    assert np.array_equal(raw.train.images[..., 0], digits)


def test_pictures_without_labels(write, digits):
    files = {f"{n:02}.png": png(digit) for n, digit in enumerate(digits)}
    raw = read_picture_folder(write(files | {"Thumbs.db": b"litter"}))
    assert raw.train.labels is None and raw.test is None and raw.class_names is None
    assert np.array_equal(raw.train.images[..., 0], digits)


def test_train_and_test_without_labels(write, digits):
    files = {f"train/{n:02}.png": png(digit) for n, digit in enumerate(digits[:8])}
    files |= {f"test/{n:02}.png": png(digit) for n, digit in enumerate(digits[8:])}
    raw = read_picture_folder(write(files))
    assert raw.train.labels is None and raw.test.labels is None
    assert np.array_equal(raw.train.images[..., 0], digits[:8])
    assert np.array_equal(raw.test.images[..., 0], digits[8:])


def table(images, labels, head="label,pixel0"):
    pixels = images.reshape(len(images), -1)
    names = [head, *(f"pixel{n}" for n in range(1, pixels.shape[1]))]
    rows = [",".join(map(str, [label, *row])) for label, row in zip(labels, pixels, strict=True)]
    return "\n".join([",".join(names), *rows]) + "\n"


def test_a_table_of_pixels_as_of_kaggle(write, digits, tmp_path):
    train, test = table(digits, LABELS), table(digits[:4], LABELS[:4])
    path = write({"train.csv": train, "test.csv": test, "sample_submission.csv": "ImageId,Label\n"})
    data = load(path)
    assert data.class_names == ("2", "3", "10")
    assert np.array_equal(data.train_images[..., 0], digits)
    assert [int(data.class_names[label]) for label in data.train_labels] == LABELS
    assert np.array_equal(data.test_images[..., 0], digits[:4])
    assert data.test_labels.tolist() == data.train_labels[:4].tolist()
    (tmp_path / "one.csv").write_text(train)
    assert np.array_equal(load(tmp_path / "one.csv").train_images, data.train_images)


def test_a_test_table_without_labels_is_not_read_and_it_is_said(write, digits):
    rows = digits.reshape(12, -1)
    names = ",".join(f"pixel{n}" for n in range(784))
    test = "\n".join([names, *(",".join(map(str, row)) for row in rows)])
    data = load(write({"train.csv": table(digits, LABELS), "test.csv": test}))
    assert len(data.test_images) == 0
    assert data.notes == ("test.csv has no labels, and is not read",)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("label,pixel0,pixel1\n1,2,3\n", "has 2 pixels in a row, which is no square"),
        ("label,pixel0\n1,256\n", "must hold rows of pixels from 0 to 255"),
        ("label,pixel0\n1,-1\n", "must hold rows of pixels from 0 to 255"),
        ("label,pixel0\n1,0.5\n", "must hold whole numbers only"),
        ("label,pixel0\n1,2,3\n", "has 2 columns, but 3 in its rows"),
        ("label,pixel0\n", "must hold rows of pixels"),
        ("a,b\n1,2\n", "must have the columns label, pixel0, pixel1"),
        ("", "must have the columns label, pixel0, pixel1"),
    ],
)
def test_a_table_of_pixels_that_is_wrong(tmp_path, content, fault):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError, match=rf"a\.csv: {fault}"):
        load(tmp_path / "a.csv")


def test_a_bad_picture_in_a_zip_file_is_named(write, digits):
    files = {f"{'ab'[n % 2]}/{n}.png": png(digit) for n, digit in enumerate(digits)}
    with pytest.raises(DataError, match=r"1 file cannot be read as pictures; .*: b/99\.png"):
        load(write(files | {"b/99.png": b"text"}))


def test_an_empty_folder_or_zip_file_says_what_must_be_there(write):
    with pytest.raises(DataError, match="holds no picture; there must be one folder for"):
        load(write({"README": "text"}))
