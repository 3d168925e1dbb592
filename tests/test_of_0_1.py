"""What acwgan 0.1 wrote opens: a run, its exports. ``of_0_1/README.md`` says how it was made."""

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import acwgan
from acwgan.cli.app import main
from acwgan.generation.critic import load_critic
from acwgan.networks import acwgan as networks
from acwgan.runs.tables import read_csv

OF_0_1 = Path(__file__).parent / "of_0_1"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy in which a user stands, and networks as narrow as those of the run."""
    monkeypatch.setattr(networks, "_DENSE", 8)
    monkeypatch.setattr(networks, "_SMALL", ((2, 2, 2), (2, 2, 2)))
    shutil.copytree(OF_0_1, tmp_path / "of_0_1")
    config = tmp_path / "of_0_1" / "run" / "config.json"
    place = str(tmp_path / "of_0_1" / "data.npz")
    config.write_text(config.read_text().replace("/data/data.npz", place))
    with contextlib.chdir(tmp_path / "of_0_1"):
        yield tmp_path / "of_0_1"


def acwgan_command(line):
    assert main(line.split()) == 0


def drawn(path):
    return np.load(path)["x_train"].astype(int)


@pytest.mark.parametrize("source", ["run", "run/generator.keras", "generator.tflite"])
def test_it_draws_the_same_images(folder, source):
    acwgan_command(f"generate --per-class 2 --checkpoint {source} --seed 3 --out now.npz")
    assert np.abs(drawn("now.npz") - drawn("drawn.npz")).max() <= 1


def test_it_resumes_to_the_same_weights(folder):
    whole = read_csv(folder / "run" / "metrics.csv")
    before = acwgan.load("run").generate("012" * 10, seed=1).astype(int)
    shutil.rmtree(folder / "run" / "checkpoints" / "step-00000006")
    acwgan_command("train --resume --run-dir run")
    rows = read_csv(folder / "run" / "metrics.csv")
    for name, values in whole.items():
        np.testing.assert_allclose(rows[name], values, rtol=1e-3, atol=1e-5, err_msg=name)
    images = acwgan.load("run").generate("012" * 10, seed=1).astype(int)
    assert np.abs(images - before).max() <= 1
    assert (folder / "run" / "checkpoints" / "step-00000006").is_dir()


def test_it_is_judged(folder, capsys):
    data = np.load("data.npz")  # An evaluation needs 100 training images.
    np.savez("twice.npz", **{name: np.concatenate([data[name]] * 2) for name in data})
    acwgan_command("judge --dataset twice.npz --epochs 1 --out judge.tflite")
    acwgan_command("evaluate run --dataset twice.npz --judge judge.tflite --no-cas")
    assert "class accuracy" in capsys.readouterr().out


def test_its_critic_scores_pictures(folder):
    pictures = np.load("data.npz")["x_test"][:5, ..., None]
    of_run, of_file = (load_critic(path)(pictures)[0] for path in ("run", "critic.tflite"))
    np.testing.assert_allclose(of_run, of_file, atol=1e-5)


def test_it_is_shown(folder):
    """The curves of a resumed run go on where those of 0.1 ended."""
    shutil.rmtree(folder / "run" / "checkpoints" / "step-00000006")
    acwgan_command("train --resume --run-dir run")
    events = EventAccumulator("run", size_guidance={"tensors": 0}).Reload()
    assert [event.step for event in events.Tensors("loss/critic")] == [1, 2, 3, 4, 5, 6]
    acwgan_command("plot run --out curves.png")
    acwgan_command("video run --out run.gif")


def test_it_is_exported(folder):
    acwgan_command("export run --out exported")
    source = "exported/generator.tflite"
    acwgan_command(f"generate --per-class 2 --checkpoint {source} --seed 3 --out now.npz")
    assert np.abs(drawn("now.npz") - drawn("drawn.npz")).max() <= 1
