"""Real training with faults: broken checkpoints, a full disk, a removed folder, bad numbers."""

import os
import shutil
import subprocess
import warnings
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from run_files import assert_same_run, read_events, read_rows, state

import acwgan
from acwgan.cli import app
from acwgan.errors import UserNotice
from acwgan.files.checksums import damage, write_sums
from acwgan.presets import PRESETS
from acwgan.runs import checkpoints
from acwgan.runs.folder import RunFolderError
from acwgan.runs.lock import Lock, LockError
from acwgan.training.build import build_model
from acwgan.training.health import BadNumbersError
from acwgan.training.trainer import train


@pytest.fixture(scope="module")
def config():
    """Six steps of a small network, a checkpoint after each second."""
    settings = {"steps": 6, "batch_size": 4, "schedule": "constant", "n_critic": 1}
    settings |= {"log_every": 1, "sample_every": 6, "checkpoint_every": 2, "epochs": None}
    return replace(PRESETS["wgan-mlp"], precision="float32", evaluate_every=None, **settings)


@pytest.fixture(scope="module")
def undisturbed(config, tmp_path_factory):
    """A finished run. Tests must not change it."""
    return train(config, tmp_path_factory.mktemp("runs") / "undisturbed")


@pytest.fixture
def run_dir(undisturbed, tmp_path):
    """A copy of it."""
    return shutil.copytree(undisturbed, tmp_path / "run")


def at_step(step, action):
    """A report that acts once, when the run reaches a step."""
    left = [action]

    def report(progress):
        if progress.generator_step == step and left:
            left.pop()()

    return report


def names(run_dir):
    return [path.name[-2:] for path in checkpoints.checkpoints(run_dir / "checkpoints")]


# A broken checkpoint.


def break_it(path, how):
    data = path / "state.data-00000-of-00001"
    if how == "flipped byte":
        content = bytearray(data.read_bytes())
        content[len(content) // 2] ^= 1
        data.write_bytes(content)
    elif how == "truncated":
        os.truncate(data, 1000)
    elif how == "deleted shard":
        data.unlink()
    elif how == "no checksums":
        (path / "SHA256SUMS").unlink()


BROKEN = {
    "flipped byte": "state.data-00000-of-00001 differs from its checksum",
    "truncated": "state.data-00000-of-00001 differs from its checksum",
    "deleted shard": "state.data-00000-of-00001 is missing",
    "no checksums": "SHA256SUMS is missing",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_checkpoint_is_named_and_the_one_before_is_used(how, run_dir, capsys):
    newest = checkpoints.latest(run_dir)
    break_it(newest, how)
    line = f"acwgan: {newest}: is damaged ({BROKEN[how]}). {newest.with_name('step-00000004')}"
    words = ["generate", "--count=2", f"--checkpoint={run_dir}", f"--out={run_dir}/a.png"]
    assert app.main(words) == 0
    assert f"{line} is used instead.\n" in capsys.readouterr().err
    assert newest.exists()  # Reading changes nothing.


def test_a_resume_from_an_older_checkpoint_is_the_same_bit_for_bit(config, run_dir, undisturbed):
    newest = checkpoints.latest(run_dir)
    break_it(newest, "flipped byte")
    with pytest.warns(UserNotice, match=r"step-00000006: is damaged .*step-00000004 is used"):
        train(config, run_dir, resume=True)
    assert_same_run(undisturbed, run_dir)
    assert (run_dir / "checkpoints" / "broken-step-00000006").exists()
    assert names(run_dir) == ["02", "04", "06"]


def test_a_checkpoint_of_other_networks_is_skipped_and_kept(config, run_dir):
    newest = checkpoints.latest(run_dir)
    other = train(replace(config, networks="wgan", steps=1), run_dir.parent / "other")
    shutil.rmtree(newest)
    shutil.copytree(checkpoints.latest(other), newest)
    with pytest.warns(UserNotice, match=r"step-00000006: cannot be restored .*04 is used"):
        assert acwgan.load(run_dir).generate_count(1).shape == (1, 28, 28)
    model, restored = build_model(config), []

    def restore(path):
        from acwgan.runs.weights import restore

        restored.append(path.name)
        restore(model, path)

    with pytest.warns(UserNotice):
        assert checkpoints.from_newest(run_dir, restore).generator_step == 4
    assert restored == ["step-00000006", "step-00000004"]
    assert names(run_dir) == ["02", "04"]


def test_another_version_is_noted_and_a_run_without_usable_checkpoints_is_refused(
    config, run_dir, capsys
):
    for path in checkpoints.checkpoints(run_dir / "checkpoints"):
        position = path / "position.json"
        text = position.read_text().replace(acwgan.__version__, "0.0.7")
        position.write_text(text)
        (path / "SHA256SUMS").unlink()
        write_sums(path)
    with pytest.warns(
        UserNotice, match=r"was written by acwgan 0\.0\.7, this is .* not be the same bit for bit"
    ):
        train(config, run_dir, resume=True)
    before = (run_dir / "metrics.csv").read_text()
    for path in checkpoints.checkpoints(run_dir / "checkpoints"):
        break_it(path, "truncated")
    assert app.main(["train", "--resume", f"--run-dir={run_dir}"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "no checkpoint can be used" in said and said.count("is damaged") == 3
    assert (run_dir / "metrics.csv").read_text() == before and names(run_dir) == ["02", "04", "06"]


# The disk and the folder.


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a file system to fill; a full disk was not tried")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_ends_the_training_with_one_line_and_loses_nothing(config, undisturbed, disk):
    def fill():
        with (disk / "filler").open("wb") as file:
            for size in (1 << 20, 1 << 10, 1):
                try:
                    while True:
                        file.write(bytes(size))
                        file.flush()
                except OSError:
                    pass

    run_dir = disk / "run"
    with pytest.raises(RunFolderError) as caught:
        train(config, run_dir, report=at_step(3, fill))
    said = str(caught.value)
    assert "No space left on device" in said and len(said.splitlines()) == 1
    assert (
        f"checkpoint is step-00000002, go on with: acwgan train --resume --run-dir {run_dir}"
        in said
    )
    assert damage(checkpoints.latest(run_dir)) is None
    (disk / "filler").unlink()
    assert_same_run(undisturbed, train(config, run_dir, resume=True))


def test_a_folder_that_cannot_be_written_is_one_line(disk, capsys):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert app.main(["train", f"--run-dir={disk}/run"]) == 2
    assert capsys.readouterr().err == f"acwgan: {disk}/run: Read-only file system\n"


def test_a_removed_run_folder_ends_the_training_and_is_not_created_again(config, tmp_path):
    run_dir = tmp_path / "run"
    with pytest.raises(LockError, match="run: was removed or replaced"):
        train(config, run_dir, report=at_step(3, lambda: shutil.rmtree(run_dir)))
    assert not run_dir.exists()


def test_a_second_training_is_refused_in_one_line_and_changes_nothing(run_dir, capsys):
    before = {path: path.stat().st_mtime_ns for path in run_dir.rglob("*") if path.is_file()}
    with Lock(run_dir):
        for how in ("--resume", "--overwrite"):
            assert app.main(["train", how, f"--run-dir={run_dir}"]) == 2
            said = capsys.readouterr().err.splitlines()[-1]
            assert said.startswith(f"acwgan: {run_dir}: another training is writing into it (proc")
    after = {path: path.stat().st_mtime_ns for path in run_dir.rglob("*") if path.is_file()}
    assert after == before


# Numbers.


@pytest.fixture
def poison(monkeypatch):
    """Puts a number into the last weight of the critic that is training."""
    models = []

    def keep(*arguments):
        models.append(build_model(*arguments))
        return models[-1]

    monkeypatch.setattr("acwgan.training.attempt.build_model", keep)

    def put(number):
        weight = models[-1].critic.trainable_variables[-1]
        weight.assign(np.full(weight.shape, number))

    return put


@pytest.mark.parametrize(
    "step, number, fault",
    [
        (3, np.nan, "loss/critic is nan, .* at generator step 3"),
        (4, np.inf, r".*(kernel|bias).* has inf at generator step 4"),
    ],
    ids=["in an update", "in a checkpoint"],
)
def test_a_bad_number_ends_the_training_at_its_step_and_is_never_saved(
    config, undisturbed, tmp_path, poison, step, number, fault
):
    run_dir = tmp_path / "run"
    with pytest.raises(BadNumbersError) as caught:
        train(config, run_dir, report=at_step(step, lambda: poison(number)))
    assert caught.match(rf"run: {fault}; the last good checkpoint is step-00000002, go on with: ")
    assert str(caught.value).endswith(f"acwgan train --resume --run-dir {run_dir} --halve-rates")
    assert names(run_dir) == ["02"]
    assert all(
        np.isfinite(array).all() for array in state(run_dir).values() if array.dtype.kind == "f"
    )
    assert_same_run(undisturbed, train(config, run_dir, resume=True))


def test_a_run_goes_back_with_half_the_rates_and_resumes_with_them(config, tmp_path, poison):
    def halved(run_dir, config, report=None, **options):
        return train(config, run_dir, halve_rates=True, report=report, **options)

    config = replace(config, sample_every=1)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with pytest.warns(
        UserNotice, match=r"nan.*; going back to step-00000002 with 0\.5 times the learn"
    ):
        halved(whole, config, at_step(3, lambda: poison(np.nan)))
    assert checkpoints.position(checkpoints.latest(whole)).rates == 0.5
    rates = [array for name, array in state(whole).items() if "learning_rate" in name]
    assert rates == [pytest.approx(config.learning_rates[0] / 2)] * 2
    assert [row["generator_step"] for row in read_rows(whole)] == list("123456")

    with pytest.warns(UserNotice, match="going back to step-00000002"):
        halved(parts, replace(config, steps=5), at_step(3, lambda: poison(np.nan)))
    train(config, parts, resume=True)  # The rates are in the checkpoint.
    assert_same_run(whole, parts)


def test_learning_rates_that_are_far_too_high_end_the_training(config, tmp_path):
    config = replace(config, clip_value=None, critic_learning_rate=1e38, checkpoint_every=1)
    with pytest.raises(BadNumbersError, match=r"there is no checkpoint yet, begin again"):
        train(config, tmp_path / "run", halve_rates=True)


def test_a_collapsed_critic_is_warned_of_once_and_in_tensorboard(config, tmp_path):
    # Of two updates the first moves the weights between the scores of reals and of fakes.
    config = replace(config, clip_value=1e-30, steps=4, sample_every=4, joint_update=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserNotice)
        run_dir = train(config, tmp_path / "run")
    clipped, alike = [str(warning.message) for warning in caught]
    assert clipped.startswith("step 1: 100.0% of the critic's weights are at the clip bound")
    assert alike.startswith("step 2: the critic scores reals and fakes alike (0)")
    events = read_events(run_dir).Tensors("warnings")
    texts = [tf.make_ndarray(event.tensor_proto).item().decode() for event in events]
    assert [event.step for event in events] == [1, 2]
    assert "clip bound" in texts[0] and "alike" in texts[1]
    assert (run_dir / "generator.keras").exists()
