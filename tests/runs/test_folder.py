import json
import os
import signal
from dataclasses import replace

import pytest

from acwgan.config import Config
from acwgan.errors import UserError
from acwgan.runs.folder import (
    DataSpec,
    RunFacts,
    RunFolderError,
    check,
    prepare,
    read_config,
    read_data_spec,
    run_of,
    with_its_networks,
)

DIGITS = DataSpec((28, 28, 1), tuple("0123456789"), 60_000)


def start(run_dir, config=None, data_spec=DIGITS, resume=False, overwrite=False):
    config, how = config or Config(), {"resume": resume, "overwrite": overwrite}
    check(run_dir, config, data_spec, **how)
    prepare(run_dir, config, data_spec, **how)
    return run_dir


def test_a_new_run_writes_its_config_and_its_data_spec(tmp_path):
    data_spec = DataSpec((32, 36, 3), ("blå", "rød"), 7)
    run_dir = start(tmp_path / "deep" / "run", Config(seed=4), data_spec)
    assert read_config(run_dir) == Config(seed=4)
    assert read_data_spec(run_dir) == data_spec
    assert sorted(path.name for path in run_dir.iterdir()) == ["config.json", "data.json"]


def test_a_file_in_a_run_folder_belongs_to_the_run(tmp_path):
    run_dir = start(tmp_path / "run", Config(seed=4))
    for path in (run_dir, run_dir / "generator.tflite", str(run_dir)):
        assert run_of(path) == RunFacts(Config(seed=4), DIGITS)
    (run_dir / "data.json").write_text("[]")
    assert run_of(run_dir) == RunFacts(Config(seed=4), None)
    for path in (None, tmp_path, tmp_path / "elsewhere.tflite"):
        assert run_of(path) == RunFacts(None, None)


def test_resume_with_other_data_is_refused(tmp_path):
    start(tmp_path)
    with pytest.raises(
        RunFolderError, match=r"cannot be resumed with other data: .*images=7.*60000"
    ):
        start(tmp_path, data_spec=DIGITS._replace(images=7), resume=True)
    assert read_data_spec(tmp_path) == DIGITS


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"image_shape": [1], "x": 1, "y": 2, "z": 3}'])
def test_a_damaged_data_json_is_named(tmp_path, text):
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(RunFolderError, match=r"data\.json: cannot be read"):
        read_data_spec(tmp_path)


def test_a_run_is_not_trained_over(tmp_path):
    start(tmp_path / "run")
    with pytest.raises(RunFolderError, match="holds a run; go on with `resume=True`"):
        start(tmp_path / "run")


def test_a_run_that_another_process_has_begun_meanwhile_is_not_trained_over(tmp_path):
    how = {"resume": False, "overwrite": False}
    check(tmp_path, Config(), DIGITS, **how)
    start(tmp_path, Config(seed=1))
    with pytest.raises(RunFolderError, match="holds a run"):
        prepare(tmp_path, Config(), DIGITS, **how)
    assert read_config(tmp_path).seed == 1


def test_overwrite_removes_the_run_and_nothing_else(tmp_path):
    run_dir = start(tmp_path / "run")
    (run_dir / "checkpoints" / "step-00000001").mkdir(parents=True)
    (run_dir / "events.out.tfevents.1").touch()
    (run_dir / "metrics.csv").touch()
    (run_dir / "my-notes.txt").touch()
    start(run_dir, overwrite=True)
    assert sorted(path.name for path in run_dir.iterdir()) == [
        "config.json",
        "data.json",
        "my-notes.txt",
    ]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_no_run_is_left_alone(tmp_path, overwrite):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunFolderError, match="is not a run folder"):
        start(tmp_path, overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="is a file; choose another `run_dir`"):
        start(tmp_path / "file")


def test_a_resumed_run_keeps_the_version_of_its_networks(tmp_path):
    before = Config(networks_version=1)
    start(tmp_path, before)
    check(tmp_path, Config(), DIGITS, resume=True, overwrite=False)
    assert with_its_networks(tmp_path, Config()) == before


def test_a_run_cannot_go_on_with_older_networks(tmp_path):
    start(tmp_path)
    with pytest.raises(RunFolderError, match=r"networks_version 1 \(the run: 2\)"):
        start(tmp_path, with_its_networks(tmp_path, Config(networks_version=1)), resume=True)


def test_resume_with_other_settings_names_them(tmp_path):
    start(tmp_path, Config(seed=1))
    with pytest.raises(
        RunFolderError, match=r"batch_size 9 \(the run: 64\), seed 0 \(the run: 1\)"
    ):
        start(tmp_path, Config(batch_size=9), resume=True)
    assert read_config(tmp_path) == Config(seed=1)


def test_resume_may_change_the_length_where_the_step_sizes_do_not_follow_it(tmp_path):
    config = Config(steps=10, precision="bfloat16", decay=False)
    start(tmp_path, config)
    start(tmp_path, replace(config, steps=20), resume=True)
    assert read_config(tmp_path).steps == 20
    start(tmp_path / "falling", replace(config, decay=True))
    with pytest.raises(RunFolderError, match=r"steps 20 \(the run: 10\)"):
        start(tmp_path / "falling", replace(config, decay=True, steps=20), resume=True)


def test_resume_without_a_run_and_both_flags_are_refused(tmp_path):
    with pytest.raises(RunFolderError, match="is not a run folder"):
        start(tmp_path / "none", resume=True)
    with pytest.raises(RunFolderError, match="exclude each other"):
        start(tmp_path / "none", resume=True, overwrite=True)
    assert not (tmp_path / "none").exists()


def test_a_config_of_another_version_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"steps": 3}')
    with pytest.raises(
        RunFolderError,
        match=r"config\.json: is not of this version, .*`seed` is missing.*give these fields",
    ):
        read_config(tmp_path)


def test_a_run_that_was_killed_before_it_had_a_config_is_begun_again(tmp_path):
    for name in ("training.lock", "data.json", ".partial-config.json"):
        (tmp_path / name).touch()
    assert read_config(start(tmp_path)) == Config()


def test_an_interrupted_removal_can_be_repeated(tmp_path, monkeypatch):
    run_dir = start(tmp_path / "run")
    (run_dir / "checkpoints").mkdir()
    (run_dir / "metrics.csv").touch()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("shutil.rmtree", lambda path: signal.raise_signal(signal.SIGINT))
        start(run_dir, overwrite=True)
    start(run_dir, overwrite=True)
    assert {path.name for path in run_dir.iterdir()} == {"config.json", "data.json"}


@pytest.mark.parametrize("name", ["metrics.csv", "samples", "checkpoints", "events.out.tfevents.1"])
@pytest.mark.parametrize("how", ["resume", "overwrite"])
def test_a_run_does_not_write_through_the_links_of_an_untrusted_folder(tmp_path, name, how):
    run_dir = start(tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (run_dir / name).symlink_to(tmp_path / "mine")
    with pytest.raises(RunFolderError, match=rf"{name}: is a link"):
        start(run_dir, **{how: True})


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
