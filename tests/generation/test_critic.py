import csv
import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from acwgan.cli.app import main
from acwgan.errors import ParameterError
from acwgan.export.litert import export_critic
from acwgan.files.bundled import CRITIC
from acwgan.files.npz import NpzError
from acwgan.generation.critic import CriticError, load_critic
from acwgan.generation.picture_files import PictureError, read_pictures
from acwgan.images.pixels import to_float
from acwgan.networks import registry
from acwgan.runs import checkpoints, folder, weights
from acwgan.runs.model_info import ModelInfo


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)


def save(path, array, mode=None):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path)
    return path


def png_of_size(width, height):
    """The beginning of a PNG file whose header claims a size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


def test_pictures_keep_their_pixels_and_their_names(pictures, tmp_path):
    np.savez(tmp_path / "b.npz", y=np.arange(3), x=pictures[1:4])
    np.savez_compressed(tmp_path / "c.npz", x_train=pictures[4:6])
    paths = [save(tmp_path / "a.png", pictures[0]), tmp_path / "b.npz", tmp_path / "c.npz"]
    names, images = read_pictures(paths)
    ends = ["a.png", *[f"b.npz[{i}]" for i in range(3)], "c.npz[0]", "c.npz[1]"]
    assert names == [f"{tmp_path}/{end}" for end in ends]
    assert np.array_equal(images[..., 0], pictures[:6]) and images.dtype == np.uint8


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA"])
def test_a_gray_picture_is_taken_in_any_mode(mode, pictures, tmp_path):
    path = save(tmp_path / "a.png", pictures[0], mode)
    assert np.array_equal(read_pictures([path])[1][0, ..., 0], pictures[0])


def test_a_critic_of_color_takes_color_of_its_size(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    path = save(tmp_path / "a.png", image)
    np.savez(tmp_path / "b.npz", x=image[None])
    _, images = read_pictures([path, tmp_path / "b.npz"], (8, 12, 3))
    assert np.array_equal(images, [image, image])
    with pytest.raises(PictureError, match=r"a\.png: is 12x8 in RGB; the critic takes 8x12 color"):
        read_pictures([path], (12, 8, 3))


def test_another_size_or_kind_is_refused_by_name(pictures, tmp_path):
    large = save(tmp_path / "a.png", np.zeros((56, 56, 3), np.uint8))
    with pytest.raises(PictureError, match=r"a\.png: is 56x56 in RGB; the critic takes 28x28 gray"):
        read_pictures([large])
    red = np.zeros((28, 28, 3), np.uint8)
    red[..., 0] = 200
    with pytest.raises(PictureError, match=r"b\.png: is 28x28 in RGB"):
        read_pictures([save(tmp_path / "b.png", red)])
    with pytest.raises(PictureError, match=r"c\.png: is 28x28 in I;16"):
        read_pictures([save(tmp_path / "c.png", pictures[0].astype(np.uint16))])
    save(tmp_path / "d.jpg", pictures[0])
    with pytest.raises(PictureError, match=r"d\.jpg: is not a PNG picture that can be read"):
        read_pictures([tmp_path / "d.jpg"])


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_picture_that_claims_to_be_huge_is_refused_unread(side, tmp_path):
    (tmp_path / "a.png").write_bytes(png_of_size(side, side))
    with pytest.raises(PictureError, match=r"a\.png: is "):
        read_pictures([tmp_path / "a.png"])


def test_a_torn_picture_is_refused_by_name(pictures, tmp_path):
    path = save(tmp_path / "a.png", pictures[0])
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(PictureError, match=r"a\.png: is not a PNG"):
        read_pictures([path])


@pytest.mark.parametrize(
    "arrays, named",
    [
        ({"images": np.zeros((1, 28, 28), np.uint8)}, "holds images; it must hold x or"),
        ({"x": np.zeros((1, 28, 28))}, r"its images must be .*; got float64 from 0 to 0"),
        ({"x": np.zeros((2, 32, 32), np.uint8)}, r"x must be .*, got \(2, 32, 32\) uint8"),
        ({"x": np.zeros((0, 28, 28), np.uint8)}, r"x must be .*, got \(0, 28, 28\) uint8"),
        ({"x": np.array([{}])}, r"x must be .*, got \(1,\) object"),
    ],
)
def test_an_npz_file_of_something_else_is_refused_by_name(arrays, named, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(NpzError, match=rf"a\.npz: {named}"):
        read_pictures([tmp_path / "a.npz"])


@pytest.mark.parametrize("content", [b"", b"none", b"PK\x03\x04 and no more"])
def test_what_is_not_an_npz_file_is_refused_by_name(content, tmp_path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(NpzError, match=r"a\.npz: is not an npz file"):
        read_pictures([tmp_path / "a.npz"])


def test_the_score_of_a_picture_does_not_depend_on_the_others(pictures):
    critic = load_critic()
    scores, class_probs = critic(pictures)
    assert scores.shape == (12,) and np.allclose(class_probs.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(critic(pictures[5:6])[0], scores[5:6])
    assert len(set(scores.tolist())) == 12


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x / np.float32(255),
        lambda x: x / 127.5 - 1,
        lambda x: x.astype(np.float64),
        lambda x: x.astype(np.int64),
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: np.repeat(x[..., None], 3, axis=-1),
        lambda x: x.tolist(),
    ],
)
@pytest.mark.filterwarnings("ignore:.* are taken as floats from:acwgan.errors.UserNotice")
def test_a_picture_has_one_score_in_every_form(form, pictures):
    scores, class_probs = load_critic()(pictures)
    others, other_probs = load_critic()(form(pictures))
    assert np.array_equal(scores, others) and np.array_equal(class_probs, other_probs)


@pytest.mark.parametrize(
    "images, line",
    [
        (np.zeros((5, 14, 56), np.uint8), "must be (N, 28, 28) uint8, got (5, 14, 56) uint8"),
        (np.eye(3, dtype="u1")[np.zeros((5, 28, 28), int)], "got (5, 28, 28, 3) uint8"),
        (np.zeros((2, 28, 28)), "got float64 from 0 to 0; convert them to uint8 first"),
        (np.full((2, 28, 28), np.nan), "got float64 from nan to nan"),
        (np.full((2, 28, 28), 256), "got int64 from 256 to 256"),
    ],
)
def test_images_that_could_mean_two_things_are_refused(images, line):
    with pytest.raises(ParameterError, match=re.escape(line)):
        load_critic()(images)


def test_a_critic_knows_the_names_of_its_classes(trained_run, tmp_path):
    assert load_critic().classes == load_critic(trained_run).classes == tuple("0123456789")
    network = registry.NETWORKS["mlp"].critic((8, 8, 1), 12, seed=1)
    names = tuple(map(str, range(1, 13)))
    path = export_critic(network, tmp_path / "c.tflite", info=ModelInfo(names))
    assert load_critic(path).classes == names


def test_the_table_names_the_class_and_not_its_number(tmp_path, capsys):
    network = registry.NETWORKS["mlp"].critic((8, 8, 1), 12, seed=1)
    names = tuple(map(str, range(1, 13)))
    path = export_critic(network, tmp_path / "c.tflite", info=ModelInfo(names))
    picture = save(tmp_path / "a.png", np.arange(64, dtype=np.uint8).reshape(8, 8))
    assert main(["score", str(picture), "--checkpoint", str(path), "--csv", "-"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    probs = {name: float(row[f"p_{name}"]) for name in names}
    assert row["read_as"] == max(probs, key=probs.get)
    assert main(["score", str(picture), "--checkpoint", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[2] == row["read_as"]


def test_a_run_scores_with_its_critic(pictures, trained_run):
    network = weights.restore_critic(
        checkpoints.latest(trained_run),
        folder.read_config(trained_run),
        folder.read_data_spec(trained_run),
    )
    scores, class_logits = network(to_float(pictures.astype(np.float32))[..., None])
    wanted = scores + np.max(class_logits, axis=1)  # As ones of the class that it reads.
    scores, class_probs = load_critic(trained_run)(pictures)
    assert np.allclose(scores, wanted, atol=1e-5)
    assert np.array_equal(class_probs.argmax(axis=1), np.argmax(class_logits, axis=1))
    assert np.allclose(class_probs.sum(axis=1), 1, atol=1e-5)


def test_what_is_not_a_critic_is_refused_by_name(tmp_path):
    with pytest.raises(CriticError, match="none: does not exist"):
        load_critic(tmp_path / "none")
    for name, takes in [
        ("generator", "(z and class_weights|class_weights and z) and returns images"),
        ("judge", "images and returns "),
    ]:
        with pytest.raises(
            CriticError, match=rf"{name}\.tflite: is not a critic; it takes {takes}"
        ):
            load_critic(CRITIC.with_name(f"{name}.tflite"))


def test_the_table_names_every_picture(pictures, tmp_path, capsys):
    path = save(tmp_path / "a.png", pictures[0])
    assert main(["score", str(path)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:5] == ["name", "score", "read", "as", "probability"]
    scores, class_probs = load_critic()(pictures[:1])
    assert row.split()[:3] == [str(path), f"{scores[0]:.3f}", str(class_probs.argmax())]
    assert len(row) == len(head)


@pytest.mark.parametrize("to_file", [True, False])
def test_csv_holds_all_digits_of_the_numbers(to_file, pictures, tmp_path, capsys):
    np.savez(tmp_path / "a.npz", x=pictures)
    out = tmp_path / "a.csv"
    assert main(["score", str(tmp_path / "a.npz"), "--csv", str(out) if to_file else "-"]) == 0
    text = out.read_text() if to_file else capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(text)))
    scores, class_probs = load_critic()(pictures)
    assert [np.float32(row["score"]) for row in rows] == scores.tolist()
    assert [np.float32(row["p9"]) for row in rows] == class_probs[:, 9].tolist()
    assert [int(row["read_as"]) for row in rows] == class_probs.argmax(axis=1).tolist()
    assert rows[11]["name"].endswith("a.npz[11]")


def test_every_file_is_checked_before_any_is_scored(pictures, tmp_path, capsys):
    good = save(tmp_path / "a.png", pictures[0])
    out = tmp_path / "a.csv"
    assert main(["score", str(good), str(tmp_path / "none.png"), "--csv", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "none.png: No such file" in captured.err
    assert not out.exists()
