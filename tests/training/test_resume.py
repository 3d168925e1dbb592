"""Resumes with other data, another length, no checkpoint; runs from the networks of another."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from run_files import assert_same_run, quality, read_rows, state, steps

from acwgan.cli import app
from acwgan.config import ConfigError
from acwgan.errors import DataError, ParameterError, UserNotice
from acwgan.evaluation import classifier
from acwgan.evaluation.judge import Judge
from acwgan.export.litert import export_classifier
from acwgan.generation.loading import load
from acwgan.presets import PRESETS
from acwgan.runs import checkpoints, weights
from acwgan.runs.folder import RunFolderError, read_config, read_data_spec
from acwgan.runs.lock import Lock, LockError
from acwgan.training import trainer
from acwgan.training.callbacks import PeriodicCallback
from acwgan.training.health import BadNumbersError
from acwgan.training.trainer import train


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Random images of three classes in an ``.npz`` file."""
    path = tmp_path_factory.mktemp("data") / "images.npz"
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (30, 8, 8, 1), np.uint8)
    np.savez(path, x_train=images, y_train=np.arange(30) % 3, class_names=list("abc"))
    return path


@pytest.fixture(scope="module")
def config(data):
    """Four steps of a small network, whose learning rates fall."""
    settings = {"steps": 4, "batch_size": 2, "schedule": "constant", "n_critic": 1}
    settings |= {"log_every": 1, "sample_every": 2, "checkpoint_every": 2, "latent_dim": 4}
    return replace(
        PRESETS["acwgan"],
        dataset=str(data),
        precision="float32",
        networks="mlp",
        augmentation="none",
        gp_every=1,
        ema_decay=None,
        evaluate_every=None,
        **settings,
    )


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    """A finished run. Tests must not change it."""
    return train(config, tmp_path_factory.mktemp("runs") / "finished")


@pytest.fixture
def run_dir(finished, tmp_path):
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "run")


class StopAt(PeriodicCallback):
    def at_step(self, step, logs):
        self.model.stop_training = True


def learning_rates(run_dir):
    """The learning rate of the critic's last update."""
    arrays = state(run_dir).items()
    return [float(rate) for name, rate in arrays if "critic_optimizer/_learning_rate" in name]


# The data.


def test_the_same_data_goes_on_from_another_place_as_another_kind_of_file(
    config, data, finished, tmp_path
):
    run_dir, moved = tmp_path / "run", tmp_path / "moved"
    train(config, run_dir, callbacks=[StopAt(3)])
    moved.mkdir()
    with np.load(data) as arrays:
        for name in ("x_train", "y_train"):
            np.save(moved / f"{name}.npy", arrays[name])
    (moved / "class_names.txt").write_text("a\nb\nc\n")
    assert app.main(["train", "--resume", f"--run-dir={run_dir}", f"--dataset={moved}"]) == 0
    assert_same_run(finished, run_dir)
    assert read_config(run_dir).dataset == str(moved)


def test_data_that_has_moved_is_named_with_the_way_on(config, run_dir, tmp_path, capsys):
    gone = replace(config, dataset=str(tmp_path / "gone.npz"))
    (run_dir / "config.json").write_text(gone.to_json())
    assert app.main(["train", "--resume", f"--run-dir={run_dir}"]) == 2
    said = capsys.readouterr().err
    assert "gone.npz: does not exist" in said and "pass its new place with --dataset" in said
    with pytest.raises(DataError, match="pass its new place with `dataset`"):
        train(gone, run_dir, resume=True)


def test_changed_data_at_the_same_place_is_refused(config, data, run_dir, tmp_path):
    with np.load(data) as arrays:
        arrays = dict(arrays)
    for name in ("x_train", "y_train"):
        changed = {**arrays, name: arrays[name][::-1]}
        np.savez(tmp_path / "changed.npz", **changed)
        before = read_data_spec(run_dir)
        with pytest.raises(RunFolderError, match=r"cannot be resumed with other data: digest="):
            train(replace(config, dataset=str(tmp_path / "changed.npz")), run_dir, resume=True)
        assert read_data_spec(run_dir) == before


@pytest.fixture(scope="module")
def judged_run(config, tmp_path_factory):
    """A folder with a judge, another one, and a run of two steps with the first."""
    folder = tmp_path_factory.mktemp("judged")
    for seed, name in enumerate(["judge.tflite", "other.tflite"]):
        export_classifier(classifier.build_classifier((8, 8, 1), 3, seed), folder / name)
    judge = str(folder / "judge.tflite")
    two = replace(config, evaluate_every=1, judge=judge, steps=2, decay=False)
    train(two, folder / "run")
    return folder


@pytest.mark.long
def test_a_judge_that_has_moved_goes_on_judging(judged_run, tmp_path, capsys):
    shutil.copytree(judged_run / "run", tmp_path / "run")
    words = ["train", "--resume", f"--run-dir={tmp_path / 'run'}", "--steps=3"]
    moved = (judged_run / "judge.tflite").rename(tmp_path / "moved.tflite")
    try:
        assert app.main(words) == 2
        said = capsys.readouterr().err
        assert "judge.tflite: cannot be read" in said and "pass its new place with --judge" in said
        assert app.main([*words, f"--judge={moved}"]) == 0
    finally:
        moved.rename(judged_run / "judge.tflite")
    assert read_config(tmp_path / "run").judge == str(moved)
    assert len(quality(tmp_path / "run")) == 3


def test_another_judge_is_refused_also_at_the_same_place(judged_run, tmp_path):
    run_dir = shutil.copytree(judged_run / "run", tmp_path / "run")
    saved = replace(read_config(run_dir), steps=3)
    other = shutil.copy(judged_run / "other.tflite", tmp_path / "judge.tflite")
    for config in (replace(saved, judge=str(judged_run / "other.tflite")), saved):
        if config == saved:
            saved = config = replace(saved, judge=str(other))
            (run_dir / "config.json").write_text(replace(saved, steps=2).to_json())
        with pytest.raises(RunFolderError, match="cannot be resumed with another judge"):
            train(config, run_dir, resume=True)


# The length.


def test_a_finished_run_goes_on_with_the_rates_of_the_new_length(config, run_dir, tmp_path):
    longer = replace(config, steps=8)
    with pytest.warns(UserNotice, match=r"From step 4 on, .* a run of 8 steps: 50% of the first"):
        train(longer, run_dir, resume=True)
    saved = read_config(run_dir)
    assert (saved.steps, saved.earlier_lengths) == (8, ((4, 4),))
    assert learning_rates(run_dir) == [pytest.approx(config.learning_rates[0] / 8)]
    assert [row["generator_step"] for row in read_rows(run_dir)] == list("12345678")

    # Of the checkpoint before the change the run makes the same once more.
    again = shutil.copytree(run_dir, tmp_path / "again")
    shutil.rmtree(checkpoints.latest(again))
    shutil.rmtree(checkpoints.latest(again))
    assert checkpoints.latest(again).name == "step-00000004"
    train(saved, again, resume=True)
    assert_same_run(run_dir, again)


def test_a_run_falls_back_to_before_the_change_of_its_length_bit_for_bit(config, tmp_path):
    kept, short = replace(config, keep_checkpoints=9), tmp_path / "short"
    train(kept, short)
    with pytest.warns(UserNotice, match="From step 4 on"):
        train(replace(kept, steps=6), short, resume=True)
    again = shutil.copytree(short, tmp_path / "again")
    for step in (4, 6):
        shutil.rmtree(again / "checkpoints" / f"step-{step:08d}")
    train(read_config(short), again, resume=True)
    assert_same_run(short, again)


def test_a_run_can_be_made_shorter_but_not_shorter_than_it_is(config, tmp_path):
    run_dir = tmp_path / "run"
    train(replace(config, steps=8), run_dir, callbacks=[StopAt(3)])
    before = (run_dir / "config.json").read_text()
    with pytest.raises(ConfigError, match="`steps` must be 3 or more, the steps that the run"):
        train(replace(config, steps=2), run_dir, resume=True)
    assert (run_dir / "config.json").read_text() == before
    with pytest.warns(UserNotice, match="a run of 4 steps: 25% of the first ones"):
        train(config, run_dir, resume=True)
    assert read_config(run_dir).earlier_lengths == ((3, 8),)


def test_the_last_step_has_a_row_a_picture_and_a_video(config, tmp_path, capsys):
    rare = replace(config, steps=3, log_every=20, sample_every=50)
    with pytest.warns(
        UserNotice, match=r"has 3 steps; `log_every` 20 and `sample_every` 50 are lowered to that"
    ):
        run_dir = train(rare, tmp_path / "run")
    assert [row["generator_step"] for row in read_rows(run_dir)] == ["3"]
    for tag in ("loss/critic", "samples/grid", "samples/video"):
        assert steps(run_dir, tag) == [3]
    # Where a run stops changes nothing that it learns.
    often = train(replace(config, steps=3, sample_every=1), tmp_path / "often")
    arrays, others = state(run_dir), state(often)
    assert all(np.array_equal(array, others[name]) for name, array in arrays.items())


# Where there is nothing to resume yet, or no longer.


def test_auto_begins_and_goes_on_with_the_same_command(config, data, finished, tmp_path):
    run_dir = tmp_path / "run"
    names = ["steps", "batch_size", "schedule", "n_critic", "log_every", "sample_every"]
    names += ["checkpoint_every", "latent_dim", "networks", "augmentation", "gp_every"]
    words = [f"--{name.replace('_', '-')}={getattr(config, name)}" for name in names]
    words = ["train", "--preset=acwgan", *words, "--ema-decay=none", "--evaluate-every=none"]
    words += ["--precision=float32", f"--dataset={data}", f"--run-dir={run_dir}", "--resume=auto"]
    # A first start that was killed before it had written its config.
    run_dir.mkdir()
    (run_dir / "training.lock").touch()
    (run_dir / ".partial-config.json-0.json").write_text("{")
    assert app.main(words) == 0
    shutil.rmtree(checkpoints.latest(run_dir))
    assert app.main(words) == 0
    assert_same_run(finished, run_dir)


def test_auto_and_overwrite_are_refused(config, tmp_path, capsys):
    with pytest.raises(RunFolderError, match="exclude each other"):
        train(config, tmp_path / "run", resume="auto", overwrite=True)
    assert app.main(["train", "--resume", "auto", "--overwrite"]) == 2
    assert "--resume and --overwrite do not go together" in capsys.readouterr().err


def test_a_run_that_was_copied_without_its_checkpoints_keeps_its_log(config, run_dir):
    shutil.rmtree(run_dir / "checkpoints")
    before = {path.name: path.read_bytes() for path in run_dir.glob("*.*")}
    for resume in (True, "auto"):
        with pytest.raises(RunFolderError, match="checkpoints of the run are missing"):
            train(config, run_dir, resume=resume)
    after = {path.name: path.read_bytes() for path in run_dir.glob("*.*")}
    assert after == before


# From the networks of another run.


def test_a_run_starts_from_the_networks_of_another_also_after_a_kill(config, finished, tmp_path):
    def networks(run_dir):
        _, _, *found = weights.best_networks(
            run_dir, weights.restore_generator, weights.restore_critic
        )
        return [array for network in found for array in network.get_weights()]

    new = replace(config, init=str(finished), seed=5, ema_decay=0.9)
    with pytest.warns(UserNotice, match=r"Starts from .*step-00000004: (\d+) of \1 arrays are"):
        run_dir = train(new, tmp_path / "run", callbacks=[StopAt(1)], devices=2)
    start = run_dir / "checkpoints" / "step-00000000"
    assert start.exists()
    begun = tmp_path / "begun"  # As a kill before the next checkpoint leaves it.
    shutil.copytree(run_dir, begun)
    shutil.rmtree(begun / "checkpoints" / "step-00000001")
    for one, other in zip(networks(begun), networks(finished), strict=True):
        assert np.array_equal(one, other)
    ends = [train(new, path, resume=True, devices=2) for path in (run_dir, begun)]
    assert_same_run(*ends)


def test_what_does_not_fit_other_classes_and_sizes_is_said(config, finished, tmp_path):
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (20, 12, 8, 1), np.uint8)
    np.savez(tmp_path / "other.npz", x_train=images, y_train=np.arange(20) % 5)
    new = replace(config, dataset=str(tmp_path / "other.npz"), init=str(finished), steps=1)
    with pytest.warns(UserNotice) as caught:
        run_dir = train(new, tmp_path / "run")
    (said,) = [str(each.message) for each in caught if "Starts from" in str(each.message)]
    assert "generator/conditioning-1/embeddings (5, 4) instead of (3, 4)" in said
    assert len(said.splitlines()) == 1
    assert load(run_dir).generate_labels([4]).shape == (1, 12, 8)
    with pytest.raises(ParameterError, match="`init` must be a run with networks like those"):
        wgan = {"networks": "dcgan", "gp_weight": None, "clip_value": 0.01, "latent_dim": 7}
        train(replace(new, conditional=False, **wgan), tmp_path / "unlike")


# The best.


@pytest.fixture
def judged(monkeypatch):
    """A judge whose distances are given one after the other."""
    distances = []

    def at_step(callback, step, logs):
        logs["quality/frechet_distance"] = distances[step - 1]

    monkeypatch.setattr("acwgan.training.trainer._judge", lambda *_: Judge())
    monkeypatch.setattr("acwgan.training.callbacks.Quality.at_step", at_step)
    return distances


def best(run_dir):
    return [path.name[-1] for path in checkpoints.checkpoints(run_dir / "best")]


@pytest.mark.long
def test_a_best_that_is_removed_by_hand_is_looked_for_anew(config, tmp_path, judged):
    judged += [5.0, 6.0, 7.0, 8.0]
    run_dir = tmp_path / "run"
    config = replace(config, evaluate_every=1)

    class Remove(PeriodicCallback):
        def at_step(self, step, logs):
            shutil.rmtree(run_dir / "best")

    train(config, run_dir, callbacks=[Remove(2)])  # At steps 2 and 4.
    assert best(run_dir) == []
    other = train(config, tmp_path / "other", callbacks=[StopAt(2)])
    assert best(other) == ["1"]
    shutil.rmtree(other / "best")
    with pytest.warns(UserNotice, match="the best is chosen anew"):
        train(config, other, resume=True)
    assert best(other) == ["3"]


def test_the_best_of_the_part_before_the_rates_were_halved_is_not_kept(
    config, tmp_path, judged, monkeypatch
):
    judged += [5.0, 4.0, 1.0, 6.0]
    failures = ["the numbers are bad"]

    def check(model, logs, rows):
        if failures and int(model.generator_optimizer.iterations.numpy()) == 4:
            judged[2] = 9.0
            raise BadNumbersError(failures.pop())

    monkeypatch.setattr("acwgan.training.training_loop.check_metrics", check)
    config = replace(config, evaluate_every=1)
    with (
        pytest.warns(UserNotice, match="going back to step-00000002"),
        pytest.warns(UserNotice, match="the best is chosen anew"),
    ):
        run_dir = train(config, tmp_path / "run", halve_rates=True)
    # The 1.0 at step 3 was of numbers that then went bad; the 4.0 at step 2 was lost to it.
    assert best(run_dir) == ["4"]
    assert checkpoints.position(checkpoints.best(run_dir)).rates == 0.5


def test_the_generator_is_written_while_the_folder_is_locked(config, tmp_path, monkeypatch):
    save, seen = trainer._save_best_generator, []

    def locked(run_dir):
        with pytest.raises(LockError), Lock(run_dir):
            pass
        seen.append(run_dir)
        save(run_dir)

    monkeypatch.setattr(trainer, "_save_best_generator", locked)
    run_dir = train(replace(config, steps=1), tmp_path / "run")
    assert seen == [run_dir] and (run_dir / "generator.keras").exists()
