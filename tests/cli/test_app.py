import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_lines import fails

import acwgan
from acwgan.cli.app import build_parser, main
from acwgan.cli.options import with_options
from acwgan.networks.registry import NETWORKS
from acwgan.runs import folder


@pytest.mark.parametrize(
    "words, named",
    [
        (["--steps", "0"], "--steps must be a whole number, 1 or more or none, got 0 (see"),
        (["--steps", "many"], "--steps must be a whole number, 1 or more or none, got 'many'"),
        (["--batch-size", "1.5"], "--batch-size must be a whole number, 1 or more, got '1.5'"),
        (["--clip-value", "-1"], "--clip-value must be above 0 or none, got -1"),
        (
            ["--schedule", "daily"],
            "--schedule must be one of constant, paper, article, got 'daily'",
        ),
        (["--preset", "best"], "--preset must be one of acwgan, article, wgan, wgan-mlp, "),
        (
            ["--n-critic", "0", "--seed", "-1"],
            "--n-critic must be a whole number, 1 or more, got 0",
        ),
        (["--no-joint-update"], "--joint-update must be true with a gradient penalty"),
        (["--resume", "--overwrite"], "--resume and --overwrite do not go together"),
        (["--resume"], "is not a run folder"),
        (
            ["--steps", "5", "--n-epoch", "2"],
            "--steps and --epochs and --minutes exclude each other; pass one of them",
        ),
        (["--learning-rate", "0"], "--learning-rate must be above 0, got 0 "),
        (["--n-clip", "0"], "--clip-value must be above 0 or none, got 0 "),
        (["--noise-dim", "0"], "--latent-dim must be a whole number from 1"),
        (["--n-update-dis", "0"], "--n-critic must be a whole number"),
        (
            ["--dataset", "mnits"],
            "mnits: does not exist; give one of mnist, fashion",
        ),
        (["--preset", "wgan-paper", "--gp-weight", "10"], "--gp-weight must be none with networ"),
        (
            ["--devices", "0"],
            "--devices must be a whole number, 1 or more, got 0",
        ),
        (
            ["--workers", "a,b:1", "--index", "0"],
            "--workers must be host:port for each worker, got",
        ),
        (
            ["--workers", "a:1,b:1", "--index", "2"],
            "--index must be from 0 to 1, where 0 is the ch",
        ),
        (["--index", "1"], "--index has no meaning without --workers; pass both or neither"),
        (["--stepz", "3"], "unrecognized arguments: --stepz 3"),
        (["--step", "3"], "unrecognized arguments: --step 3"),
    ],
)
def test_a_bad_option_of_train_is_one_line_and_writes_nothing(words, named, capsys, tmp_path):
    line = fails(capsys, "train", "--run-dir", tmp_path / "run", *words)
    assert named in line
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_other_command_lines_are_understood(tmp_path, acwgan_command):
    words = "--preset wgan-mlp --n-epoch 0.001 --n-clip 0.02 --n-update-dis 2 --noise-dim 9"
    words += " --log-every 1 --learning-rate 0.001 --batch-size 8 --precision float32"
    folders = ["--save-dir", tmp_path / "run", "--samples-dir", tmp_path / "samples"]
    done = acwgan_command("train", *words.split(), "--sample-every", 8, *folders)
    assert done.returncode == 0, done.stderr
    config = folder.read_config(tmp_path / "run")
    # 60,000 / 8 = 7,500 batches an epoch.
    assert (config.steps, config.epochs) == (8, None)
    assert (config.clip_value, config.n_critic, config.latent_dim) == (0.02, 2, 9)
    assert config.critic_learning_rate == config.generator_learning_rate == 0.001
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["step-00000008.png"]
    assert "step 8/8  critic" in done.stdout  # Without classes there is no accuracy to show.
    assert "Try: acwgan generate --count 100 --checkpoint" in done.stdout


def test_the_missing_judge_is_said_aloud(tmp_path, acwgan_command):
    images = np.zeros((6, 9, 9), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.arange(6) % 2)
    words = ["--dataset", "a.npz", "--networks", "mlp", "--steps", 1, "--schedule", "constant"]
    done = acwgan_command("train", *words, "--batch-size", 2, "--run-dir", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "acwgan judge --dataset" in done.stderr.strip().splitlines()[0]
    assert folder.read_data_spec(tmp_path / "run").image_shape == (9, 9, 1)
    assert folder.read_config(tmp_path / "run").dataset == str(tmp_path / "a.npz")
    assert "Try: acwgan generate --classes 0,1 --checkpoint run" in done.stdout


@pytest.mark.parametrize(
    "words, named",
    [
        ([], "acwgan: the following arguments are required: COMMAND (see acwgan --help)"),
        (
            ["paint"],
            "acwgan: COMMAND must be one of train, launch, generate, encode, score, ",
        ),
        (["--print-completion", "tcsh"], "--print-completion must be one of bash, zsh, got 'tcsh'"),
    ],
)
def test_no_command_and_an_unknown_one_are_one_line(words, named, capsys):
    assert named in fails(capsys, *words)


@pytest.mark.parametrize(
    "words",
    ["--n_critic 4 --batch_size=8 --no_decay --run_dir a_b", "--n-critic 4 --run-dir=a_b"],
)
def test_options_are_taken_with_underscores_too(words):
    arguments = build_parser().parse_args(["train", *words.split()])
    assert (arguments.n_critic, str(arguments.run_dir)) == (4, "a_b")
    assert arguments.decay is (False if "decay" in words else None)
    assert arguments.given.keys() == {"n_critic", "run_dir"} | (
        {"batch_size", "decay"} if "decay" in words else set()
    )


def test_what_follows_two_dashes_is_no_option():
    arguments = build_parser().parse_args(["score", "--csv", "a_b", "--", "--my_digit.png"])
    assert arguments.images == [Path("--my_digit.png")]


def test_no_option_is_shown_with_underscores(capsys):
    for command in ([], ["train"], ["generate"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        assert not re.search(r"--\w+_", capsys.readouterr().out)


def test_an_argument_that_has_its_default_is_known_to_be_given():
    parser = build_parser()
    assert parser.parse_args(["generate", "3", "--seed", "0"]).given == {"text": "3", "seed": 0}
    arguments = parser.parse_args(["generate", "3"])
    assert arguments.given == {"text": "3"} and arguments.seed == 0
    assert parser.parse_args(["board"]).given == {}


def test_the_library_s_parameters_are_called_as_in_the_command():
    spelled = build_parser().parse_args(["export", "out/a"]).spelled
    message = with_options("`run_dir` must be new, got None; pass `format='onnx'`", spelled)
    assert message == "RUN must be new, got none; pass --format 'onnx'"


def test_a_run_is_not_trained_over_and_the_way_on_is_named(capsys, trained_run):
    assert "go on with --resume" in fails(capsys, "train", "--run-dir", trained_run)


def test_resume_with_other_settings_is_refused_by_name(capsys, trained_run):
    line = fails(capsys, "train", "--run-dir", trained_run, "--resume", "--seed", "5")
    assert "seed 5 (the run: 0)" in line


def test_every_setting_is_an_option_with_help(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for name in set(acwgan.Config().__dict__) - {"earlier_lengths"}:  # Only a resume sets it.
        assert "--" + name.replace("_", "-") in text


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"acwgan {acwgan.__version__}\n"


def test_a_run_of_other_networks_is_no_list_of_their_arrays(
    trained_run, capsys, monkeypatch, caplog
):
    import tensorflow as tf

    monkeypatch.setitem(NETWORKS, "mlp", NETWORKS["wgan-gp"])
    tf.get_logger().addHandler(caplog.handler)
    assert "cannot be restored" in fails(capsys, "generate", "3", "--checkpoint", trained_run)
    gc.collect()  # With what it could not restore it would go.
    tf.get_logger().removeHandler(caplog.handler)
    assert caplog.messages == []


@pytest.mark.parametrize("command", ["generate", "score"])
def test_output_that_nobody_reads_ends_it_quietly(command, tmp_path):
    digits = tmp_path / "digits.npz"
    assert main(["generate", "20261122", "--out", str(digits)]) == 0
    words = (
        ["score", str(digits)]
        if command == "score"
        else ["generate", "7", f"--out={tmp_path}/7.png"]
    )
    readable, writable = os.pipe()
    os.close(readable)
    with os.fdopen(writable, "wb") as pipe:
        ended = subprocess.run(
            [sys.executable, "-m", "acwgan", *words], stdout=pipe, stderr=subprocess.PIPE, text=True
        )
    assert (ended.returncode, ended.stderr) == (141, "")
