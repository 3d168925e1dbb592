"""A user's Keras callbacks in a real training."""

import csv
from dataclasses import replace

import keras
import numpy as np
import pytest
from run_files import assert_same_run, read_rows

from acwgan.callbacks import PeriodicCallback
from acwgan.errors import ParameterError, UserNotice
from acwgan.files.bundled import JUDGE
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
        assert self.params == {"steps": 6, "epochs": 1}
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
    checkpoint = run_dir / "checkpoints" / "step-00000003"
    note = f"AtStep.on_train_batch_end failed; the run can be resumed from {checkpoint}."
    assert error.__notes__ == [note]
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


def test_what_cannot_be_called_is_refused_before_anything_is_written(config, tmp_path):
    class NoLogs(keras.callbacks.Callback):
        def on_epoch_end(self, epoch):
            pass

    class Never(AtStep):
        def __init__(self):
            super().__init__(1, stop)
            self.every = 0

    wrong = keras.callbacks.LambdaCallback(on_train_batch_end=lambda logs: None)
    for callbacks, fault in [
        ([Recorder], "`callbacks` must be Keras callbacks .*, got <class"),
        ([print], "`callbacks` must be Keras callbacks .*LambdaCallback"),
        ([None], "`callbacks` must be Keras callbacks .*, got None"),
        ([AtStep(1, stop), Never()], "`every` must be a whole number, 1 or more"),
        ([NoLogs()], r"NoLogs.on_epoch_end\(epoch, logs=None\), got on_epoch_end\(epoch\)"),
        (wrong, r"LambdaCallback.on_train_batch_end\(batch, logs=None\)"),
        ([keras.callbacks.ReduceLROnPlateau()], "must not have ReduceLROnPlateau: .*`decay=True`"),
    ]:
        with pytest.raises(ParameterError, match=fault) as caught:
            train(config, tmp_path / "run", callbacks=callbacks)
        assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ParameterError, match="`every` must be a whole number, 1 or more"):
        PeriodicCallback(0)
    assert not (tmp_path / "run").exists()


def test_a_method_that_nothing_calls_is_told(config, tmp_path):
    class Misspelt(keras.callbacks.Callback):
        def on_epoch_ends(self, epoch, logs=None):
            return "a value, which nothing reads"

    with pytest.warns(UserNotice, match="nothing calls Misspelt.on_epoch_ends; .* on_epoch_end"):
        train(replace(config, steps=1), tmp_path / "run", callbacks=Misspelt())


@pytest.fixture(scope="module")
def few():
    """Ten images of two classes: three batches of four in an epoch."""
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28, 1)).astype(np.uint8)
    return images, np.arange(10) % 2


def epochs_of(calls):
    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: calls.append(("begin", epoch)),
        on_epoch_end=lambda epoch, logs: calls.append(("end", epoch)),
        on_train_batch_end=lambda step, logs: calls.append(step) if step % 3 == 0 else None,
    )


def test_an_epoch_has_a_step_for_each_batch_and_a_resumed_run_counts_on(config, few, tmp_path):
    config = replace(config, steps=8, checkpoint_every=100, include_test=False)
    calls, again = [], []
    # The epochs of a run that is cut in two are those of one that is not.
    train(config, tmp_path / "whole", data=few, callbacks=epochs_of(calls))
    assert calls == [
        *[("begin", 0), 3, ("end", 0)],
        *[("begin", 1), 6, ("end", 1)],
        *[("begin", 2), ("end", 2)],
    ]
    cut = tmp_path / "cut"
    train(config, cut, data=few, callbacks=[epochs_of(again), AtStep(4, stop)])
    assert again == [*calls[:3], ("begin", 1)]
    train(config, cut, data=few, callbacks=[epochs_of(again)], resume=True)
    assert again == [*calls[:3], ("begin", 1), *calls[3:]]
    assert_same_run(tmp_path / "whole", cut)


def test_early_stopping_and_csv_logger_see_the_quality(config, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1)).astype(np.uint8)
    config = replace(config, steps=30, log_every=3, evaluate_every=3, judge=str(JUDGE))
    stopping = keras.callbacks.EarlyStopping("quality/frechet_distance", min_delta=1e9, mode="min")
    stopping.patience = 1
    table = tmp_path / "epochs.csv"
    run_dir = train(
        config,
        tmp_path / "run",
        data=(images, np.arange(12) % 10),
        callbacks=[keras.callbacks.CSVLogger(str(table)), stopping],
    )
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1"]  # Not better by 1e9 in the second.
    assert stopping.stopped_epoch == 1 and len(read_rows(run_dir)) == 2
    assert all(float(row["quality/frechet_distance"]) > 0 for row in rows)
    assert float(rows[1]["loss/critic"]) == pytest.approx(
        float(read_rows(run_dir)[1]["loss/critic"]), rel=1e-5
    )
