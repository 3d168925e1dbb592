"""Data that is handed to ``train``: arrays as people have them, without a file or a name."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from command_lines import fails
from run_files import assert_same_run, quality, small

import acwgan
from acwgan.config import ConfigError
from acwgan.datasets.loading import Loaded, load
from acwgan.datasets.named import load_mnist
from acwgan.datasets.registry import HANDED_IN
from acwgan.errors import DataError, UserNotice
from acwgan.evaluation.judge import Judge, JudgeError, judge_of
from acwgan.presets import PRESETS
from acwgan.training.trainer import train


@pytest.fixture(scope="module")
def digits():
    """Sixty real digits (60, 28, 28) and their labels."""
    data = load_mnist()
    return data.train_images[:60, :, :, 0], data.train_labels[:60]


@pytest.fixture(scope="module")
def config(tiny_config):
    """Four small steps, judged at each second one, if there is a judge."""
    return replace(
        small(PRESETS["acwgan"], tiny_config),
        networks="mlp",
        evaluate_every=2,
        n_critic=1,
        augmentation="none",
    )


@pytest.fixture(scope="module")
def run_dir(config, digits, tmp_path_factory):
    """A run on handed-in data. Tests must not change it."""
    return train(config, tmp_path_factory.mktemp("runs") / "run", data=digits)


def test_handed_in_data_has_no_bundled_judge(run_dir, config, digits, tmp_path):
    assert config.dataset == "mnist"
    assert acwgan.Run(run_dir).config == replace(config, dataset=HANDED_IN)
    assert not (run_dir / "quality.csv").exists() and not (run_dir / "best").exists()
    with pytest.raises(JudgeError, match=r"handed to acwgan\.train in Python, for which there is"):
        judge_of(run_dir)
    # Not even for a data set that was read from MNIST: what it holds now is not known.
    mnist = load_mnist()
    mnist = mnist._replace(
        train_images=digits[0][..., None],
        train_labels=digits[1],
        test_images=mnist.test_images[:0],
    )
    same = train(config, tmp_path / "same", data=mnist)
    assert_same_run(run_dir, same)
    assert not (same / "quality.csv").exists()


def test_the_judge_that_is_given_judges(config, digits, tmp_path):
    judged = replace(config, judge=str(Judge().path), steps=2)
    run_dir = train(judged, tmp_path / "run", data=digits)
    assert [row["generator_step"] for row in quality(run_dir)] == ["2"]


def test_floats_train_like_bytes_and_are_announced(run_dir, config, digits, tmp_path):
    note = r"^images are float32 from 0 to 1; read as uint8 from 0 to 255\.$"
    with pytest.warns(UserNotice, match=note):
        floats = train(config, tmp_path / "run", data=(np.float32(digits[0]) / 255, digits[1]))
    assert_same_run(run_dir, floats)
    with pytest.raises(DataError, match=r"`data`: x: holds float32 from 0 to 0\.25"):
        train(config, tmp_path / "dark", data=(np.float32(digits[0]) / 1020, digits[1]))
    assert not (tmp_path / "dark").exists()


def test_a_resumed_run_is_the_same_bit_for_bit(run_dir, config, digits, tmp_path):
    part = train(replace(config, steps=2), tmp_path / "run", data=digits)
    assert_same_run(run_dir, train(config, part, data=digits, resume=True))


def test_a_run_of_before_has_the_name_in_its_config_and_is_resumed(
    run_dir, config, digits, tmp_path
):
    part = train(replace(config, steps=2), tmp_path / "run", data=digits)
    (part / "config.json").write_text(replace(config, steps=2).to_json())
    facts = json.loads((part / "data.json").read_text())
    (part / "data.json").write_text(json.dumps(facts | {"digest": None}))
    (part / "best").mkdir()  # The judge of MNIST chose it.
    with pytest.warns(UserNotice) as told:
        train(config, part, data=digits, resume=True)
    assert any("best: was chosen by a judge" in str(each.message) for each in told)
    assert_same_run(run_dir, part)
    assert acwgan.Run(part).config.dataset == HANDED_IN


def test_the_command_line_says_what_is_missing(run_dir, config, capsys):
    line = fails(capsys, "train", "--resume", "--run-dir", run_dir)
    assert "trained on data that was handed to acwgan.train in Python" in line
    assert "hand in the same data there again, or save it as an .npz file and pass --data" in line
    line = fails(capsys, "evaluate", run_dir)
    assert (
        "acwgan judge --dataset FILE --out judge.tflite; then pass --dataset FILE and --j" in line
    )
    line = fails(capsys, "evaluate", run_dir, "--judge", Judge().path)
    assert "pass --dataset FILE" in line
    with pytest.raises(DataError, match="hand in the same data there again"):
        train(acwgan.Run(run_dir).config, run_dir, resume=True)


@pytest.mark.long
def test_300_classes_keep_their_labels_in_a_generated_set(tiny_config, tmp_path, acwgan_command):
    images = np.random.default_rng(0).integers(0, 256, (600, 8, 8), np.uint8)
    labels = np.arange(600, dtype=np.uint16) // 2
    run_dir = train(
        replace(tiny_config, steps=1, augmentation="none"), tmp_path / "run", data=(images, labels)
    )
    out = tmp_path / "set.npz"
    done = acwgan_command(
        "generate", "--per-class", 2, "--checkpoint", run_dir / "generator.keras", "--out", out
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as arrays:
        assert arrays["y_train"].dtype == np.uint16
        assert np.array_equal(np.bincount(arrays["y_train"]), [2] * 300)


def test_images_without_labels_are_for_networks_without_classes(tiny_config, digits, tmp_path):
    fault = "`conditional` must not be True for images without labels; pass `conditional=False`"
    with pytest.raises(ConfigError, match=f"^{re.escape(fault)}"):
        train(tiny_config, tmp_path / "run", data=digits[0])
    unconditional = replace(tiny_config, conditional=False, steps=2, augmentation="none")
    run_dir = train(unconditional, tmp_path / "run", data=digits[0])
    assert json.loads((run_dir / "data.json").read_text())["class_names"] == []
    assert acwgan.load(run_dir).classes == ()
    labelled = train(unconditional, tmp_path / "labelled", data=digits)
    assert_same_run(run_dir, labelled)


FORMS = {
    # As scikit-learn's fetch_openml gives MNIST.
    "openml": lambda x, y: (x.reshape(-1, 784) * 1.0, y.astype(str).astype(object)),
    "emnist": lambda x, y: (x.swapaxes(1, 2), y + 1),
    "torch": lambda x, y: (np.repeat(x[:, None], 3, axis=1) / 127.5 - 1, np.eye(10)[y]),
}


@pytest.mark.parametrize("name", FORMS)
def test_arrays_as_people_have_them_train_alike_from_memory_and_from_a_file(
    name, config, digits, tmp_path
):
    x, y = FORMS[name](*digits)
    config = replace(config, steps=2, transpose=name == "emnist")
    with pytest.warns(UserNotice, match="; read as "):
        run_dir = train(config, tmp_path / "memory", data=(x, y))
    np.savez(tmp_path / "a.npz", x=x, y=y.astype(str) if y.dtype == object else y)
    with pytest.warns(UserNotice, match="; read as "):
        from_file = train(replace(config, dataset=str(tmp_path / "a.npz")), tmp_path / "file")
    assert_same_run(run_dir, from_file)
    first = int(name == "emnist")
    assert acwgan.load(run_dir).classes == tuple(map(str, range(first, first + 10)))


@pytest.mark.long
def test_arrays_get_the_size_that_is_asked_for_and_no_judge_of_another(config, digits, tmp_path):
    larger = replace(config, image_size=32, color_mode="color")
    with pytest.warns(UserNotice) as notices:
        train(larger, tmp_path / "run", data=digits)
    said = [str(notice.message) for notice in notices]
    assert "images of 28x28 pixels become 32x32, cropped to the middle." in said
    assert acwgan.load(tmp_path / "run").generate_count(2).shape == (2, 32, 32, 3)
    named = replace(larger, dataset="mnist")
    with pytest.warns(UserNotice, match="The judge in the package reads images of another size"):
        train(named, tmp_path / "named", data=Loaded(load("mnist", named.read_options)))
    assert not (tmp_path / "named" / "quality.csv").exists()
