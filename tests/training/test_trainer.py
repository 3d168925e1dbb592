"""Real training in real processes: the run folder, stopping, and resuming bit for bit."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from run_files import SMALL, assert_same_run, quality, read_rows, small, steps

import acwgan
from acwgan.config import ConfigError
from acwgan.evaluation.classifier import build_classifier
from acwgan.evaluation.judge import Judge, JudgeError
from acwgan.export.litert import export_classifier
from acwgan.presets import PRESETS
from acwgan.runs import checkpoints
from acwgan.runs.folder import RunFolderError
from acwgan.training.trainer import train


def options(config, run_dir):
    """Arguments of ``acwgan train`` for a small run."""
    settings = [f"--{name.replace('_', '-')}={getattr(config, name)}" for name in SMALL]
    return [*settings, f"--run-dir={run_dir}"]


@pytest.fixture(scope="module")
def bursts(tiny_config):
    """Four generator steps, each after a burst of a hundred critic steps."""
    return replace(tiny_config, schedule="paper", log_every=1)


@pytest.fixture(scope="module")
def undisturbed(bursts, tmp_path_factory):
    return train(bursts, tmp_path_factory.mktemp("runs") / "undisturbed")


def test_a_run_folder_holds_what_the_readme_lists(trained_run):
    names = {path.name.split(".")[0] for path in trained_run.iterdir()}
    tables = {"metrics", "class_embedding", "class_names"}
    others = {"config", "data", "checkpoints", "events", "samples", "generator", "projector_config"}
    assert names == tables | others
    assert [path.name for path in sorted((trained_run / "samples").iterdir())] == [
        "step-00000002.png",
        "step-00000004.png",
    ]
    rows = read_rows(trained_run)
    assert [row["generator_step"] for row in rows] == ["2", "4"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert steps(trained_run, "samples/grid") == [2, 4]


@pytest.mark.long
@pytest.mark.parametrize("preset", ["acwgan", "article"])
def test_a_run_resumed_in_a_new_process_is_the_same_bit_for_bit(
    preset, tiny_config, tmp_path, acwgan_command
):
    often = replace(tiny_config, log_every=1, sample_every=1)  # The last step has them anyway.
    config = small(PRESETS[preset], often)
    at_once = train(config, tmp_path / "at-once")
    parts = tmp_path / "parts"
    # Not a multiple of the interval of the checkpoints.
    first = [*options(replace(often, steps=3), parts), "--no-decay"]
    go_on = ["--resume", "--steps=4", f"--run-dir={parts}"]
    for words in ([f"--preset={preset}", *first], go_on):
        done = acwgan_command("train", *words)
        assert done.returncode == 0, done.stderr
    assert_same_run(at_once, parts)


def test_a_training_is_repeated_bit_for_bit_in_the_same_process(tiny_config, tmp_path):
    """TensorFlow changes the order of sums in some tracings; its rewriting is off."""
    rewriting = []

    def note(*_):
        options = tf.config.optimizer.get_experimental_options()
        rewriting.append(options["arithmetic_optimization"])

    callback = keras.callbacks.LambdaCallback(on_epoch_begin=note, on_epoch_end=note)
    config = small(PRESETS["acwgan"], replace(tiny_config, steps=2, log_every=1))
    first, *others = (
        train(config, tmp_path / f"run-{number}", callbacks=[callback]) for number in range(3)
    )
    for other in others:
        assert_same_run(first, other)
    assert rewriting and not any(rewriting)
    note()
    assert rewriting[-1]


@pytest.mark.parametrize("preset", ["wgan-paper", pytest.param("wgan-gp", marks=pytest.mark.long)])
def test_dropout_and_batch_statistics_resume_bit_for_bit(preset, tiny_config, tmp_path):
    config = replace(small(PRESETS[preset], tiny_config), log_every=1, sample_every=1)
    at_once = train(config, tmp_path / "at-once")
    train(replace(config, steps=3), tmp_path / "parts")
    assert_same_run(at_once, train(config, tmp_path / "parts", resume=True))


@pytest.mark.parametrize("preset", ["wgan", "wgan-mlp", "wgan-dcgan", "wgan-paper-nobn"])
def test_every_other_preset_trains_and_draws(preset, tiny_config, tmp_path):
    config = replace(small(PRESETS[preset], tiny_config), steps=2)
    run_dir = train(config, tmp_path / "run", samples_dir=tmp_path / "samples")
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["step-00000002.png"]
    assert not any("class" in name for name in read_rows(run_dir)[0])
    generator = acwgan.load(run_dir)
    assert generator.classes == () and generator.latent == config.latent
    one, other = generator.generate_count(2)
    assert one.shape == (28, 28) and not np.array_equal(one, other)


@pytest.mark.parametrize("random_streams", [1, 2])
def test_critics_with_batch_normalization_have_the_held_out_estimate_in_old_runs_alone(
    random_streams, tiny_config, tmp_path
):
    config = replace(small(PRESETS["wgan-dcgan"], tiny_config), random_streams=random_streams)
    (row, *_) = read_rows(train(config, tmp_path / "run"))
    assert ("wasserstein_estimate_held_out" in row) == (random_streams == 1)


def test_color_images_of_another_shape_with_their_own_judge(tiny_config, tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 12, 8, 3)).astype(np.uint8)
    names = np.array(["circle", "square", "star"])
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.arange(40) % 3, class_names=names)
    data = str(tmp_path / "a.npz")
    with pytest.raises(JudgeError, match=r"reads .*28.* of 10 classes"):
        config = replace(tiny_config, dataset=data, judge=str(Judge().path))
        train(config, tmp_path / "refused")
    assert not (tmp_path / "refused").exists()

    judge = export_classifier(build_classifier((12, 8, 3), 3), tmp_path / "judge.tflite")
    config = replace(tiny_config, dataset=data, judge=str(judge), evaluate_every=4, decay=False)
    run_dir = train(config, tmp_path / "run")
    assert [row["generator_step"] for row in quality(run_dir)] == ["4"]
    # A run that goes on is judged at its last step, too.
    train(replace(config, steps=6), run_dir, resume=True)
    assert [row["generator_step"] for row in quality(run_dir)] == ["4", "6"]
    best = min(quality(run_dir), key=lambda row: float(row["quality/frechet_distance"]))
    (saved,) = checkpoints.checkpoints(run_dir / "best")
    assert saved.name.endswith(best["generator_step"])
    generator = acwgan.load(run_dir)
    assert generator.classes == ("circle", "square", "star")
    assert generator.generate(["star", "circle"]).shape == (2, 12, 8, 3)
    assert steps(run_dir, "samples/grid") == [2, 4, 6]


@pytest.mark.long
def test_a_signal_within_a_burst_loses_nothing(bursts, undisturbed, tmp_path, acwgan_command):
    stopped = tmp_path / "stopped"
    words = [sys.executable, "-m", "acwgan", "train", *options(bursts, stopped)]
    words.append(f"--networks={bursts.networks}")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (stopped / "metrics.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # Until the first generator step has been made.
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"acwgan train --resume --run-dir {stopped}" in output
    assert 100 <= checkpoints.position(checkpoints.latest(stopped)).critic_steps < 400

    done = acwgan_command("train", "--resume", "--run-dir", stopped)
    assert done.returncode == 0, done.stderr
    assert_same_run(undisturbed, stopped)


def test_the_same_seed_gives_the_same_run_and_another_does_not(tiny_config, trained_run, tmp_path):
    same = train(tiny_config, tmp_path / "same")
    assert_same_run(trained_run, same)
    other = train(replace(tiny_config, seed=1), tmp_path / "other")
    assert (other / "metrics.csv").read_text() != (same / "metrics.csv").read_text()


def test_a_resumed_run_cannot_be_shorter(tiny_config, tmp_path):
    config = replace(tiny_config, steps=2, decay=False)
    train(config, tmp_path / "run")
    with pytest.raises(
        ConfigError, match="`steps` must be 2 or more, the steps that the run has made, got 1"
    ):
        train(replace(config, steps=1), tmp_path / "run", resume=True)
    assert train(config, tmp_path / "run", resume=True) == tmp_path / "run"  # Nothing left to do.


def test_progress_is_reported_up_to_the_end(tiny_config, tmp_path):
    seen = []
    train(tiny_config, tmp_path / "run", report=seen.append)
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and seen[-1].seconds_left == 0
    assert [p.generator_step for p in seen if p.metrics] == [2, 4]
    assert (seen[-1].steps, seen[-1].critic_steps) == (4, 8)


def test_the_saved_generator_draws_what_the_newest_checkpoint_draws(trained_run):
    one = acwgan.load(trained_run).generate("0123456789", seed=1)
    other = acwgan.load(trained_run / "generator.keras").generate("0123456789", seed=1)
    assert np.array_equal(one, other)


def test_the_best_checkpoint_is_kept_and_a_resumed_run_finds_the_same(
    bursts, tmp_path, monkeypatch
):
    monkeypatch.setattr("acwgan.evaluation.quick.JUDGED", 200)
    monkeypatch.setattr("acwgan.training.previews.JUDGED", 200)
    config = replace(bursts, schedule="constant", evaluate_every=1, decay=False)
    whole = train(config, tmp_path / "whole")
    train(replace(config, steps=2), tmp_path / "halves")
    halves = train(config, tmp_path / "halves", resume=True)
    rows = quality(whole)
    distances = [float(row["quality/frechet_distance"]) for row in rows]
    assert [row["generator_step"] for row in rows] == ["1", "2", "3", "4"]
    for run_dir in (whole, halves):
        position = checkpoints.position(checkpoints.best(run_dir))
        assert position.generator_step == 1 + distances.index(min(distances))
        assert position.best == pytest.approx(min(distances), rel=1e-6)
    assert quality(halves) == rows
    assert_same_run(whole, halves)
    one, other = (acwgan.load(run_dir).generate("07", seed=1) for run_dir in (whole, halves))
    assert np.array_equal(one, other)


def test_the_pictures_of_another_run_are_not_mixed_with_its_own(tiny_config, trained_run, tmp_path):
    shutil.copytree(trained_run / "samples", tmp_path / "samples")
    before = sorted(path.name for path in (tmp_path / "samples").iterdir())
    with pytest.raises(RunFolderError, match=r"samples: holds sample pictures of another run"):
        train(tiny_config, tmp_path / "run", samples_dir=tmp_path / "samples")
    assert not (tmp_path / "run").exists()
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == before
