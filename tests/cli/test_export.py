import numpy as np
import pytest
import tensorflow as tf
from command_lines import fails

import acwgan
from acwgan.cli.app import main
from acwgan.generation import critic


def test_the_exported_files_are_the_networks_of_the_run(trained_run, tmp_path, capsys):
    assert main(["export", str(trained_run), "--out", str(tmp_path / "files")]) == 0
    assert "generator.tflite" in capsys.readouterr().out
    ours, run = (acwgan.load(path) for path in (tmp_path / "files/generator.tflite", trained_run))
    one, other = (digits.generate("0123456789", seed=3).astype(int) for digits in (ours, run))
    assert np.abs(one - other).max() <= 1 and other.std() > 0
    critics = [critic.load_critic(p) for p in (tmp_path / "files/critic.tflite", trained_run)]
    (scores, probs), (same_scores, same_probs) = (critic(np.uint8(other)) for critic in critics)
    np.testing.assert_allclose(scores, same_scores, atol=1e-4)
    np.testing.assert_allclose(probs, same_probs, atol=1e-4)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--uint8", "--quantize", "float16"], "generator.tflite"),
        (["--format", "keras", "--uint8"], "generator.keras"),
        (["--format", "savedmodel"], "generator.savedmodel"),
    ],
)
def test_other_formats_stand_where_the_command_says(trained_run, tmp_path, capsys, words, name):
    assert main(["export", str(trained_run), "--out", str(tmp_path), *words]) == 0
    path = tmp_path / name
    assert str(path) in capsys.readouterr().out and path.exists()
    if path.is_file():  # The two that this package reads too.
        digits, run = (acwgan.load(place).generate("0123", seed=3) for place in (path, trained_run))
        assert digits.dtype == np.uint8 and np.abs(digits.astype(int) - run).max() <= 1
    else:
        assert tf.saved_model.contains_saved_model(str(path))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "onyx"], "--format must be one of litert, keras, "),
        (["--quantize", "int4"], "--quantize must be one of float16, int8, "),
        (["--format", "onnx", "--quantize", "int8"], "--quantize needs --format litert"),
    ],
)
def test_wrong_words_are_refused(trained_run, tmp_path, capsys, words, message):
    assert message in fails(capsys, "export", trained_run, "--out", tmp_path, *words)
    assert not list(tmp_path.iterdir())


def test_the_place_of_the_files_is_a_folder(trained_run, tmp_path, capsys):
    said = fails(capsys, "export", trained_run, "--out", tmp_path / "mine.tflite")
    assert f"--out must be a folder, got '{tmp_path}/mine.tflite'; pass '{tmp_path}', where" in said
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main(["export", str(tmp_path)]) == 2
    assert "is not a run folder" in capsys.readouterr().err
