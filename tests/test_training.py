"""Real training in real processes: what a run folder holds, stopping, and going on exactly."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from test_summaries import quality, read_rows, steps

import acwgan
from acwgan import checkpoint
from acwgan.config import ConfigError
from acwgan.presets import PRESETS
from acwgan.training import train


def state(run_dir):
    """Every array of the newest checkpoint: weights and optimizers."""
    reader = tf.train.load_checkpoint(str(checkpoint.latest(run_dir) / "state"))
    names = reader.get_variable_to_shape_map()
    return {
        name: reader.get_tensor(name) for name in names if name != "_CHECKPOINTABLE_OBJECT_GRAPH"
    }


def assert_same_run(one, other):
    arrays, others = state(one), state(other)
    assert len(arrays) > 20 and arrays.keys() == others.keys()
    for name, array in arrays.items():
        assert np.array_equal(array, others[name]), name
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    for tag in ("loss/critic", "samples/grid"):
        assert steps(one, tag) == steps(other, tag)


#: The settings that make a run small.
SMALL = ("steps", "batch_size", "schedule", "n_critic", "precision")
SMALL += ("log_every", "sample_every", "checkpoint_every")


def options(config, run_dir):
    """The words of ``acwgan train`` for a small run."""
    settings = [f"--{name.replace('_', '-')}={getattr(config, name)}" for name in SMALL]
    return [*settings, f"--run-dir={run_dir}"]


@pytest.fixture(scope="module")
def bursts(tiny_config):
    """Four generator steps, each after a burst of a hundred critic steps."""
    return replace(tiny_config, schedule="paper", log_every=1)


@pytest.fixture(scope="module")
def undisturbed(bursts, tmp_path_factory):
    return train(bursts, tmp_path_factory.mktemp("runs") / "undisturbed")


def test_a_run_folder_holds_what_the_readme_says(trained_run):
    names = {path.name.split(".")[0] for path in trained_run.iterdir()}
    assert names == {"config", "checkpoints", "events", "samples", "metrics", "generator"}
    assert [path.name for path in sorted((trained_run / "samples").iterdir())] == [
        "step-00000002.png",
        "step-00000004.png",
    ]
    rows = read_rows(trained_run)
    assert [row["generator_step"] for row in rows] == ["2", "4"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert steps(trained_run, "samples/grid") == [2, 4]


@pytest.mark.parametrize("preset", PRESETS)
def test_stop_and_go_on_in_a_new_process_is_the_same_run(
    preset, tiny_config, tmp_path, acwgan_command
):
    config = replace(PRESETS[preset], **{name: getattr(tiny_config, name) for name in SMALL})
    at_once = train(config, tmp_path / "at-once")
    parts = tmp_path / "parts"
    first = options(replace(tiny_config, steps=3), parts)  # Not a multiple of the intervals.
    go_on = ["--resume", "--steps=4", f"--run-dir={parts}"]
    for words in ([f"--preset={preset}", *first], go_on):
        done = acwgan_command("train", *words)
        assert done.returncode == 0, done.stderr
    assert_same_run(at_once, parts)


@pytest.mark.parametrize("signum, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_within_a_burst_loses_nothing(
    signum, status, bursts, undisturbed, tmp_path, acwgan_command
):
    stopped = tmp_path / "stopped"
    words = [sys.executable, "-m", "acwgan", "train", *options(bursts, stopped)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (stopped / "metrics.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # Until the first generator step has been made.
    process.send_signal(signum)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == status
    assert f"acwgan train --resume --run-dir {stopped}" in output
    assert 100 <= checkpoint.position(checkpoint.latest(stopped)).critic_steps < 400

    done = acwgan_command("train", "--resume", "--run-dir", stopped)
    assert done.returncode == 0, done.stderr
    assert_same_run(undisturbed, stopped)


def test_the_same_seed_gives_the_same_run_and_another_does_not(tiny_config, trained_run, tmp_path):
    same = train(tiny_config, tmp_path / "same")
    assert_same_run(trained_run, same)
    other = train(replace(tiny_config, seed=1), tmp_path / "other")
    assert (other / "metrics.csv").read_text() != (same / "metrics.csv").read_text()


def test_a_resume_cannot_go_back(tiny_config, tmp_path):
    config = replace(tiny_config, steps=2)
    train(config, tmp_path / "run")
    with pytest.raises(ConfigError, match="1 is not allowed; the run has made 2 already"):
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


def test_the_judge_keeps_the_best_checkpoint_apart_and_a_resume_finds_the_same(
    bursts, tmp_path, monkeypatch
):
    monkeypatch.setattr("acwgan.training._JUDGED", 200)
    config = replace(bursts, schedule="constant", evaluate_every=1)
    whole = train(config, tmp_path / "whole")
    train(replace(config, steps=2), tmp_path / "halves")
    halves = train(config, tmp_path / "halves", resume=True)
    rows = quality(whole)
    distances = [float(row["quality/frechet_distance"]) for row in rows]
    assert [row["generator_step"] for row in rows] == ["1", "2", "3", "4"]
    for run_dir in (whole, halves):
        position = checkpoint.position(checkpoint.best(run_dir))
        assert position.generator_step == 1 + distances.index(min(distances))
        assert position.best == pytest.approx(min(distances), rel=1e-6)
    assert quality(halves) == rows
    assert_same_run(whole, halves)
    one, other = (acwgan.load(run_dir).generate("07", seed=1) for run_dir in (whole, halves))
    assert np.array_equal(one, other)
