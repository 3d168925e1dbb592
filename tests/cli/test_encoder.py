import shutil
from dataclasses import replace

import numpy as np
import pytest
from command_lines import fails

from acwgan.cli.app import main
from acwgan.encoder.trained import EncoderError, load_encoder
from acwgan.files.bundled import ENCODER
from acwgan.generation.litert import LiteRTModel
from acwgan.runs.file_names import CHECKPOINT_FOLDERS
from acwgan.runs.model_info import info_of
from acwgan.training import train


def encoded(path, images, labels=None):
    model = LiteRTModel(path)
    model.require("encoder")
    labels = {} if labels is None else {"labels": labels}
    (z,) = model(images=images, **labels).values()
    return z


def test_it_trains_the_encoder_of_a_run(trained_run, digits, tmp_path, capsys):
    path = tmp_path / "e.tflite"
    words = ["encoder", trained_run, "--out", path, "--steps", 3, "--seed", 4]
    assert main(list(map(str, words))) == 0
    line, file = capsys.readouterr().out.splitlines()
    assert line.startswith("step 3 of 3: latents ") and file == str(path)
    for term in ("pixels", "features", "classes"):
        assert f", {term} " in line
    images, labels = digits
    z = encoded(path, images.astype(np.float32), labels.astype(np.int32))
    assert z.shape == (8, 64) and z.std(axis=0).max() > 0.01
    assert info_of(path).class_names == tuple("0123456789") and info_of(path).dataset == "mnist"


def test_the_encoder_of_a_run_that_went_on_is_refused(tiny_config, tmp_path):
    config = replace(tiny_config, decay=False)
    run = train(config, tmp_path / "run")
    assert main(["encoder", str(run), "--steps", "1"]) == 0
    assert main(["export", str(run)]) == 0
    assert load_encoder(run).latent_dim == load_encoder(run / "generator.tflite").latent_dim == 64
    train(replace(config, steps=6), run, resume=True)
    fault = r"of step-00000004, and .* of step-00000006; acwgan encoder"
    with pytest.raises(EncoderError, match=fault):
        load_encoder(run)
    for folder in CHECKPOINT_FOLDERS:  # Its generator.keras remains, and is of step 6, too.
        shutil.rmtree(run / folder, ignore_errors=True)
    with pytest.raises(EncoderError, match=fault):
        load_encoder(run)
    assert load_encoder(run / "generator.tflite").latent_dim == 64  # It is of step 4, too.
    # A file of before says nothing, and neither does another program's.
    (run / "encoder.tflite").write_bytes(ENCODER.read_bytes())
    assert load_encoder(run).latent_dim == 64


def test_a_run_of_other_images_without_classes(tiny_config, tmp_path, capsys):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x_train=rng.integers(0, 256, (40, 12, 9, 3), np.uint8))
    config = replace(
        tiny_config, dataset=str(tmp_path / "a.npz"), conditional=False, latent="uniform", steps=1
    )
    run = train(config, tmp_path / "run")
    capsys.readouterr()
    assert main(["encoder", str(run), "--steps", "2"]) == 0
    line, file = capsys.readouterr().out.splitlines()
    assert "features" in line and "classes" not in line
    assert file == str(run / "encoder.tflite")
    z = encoded(run / "encoder.tflite", np.zeros((2, 12, 9, 3), np.float32))
    assert z.shape == (2, 64)


def test_without_a_run_it_is_the_encoder_of_the_package(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["encoder", "--steps", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "encoder.tflite"
    assert encoded("encoder.tflite", np.zeros((1, 28, 28, 1), np.float32), np.int32([7])).any()


@pytest.mark.parametrize(
    "words, line",
    [
        (["nowhere"], "nowhere"),
        (["--steps", "0"], "--steps must be a whole number, 1 or more, got 0"),
        (
            ["--dataset", "small.npz", "--steps", "1"],
            "draws (N, 28, 28) uint8, the data has (N, 8, 8)",
        ),
        (
            ["--dataset", "unlabelled.npz", "--steps", "1"],
            "draws the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, the data has none",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(words, line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("small.npz", x_train=np.zeros((9, 8, 8), "u1"), y_train=np.arange(9) % 3)
    np.savez("unlabelled.npz", x_train=np.zeros((9, 28, 28), "u1"))
    assert line in fails(capsys, "encoder", *words)
    assert not list(tmp_path.glob("*.tflite"))


def test_data_that_was_handed_in_has_to_be_named(tiny_config, tmp_path, capsys):
    images, labels = np.zeros((8, 28, 28, 1), np.uint8), np.arange(8) % 2
    run = train(replace(tiny_config, steps=1), tmp_path / "run", data=(images, labels))
    assert "pass it as --dataset FILE" in fails(capsys, "encoder", run, "--steps", 1)
