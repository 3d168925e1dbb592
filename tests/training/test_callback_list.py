"""A user's Keras callbacks in a real training."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from run_files import assert_same_run, read_rows

from acwgan.callbacks import PeriodicCallback
from acwgan.errors import ParameterError
from acwgan.presets import PRESETS
from acwgan.runs import checkpoints
from acwgan.training.trainer import train


@pytest.fixture(scope="module")
def config():
    """Six steps of a small network, a row and a checkpoint after every second step."""
    settings = {"steps": 6, "batch_size": 4, "schedule": "constant", "n_critic": 1}
    settings |= {"log_every": 2, "sample_every": 6, "checkpoint_every": 2, "epochs": None}
    return replace(PRESETS["wgan-mlp"], precision="float32", evaluate_every=None, **settings)


@pytest.fixture(scope="module")
def undisturbed(config, tmp_path_factory):
    """A finished run. Tests must not change it."""
    return train(config, tmp_path_factory.mktemp("runs") / "undisturbed")


class Recorder(keras.callbacks.Callback):
    """Records what it is called with."""

    def __init__(self):
        super().__init__()
        self.calls, self.rows = [], {}

    def on_train_begin(self, logs=None):
        assert self.params == {"steps": 6}
        assert self.model.generator.count_params() > 0
        self.calls.append("begin")

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append("batch begin")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append("batch end")
        self.rows[batch] = dict(logs)

    def on_train_end(self, logs=None):
        self.calls.append("end")


class AtStep(PeriodicCallback):
    """Acts once, at a step that nothing else stops the loop at."""

    def __init__(self, step, action):
        super().__init__(every=1)
        self._step, self._action = step, action

    def at_step(self, step, logs):
        if step == self._step:
            self._action(self)


def stop(callback):
    callback.model.stop_training = True


def names(run_dir):
    return [path.name[-1:] for path in checkpoints.checkpoints(run_dir / "checkpoints")]


def test_they_are_called_in_pairs_and_with_the_rows_and_change_nothing(
    config, undisturbed, tmp_path
):
    seen = Recorder()
    run_dir = train(config, tmp_path / "run", callbacks=[seen])
    pairs = ["batch begin", "batch end"] * len(seen.rows)
    assert seen.calls == ["begin", *pairs, "end"]
    for row in read_rows(run_dir):
        logs = seen.rows[int(row.pop("generator_step"))]
        assert {tag: f"{value:.7g}" for tag, value in logs.items()} == row
    assert_same_run(undisturbed, run_dir)


def test_a_batch_that_a_burst_cuts_is_one_batch(config, tmp_path):
    seen, progress = Recorder(), []
    config = replace(config, schedule="paper", checkpoint_every=6)
    train(config, tmp_path / "run", callbacks=[seen], report=progress.append)
    within = [p for p in progress if p.critic_steps % 100]
    assert within and len(seen.rows) < len(progress)
    assert seen.calls.count("batch begin") == seen.calls.count("batch end") == len(seen.rows)


def test_the_loop_stops_where_a_callback_asks_it_to(config, tmp_path):
    class Noted(PeriodicCallback):
        def at_step(self, step, logs):
            steps.append(step)

    steps = []
    config = replace(config, log_every=100, checkpoint_every=100, sample_every=100, steps=9)
    train(config, tmp_path / "run", callbacks=[Noted(every=3)])
    assert steps == [3, 6, 9]


def test_a_callback_can_end_the_training_which_a_resume_continues(config, undisturbed, tmp_path):
    seen = Recorder()
    run_dir = train(config, tmp_path / "run", callbacks=[AtStep(3, stop), seen])
    assert names(run_dir) == ["2", "3"] and (run_dir / "generator.keras").exists()
    assert max(seen.rows) == 3 and seen.calls[-1] == "end"
    assert_same_run(undisturbed, train(config, run_dir, resume=True))


@pytest.mark.parametrize("error", [OSError("mine"), ZeroDivisionError()], ids=repr)
def test_a_callback_that_fails_costs_no_work(config, undisturbed, tmp_path, error):
    def fail(callback):
        raise error

    run_dir = tmp_path / "run"
    with pytest.raises(type(error)) as caught:
        train(config, run_dir, callbacks=[AtStep(3, fail)])
    assert caught.value is error
    assert error.__notes__ == [f"The run can be resumed from {run_dir}/checkpoints/step-00000003."]
    assert names(run_dir) == ["2", "3"]
    assert_same_run(undisturbed, train(config, run_dir, resume=True))


def test_bad_weights_are_not_saved_when_a_callback_fails(config, tmp_path):
    def fail(callback):
        weight = callback.model.critic.trainable_variables[-1]
        weight.assign(np.full(weight.shape, np.nan))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(config, tmp_path / "run", callbacks=[AtStep(3, fail)])
    assert names(tmp_path / "run") == ["2"]


def test_a_callback_that_fails_at_the_start_leaves_a_run_that_can_be_resumed(
    config, undisturbed, tmp_path
):
    class Broken(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.never_there  # noqa: B018

    with pytest.raises(AttributeError, match="never_there"):
        train(config, tmp_path / "run", callbacks=[Broken()])
    assert_same_run(undisturbed, train(config, tmp_path / "run", resume=True))


def test_what_cannot_be_called_is_refused_before_anything_is_written(config, tmp_path):
    for callbacks, fault in [
        ([Recorder], "`callbacks` must be Keras callbacks .*, got <class"),
        ([print], "`callbacks` must be Keras callbacks"),
        ([AtStep(1, stop), PeriodicCallback(0)], "`every` must be a whole number, 1 or more"),
    ]:
        with pytest.raises(ParameterError, match=fault):
            train(config, tmp_path / "run", callbacks=callbacks)
    assert not (tmp_path / "run").exists()
