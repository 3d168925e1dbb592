import json

import numpy as np
import pytest
from command_lines import fails
from PIL import Image

from acwgan.cli.app import build_parser, main
from acwgan.cli.settings import read_options
from acwgan.config import Config
from acwgan.datasets.named import load_mnist
from acwgan.datasets.options import ReadOptions
from acwgan.runs.folder import read_config
from acwgan.training.trainer import train


@pytest.fixture
def photos(tmp_path):
    """Two classes of ten pictures of several sizes, gray but stored in color."""
    for number, digit in enumerate(load_mnist().test_images[:20, :, :, 0]):
        path = tmp_path / "photos" / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        side = 28 + 2 * (number % 3)
        Image.fromarray(digit).convert("RGB").resize((side, side)).save(path, quality=95)
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--gray"], "gray"),
        (["--grey"], "gray"),
        (["--color"], "color"),
        (["--colour"], "color"),
        (["--color-mode", "gray"], "gray"),
        (["--color-mode", "auto"], "auto"),
        ([], "auto"),
    ],
)
@pytest.mark.parametrize("command", ["train", "evaluate", "judge --out x.tflite"])
def test_the_options_of_reading_are_those_of_every_command(command, words, value):
    arguments = build_parser().parse_args([*command.split(), *words])
    assert read_options(arguments.given) == ReadOptions(color_mode=value)
    words = [
        "--image-size",
        "30x40",
        "--fit",
        "pad",
        "--background",
        "white",
        "--skip-bad",
        "--test-share",
        "0.25",
    ]
    arguments = build_parser().parse_args([*command.split(), *words])
    expected = ReadOptions(False, "30x40", "pad", "white", "auto", True, 0.25)
    assert read_options(arguments.given) == expected
    arguments = build_parser().parse_args([*command.split(), "--image-size", "none"])
    assert read_options(arguments.given, expected) == ReadOptions(
        False, None, "pad", "white", "auto", True, 0.25
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--image-size", "5"], "--image-size must be a side from 8 to 256, as 64, or WIDTHxHEI"),
        (["--background", "pink"], "--background must be black, gray, white or a color as #ff88"),
        (["--fit", "zoom"], "--fit must be one of crop, pad, stretch, none, got 'zoom'"),
        (["--test-share", "1"], "--test-share must be 0 or more and below 1, got 1"),
        (["--dataset", "mnist", "--test-share", "0.1"], "--test-share must be 0, the data has"),
    ],
)
def test_a_wrong_value_is_one_line(words, line, capsys, tmp_path):
    assert line in fails(capsys, "train", "--run-dir", tmp_path / "run", *words)
    assert not (tmp_path / "run").exists()


def test_a_run_says_how_it_reads_pictures_and_goes_on_so(photos, tmp_path, capsys):
    run = tmp_path / "run"
    words = [
        "--steps",
        "2",
        "--schedule",
        "constant",
        "--n-critic",
        "1",
        "--batch-size",
        "4",
        "--no-decay",
    ]
    words += ["--dataset", photos, "--run-dir", run, "--image-size", 28, "--test-share", 0.2]
    (photos / "a" / "bad.png").write_bytes(b"no picture")
    line = fails(capsys, "train", *words)
    assert "1 file cannot be read as pictures; remove them, or pass --skip-bad to leave" in line
    assert main(["train", *map(str, words), "--skip-bad"]) == 0
    told = capsys.readouterr().err
    assert "20 pictures of 28x28 to 32x32 pixels become 28x28, cropped to the middle\n" in told
    assert "the images have one channel; --color-mode color keeps three\n" in told
    assert "left out 1 file that cannot be read: a/bad.png\n" in told
    assert "4 of 20 images are the test images (--test-share)\n" in told
    assert read_config(run).read_options == ReadOptions(
        image_size="28", skip_bad=True, test_share=0.2
    )
    assert json.loads((run / "data.json").read_text())["image_shape"] == [28, 28, 1]
    assert main(["train", "--resume", "--steps", "3", "--run-dir", str(run)]) == 0
    assert "become 28x28" in capsys.readouterr().err


@pytest.mark.long
def test_a_run_of_before_is_resumed_with_its_pictures_as_they_are(tmp_path, tiny_config):
    import dataclasses

    digits = load_mnist().test_images[:8, :, :, 0]
    for number, digit in enumerate(digits):
        path = tmp_path / "data" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.repeat(digit[..., None], 3, axis=-1)).save(path)
    config = dataclasses.replace(
        tiny_config, dataset=str(tmp_path / "data"), evaluate_every=None, augmentation="none"
    )
    run = train(dataclasses.replace(config, fit="none", steps=2, decay=False), tmp_path / "run")
    values = json.loads((run / "config.json").read_text())
    for name in dataclasses.asdict(ReadOptions()):
        del values[name]
    (run / "config.json").write_text(json.dumps(values))
    assert json.loads((run / "data.json").read_text())["image_shape"] == [28, 28, 3]
    # Read with the options of today, the images would be gray.
    train(dataclasses.replace(config, steps=3, decay=False), run, resume=True)
    assert Config.from_json((run / "config.json").read_text()).fit == "none"


def test_pictures_without_labels_need_a_recipe_without_classes(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for number, digit in enumerate(load_mnist().test_images[:8, :, :, 0]):
        Image.fromarray(digit).save(tmp_path / "photos" / f"{number}.png")
    words = ["--dataset", tmp_path / "photos", "--run-dir", tmp_path / "run", "--steps", 1]
    words += ["--batch-size", 4, "--schedule", "constant", "--n-critic", 1]
    words += ["--augmentation", "none"]
    assert main(["train", *map(str, words)]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "--conditional must not be true for images without labels; pass --no-conditional" in line
    assert "put the pictures of each class into a folder of its own" in line
    assert not (tmp_path / "run").exists()
    assert main(["train", "--no-conditional", *map(str, words)]) == 0
    assert json.loads((tmp_path / "run" / "data.json").read_text())["images"] == 8
