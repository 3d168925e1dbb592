import json
import os

import pytest

from acwgan.config import Config
from acwgan.errors import UserError
from acwgan.runs.folder import (
    DataSpec,
    RunFacts,
    RunFolderError,
    read_config,
    read_data_spec,
    run_of,
)
from acwgan.training.run_folder import prepare

DIGITS = DataSpec((28, 28, 1), tuple("0123456789"), 60_000)


def test_a_file_in_a_run_folder_belongs_to_the_run(tmp_path):
    run_dir = tmp_path / "run"
    prepare(run_dir, Config(seed=4), DIGITS, resume=False, overwrite=False)
    for path in (run_dir, run_dir / "generator.tflite", str(run_dir)):
        assert run_of(path) == RunFacts(Config(seed=4), DIGITS)
    (run_dir / "data.json").write_text("[]")
    assert run_of(run_dir) == RunFacts(Config(seed=4), None)
    for path in (None, tmp_path, tmp_path / "elsewhere.tflite"):
        assert run_of(path) == RunFacts(None, None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"image_shape": [1], "x": 1, "y": 2, "z": 3}'])
def test_a_damaged_data_json_is_named(tmp_path, text):
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(RunFolderError, match=r"data\.json: cannot be read"):
        read_data_spec(tmp_path)


def test_a_config_of_another_version_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"steps": 3}')
    with pytest.raises(
        RunFolderError,
        match=r"config\.json: is not of this version, .*`seed` is missing.*give these fields",
    ):
        read_config(tmp_path)


@pytest.mark.parametrize(
    "facts",
    [
        {"image_shape": [28, 28, 1], "class_names": ["a\x1b[31m"], "images": 1},
        {"image_shape": [28, 28, 1], "class_names": [1, 2], "images": 1},
        {"image_shape": [28, 28, 1], "class_names": 3, "images": 1},
        {"image_shape": [2**40, 28, 1], "class_names": ["a"], "images": 1},
        {"image_shape": [28, -28, 1], "class_names": ["a"], "images": 1},
        {"image_shape": [28, 28, True], "class_names": ["a"], "images": 1},
        {"image_shape": [28, 28, 1], "class_names": ["a"], "images": "many"},
        {"image_shape": [28, 28, 1], "class_names": ["a"], "images": 1, "digest": "12"},
    ],
)
def test_bad_values_in_data_json_are_named(tmp_path, facts):
    (tmp_path / "data.json").write_text(json.dumps(facts))
    with pytest.raises(UserError, match=r"data\.json: "):
        read_data_spec(tmp_path)


def test_a_config_that_is_nested_too_deeply_or_a_pipe_is_named(tmp_path):
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(RunFolderError, match="nested too deeply"):
        read_config(tmp_path)
    (tmp_path / "config.json").unlink()
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(RunFolderError, match="is not a run folder"):
        read_config(tmp_path)
